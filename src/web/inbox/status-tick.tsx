import type { Status } from '../api/shapes.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { useWords } from '../words.ts';
import styles from './status-tick.module.css';

const icons: Readonly<Record<Status, IconName>> = {
  queued: 'clock',
  sending: 'clock',
  sent: 'sent',
  delivered: 'delivered',
  read: 'delivered',
  failed: 'failed',
  unsure: 'unsure',
  blocked: 'blocked',
  ghost: 'blocked',
};

const isWorded = (status: Status): boolean => ['failed', 'unsure', 'blocked', 'ghost'].includes(status);

/** Where a message is on its way. A word stands beside the drawing wherever something went otherwise. */
export function StatusTick({ status }: { status: Status }) {
  const { t } = useWords();
  return (
    <span className={`${styles.tick} ${styles[status] ?? ''}`} title={t(`status.${status}`)}>
      <Icon name={icons[status]} />
      <span className={isWorded(status) ? undefined : 'spoken'}>{t(`status.${status}`)}</span>
    </span>
  );
}
