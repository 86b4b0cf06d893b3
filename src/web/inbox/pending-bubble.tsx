import type { Channel, SentFile } from '../api/shapes.ts';
import { Icon } from '../parts/icon.tsx';
import { useWords } from '../words.ts';
import styles from './bubble.module.css';
import { ChannelBadge } from './channel-badge.tsx';
import { MediaView } from './media-view.tsx';

/** A message the server has not answered for yet. */
export interface Pending {
  readonly clientId: string;
  readonly channel: Channel;
  readonly text: string;
  readonly file: SentFile | null;
}

export function PendingBubble({ message }: { message: Pending }) {
  const { t } = useWords();
  return (
    <article className={`${styles.entry} ${styles.coach}`} aria-busy="true">
      <header className={styles.head}>
        <ChannelBadge channel={message.channel} />
      </header>
      <div className={styles.bubble}>
        {message.text !== '' && <p className={styles.text}>{message.text}</p>}
        {message.file && (
          <MediaView {...message.file} url={`/api/files/${message.file.id}`} by={t('who.coach')} />
        )}
      </div>
      <footer className={styles.foot}>
        <Icon name="clock" /> {t('bubble.sending')}
      </footer>
    </article>
  );
}
