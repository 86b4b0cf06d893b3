import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import styles from './notice.module.css';

/** Something that went otherwise than asked, beside what it is about. */
export function Notice({
  tone,
  children,
  action,
}: {
  tone: 'late' | 'bad';
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={`${styles.notice} ${styles[tone]}`} role="alert">
      <Icon name={tone === 'bad' ? 'failed' : 'clock'} />
      <div className={styles.text}>{children}</div>
      {action}
    </div>
  );
}
