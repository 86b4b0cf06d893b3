import { useEffect, useState } from 'react';
import { useLive } from '../api/stream.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { useWords } from '../words.ts';
import styles from './live-state.module.css';

const freshMs = 20_000;
const staleMs = 25_000;

/** How long the page has heard nothing, in milliseconds of this machine; null before the first word. */
function useSilence(): number | null {
  const { heardAt } = useLive();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return heardAt === null ? null : Math.max(0, now - heardAt);
}

export function LiveDot() {
  const { t } = useWords();
  const silence = useSilence();
  const isFresh = silence !== null && silence < freshMs;
  return (
    <p className={styles.state}>
      <span className={isFresh ? styles.live : styles.waiting} aria-hidden="true" />
      {t(isFresh ? 'live.on' : 'live.waiting')}
    </p>
  );
}

/** Says over the page that it may be out of date. Sending stays possible: `seen` protects it. */
export function LiveBar() {
  const { t } = useWords();
  const silence = useSilence();
  const { isOutdated } = useLive();
  if (silence !== null && silence >= staleMs) {
    return (
      <div className={styles.bar} role="status">
        <Icon name="clock" />
        {t('live.stale', { seconds: Math.floor(silence / 1000) })}
      </div>
    );
  }
  if (!isOutdated) return null;
  return (
    <div className={styles.bar} role="status">
      {t('live.outdated')}
      <Button isSmall onClick={() => location.reload()}>
        {t('live.reload')}
      </Button>
    </div>
  );
}
