import type { Channel, Thread } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { Notice } from '../parts/notice.tsx';
import { useWords } from '../words.ts';
import styles from './composer.module.css';

/** Where the channel is shut: what happened, and the ways on. */
export function ShutNotice({
  thread,
  channel,
  refusal,
  onTemplate,
  onPick,
}: {
  thread: Thread;
  channel: Channel;
  refusal: string;
  onTemplate: () => void;
  onPick: (channel: Channel) => void;
}) {
  const { t, known } = useWords();
  const why = known(`reason.${refusal}`, refusal);
  const other = (['sms', 'whatsapp', 'email'] as const).find(
    (name) => name !== channel && thread.can[name] === true,
  );
  return (
    <Notice
      tone={refusal === 'window_closed' ? 'late' : 'bad'}
      action={
        <span className={styles.ways}>
          {refusal === 'window_closed' && (
            <Button isSmall hotkey="m" onClick={onTemplate}>
              {t('composer.template')}
            </Button>
          )}
          {other && (
            <Button isSmall onClick={() => onPick(other)}>
              {t('composer.switch', { channel: t(`channel.${other}`) })}
            </Button>
          )}
        </span>
      }
    >
      {t(refusal === 'window_closed' ? 'composer.windowClosed' : 'composer.locked', {
        channel: t(`channel.${channel}`),
        why,
      })}
    </Notice>
  );
}
