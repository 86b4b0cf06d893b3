import { useState } from 'react';
import type { Thread } from '../api/shapes.ts';
import { useWords } from '../words.ts';
import styles from './act-dialogs.module.css';
import { HourDialog } from './hour-dialog.tsx';

interface Props {
  thread: Thread;
  onPromise: (promise: { text: string; until: Date }) => void;
  onClose: () => void;
}

/** "Je te redis demain": an honest line to the artist now, and the thread back at that hour with its clock. */
export function PromiseDialog({ thread, onPromise, onClose }: Props) {
  const { t } = useWords();
  const register = thread.artist.register ?? 'tu';
  const isEnglish = thread.artist.locale === 'en';
  const [text, setText] = useState(() => t(isEnglish ? 'promise.line.en' : `promise.line.${register}`));
  return (
    <HourDialog
      title={t('promise.title')}
      lead={t('promise.lead')}
      confirm={t('promise.confirm')}
      zone={thread.artist.zone}
      onClose={onClose}
      onPick={(until) => text.trim() !== '' && onPromise({ text: text.trim(), until })}
      first={
        <label className={styles.line}>
          <span>{t('promise.text')}</span>
          <textarea
            rows={2}
            maxLength={1000}
            lang={thread.artist.locale}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
      }
    />
  );
}
