import { lazy, Suspense, useState } from 'react';
import type { Me } from './api/shapes.ts';
import styles from './preferences.module.css';
import { loadWords, useWords } from './words.ts';

const PreferencesDialog = lazy(async () => {
  const [{ PreferencesDialog: dialog }] = await Promise.all([
    import('./preferences-dialog.tsx'),
    loadWords('account'),
  ]);
  return { default: dialog };
});

/** The coach's own line: name and status; behind it, theme, language, keys and the way out. */
export function Preferences({ me }: { me: Me }) {
  const { t } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button type="button" className={styles.me} aria-haspopup="dialog" onClick={() => setIsOpen(true)}>
        <span className={styles.initial} aria-hidden="true">
          {me.coach.name.slice(0, 1)}
        </span>
        <span className={styles.name}>
          {me.coach.name}
          <span className={styles.status}>{t(`me.statuses.${me.coach.status}`)}</span>
        </span>
      </button>
      {isOpen && (
        <Suspense>
          <PreferencesDialog me={me} onClose={() => setIsOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
