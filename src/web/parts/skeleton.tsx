import type { ReactNode } from 'react';
import { useWords } from '../words.ts';
import { isApiError } from '../api/client.ts';
import { Button } from './button.tsx';
import styles from './skeleton.module.css';

/** Grey lines where words will be; they show only when the wait is felt (150 ms). */
export function Skeleton({ lines = 9 }: { lines?: number }) {
  const { t } = useWords();
  return (
    <div className={styles.skeleton} role="status" data-loading>
      <span className="spoken">{t('page.loading')}</span>
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className={styles.line} />
      ))}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Says what could not be read, and offers to try again. */
export function Failed({ what, error, onRetry }: { what: string; error: unknown; onRetry: () => void }) {
  const { t, known } = useWords();
  const status = isApiError(error) ? error.status : 0;
  return (
    <div className={styles.empty} role="alert">
      <h2>{what}</h2>
      <p>{known(`problem.status.${status}`, t('problem.status.500'))}</p>
      <Button onClick={onRetry}>{t('act.retry')}</Button>
    </div>
  );
}
