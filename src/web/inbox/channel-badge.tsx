import type { Channel } from '../api/shapes.ts';
import { Icon } from '../parts/icon.tsx';
import { useWords } from '../words.ts';
import styles from './channel-badge.module.css';

/** Where it was said. Short names are the ones people say; the drawing helps the eye. */
export function ChannelBadge({ channel }: { channel: Channel }) {
  const { t } = useWords();
  return (
    <span className={styles.badge} title={t(`channel.${channel}`)}>
      <Icon name={channel} />
      <span>{t(`channel.short.${channel}`)}</span>
    </span>
  );
}
