import { Button } from '../parts/button.tsx';
import { useWords } from '../words.ts';
import type { Act } from './acts.ts';
import styles from './act-bar.module.css';

const shown = ['claim', 'handback', 'snooze', 'resolve'];

interface Props {
  acts: readonly Act[];
  /** The act that is waited for. */
  main: string | null;
  onMore: () => void;
}

/** What is done with a thread every day, each with its key; the rest stands behind "…". */
export function ActBar({ acts, main, onMore }: Props) {
  const { t } = useWords();
  const here = acts.filter(({ id, unavailable }) => shown.includes(id) && unavailable === null);
  return (
    <div className={styles.bar}>
      {here.map(({ id, key, label, run }) => (
        <Button
          key={id}
          aria-keyshortcuts={key}
          className={id === main ? styles.main : styles.act}
          look={id === main ? 'plain' : 'quiet'}
          onClick={run}
        >
          <kbd className={styles.key} aria-hidden="true">
            {key}
          </kbd>
          {label}
        </Button>
      ))}
      <Button
        className={styles.act}
        look="quiet"
        icon="more"
        aria-label={t('palette.title')}
        title={t('palette.title')}
        onClick={onMore}
      />
    </div>
  );
}
