import type { ReactNode } from 'react';
import type { Channel, Thread } from '../api/shapes.ts';
import { Icon } from '../parts/icon.tsx';
import { useWords } from '../words.ts';
import { ChannelPicker } from './channel-picker.tsx';
import styles from './composer.module.css';
import { WindowClock } from './due-clock.tsx';
import { SmsCounter } from './sms-counter.tsx';
import type { Mode } from './use-draft.ts';

const modes: readonly Mode[] = ['reply', 'note'];

function Modes({ mode, onMode }: { mode: Mode; onMode: (mode: Mode) => void }) {
  const { t } = useWords();
  return (
    <div className={styles.modes} role="group" aria-label={t('composer.mode')}>
      {modes.map((name) => (
        <button key={name} type="button" aria-pressed={mode === name} onClick={() => onMode(name)}>
          {name === 'note' && <Icon name="note" />}
          {t(`composer.modes.${name}`)}
        </button>
      ))}
    </div>
  );
}

interface Props {
  thread: Thread;
  mode: Mode;
  channel: Channel;
  /** As it would leave by SMS, its link included. */
  asText: string;
  onMode: (mode: Mode) => void;
  onChannel: (channel: Channel) => void;
}

function Bar({ children }: { children: ReactNode }) {
  return <div className={`${styles.bar} ${styles.top}`}>{children}</div>;
}

/** Over the field: reply or note, by which channel, and how long. */
export function ComposerBar(props: Props) {
  const { t } = useWords();
  const { thread, mode, channel, asText, onMode } = props;
  const { register, name } = thread.artist;
  const said = register ? t(`register.${register}`) : null;
  if (mode === 'note')
    return (
      <Bar>
        <Modes mode={mode} onMode={onMode} />
        <span className={styles.aside}>{t('composer.noteHint')}</span>
      </Bar>
    );
  return (
    <Bar>
      <Modes mode={mode} onMode={onMode} />
      <ChannelPicker thread={thread} channel={channel} onPick={props.onChannel} />
      {channel === 'whatsapp' && thread.windows.whatsapp && (
        <WindowClock closesAt={thread.windows.whatsapp.closesAt} />
      )}
      <span className={styles.aside}>
        {said && (
          <span
            className={styles.register}
            title={t('composer.register', { name: name.split(' ')[0] ?? name, register: said })}
          >
            {said}
          </span>
        )}
        {channel === 'sms' && <SmsCounter text={asText} />}
      </span>
    </Bar>
  );
}
