import { Button } from '../parts/button.tsx';
import type { Act } from './acts.ts';
import styles from './act-bar.module.css';

const shown = ['claim', 'handback', 'snooze', 'resolve', 'transfer', 'release'];

/** What can be done with the thread, each with its key; what cannot be done now is not drawn. */
export function ActBar({ acts, main }: { acts: readonly Act[]; main: string | null }) {
  const here = acts.filter(({ id, unavailable }) => shown.includes(id) && unavailable === null);
  return (
    <div className={styles.bar}>
      {here.map(({ id, key, icon, label, run }) => (
        <Button
          key={id}
          icon={icon}
          hotkey={key || undefined}
          className={id === main ? styles.main : styles.act}
          look={id === main ? 'plain' : 'quiet'}
          onClick={run}
        >
          {label}
        </Button>
      ))}
    </div>
  );
}
