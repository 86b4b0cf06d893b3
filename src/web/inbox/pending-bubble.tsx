import type { Channel } from '../api/shapes.ts';
import { Icon } from '../parts/icon.tsx';
import { useWords } from '../words.ts';
import styles from './bubble.module.css';
import { ChannelBadge } from './channel-badge.tsx';

/** A message the server has not answered for yet. */
export interface Pending {
  readonly clientId: string;
  readonly channel: Channel;
  readonly text: string;
}

export function PendingBubble({ message }: { message: Pending }) {
  const { t } = useWords();
  return (
    <article className={`${styles.entry} ${styles.coach}`} aria-busy="true">
      <header className={styles.head}>
        <ChannelBadge channel={message.channel} />
      </header>
      <div className={styles.bubble}>
        <p className={styles.text}>{message.text}</p>
      </div>
      <footer className={styles.foot}>
        <Icon name="clock" /> {t('bubble.sending')}
      </footer>
    </article>
  );
}
