import { Link } from 'wouter';
import { useNow } from '../api/server-clock.ts';
import type { Me, Queue, Thread, Viewer } from '../api/shapes.ts';
import { Icon } from '../parts/icon.tsx';
import { useWords } from '../words.ts';
import { DueClock } from './due-clock.tsx';
import { headerSentence } from './header-sentence.ts';
import { useNames, type NameOf } from './names.ts';
import styles from './thread-header.module.css';

function Viewers({ viewers, nameOf }: { viewers: readonly Viewer[]; nameOf: NameOf }) {
  const { t } = useWords();
  return (
    <ul className={styles.viewers}>
      {viewers.map(({ id, mode, name }) => {
        const who = nameOf(id, name);
        const text = t(`presence.${mode}`, { name: who });
        return (
          <li key={id} title={text} className={mode === 'typing' ? styles.typing : undefined}>
            <span aria-hidden="true">{who.slice(0, 1)}</span>
            {mode === 'typing' ? <em>{text}</em> : <span className="spoken">{text}</span>}
          </li>
        );
      })}
    </ul>
  );
}

interface Props {
  me: Me;
  thread: Thread;
  queue: Queue;
}

/** Whose thread it is, and in one sentence who speaks next. */
export function ThreadHeader({ me, thread, queue }: Props) {
  const words = useWords();
  const { t } = words;
  const nameOf = useNames();
  const now = useNow(15_000);
  const { row, artist, future } = thread;
  const others = row.viewers.filter(({ id, mode }) => id !== me.coach.id && mode !== 'away');
  return (
    <header className={styles.header}>
      <Link href={`/inbox/${queue}`} className={styles.back} aria-label={t('act.back')}>
        <Icon name="back" />
      </Link>
      <div className={styles.what}>
        <h1 id="thread-title" tabIndex={-1}>
          {artist.name}
          {row.vip && <span className={styles.vip}>{t('row.vip')}</span>}
          <span className={styles.plan}>
            {artist.plan === null ? t('card.noPlan') : t('card.plan', { plan: artist.plan })}
          </span>
        </h1>
        <p className={styles.sentence} data-state={row.own.state}>
          <span className={styles.mark} aria-hidden="true" />
          {headerSentence({ row, future, ownId: me.coach.id, now }, words)}
          {row.due && (
            <>
              {' '}
              <DueClock due={row.due} />
            </>
          )}
        </p>
      </div>
      <Viewers viewers={others} nameOf={nameOf} />
      <Link
        href={`/inbox/${queue}/${encodeURIComponent(row.id)}/card`}
        className={styles.card}
        aria-label={t('card.title')}
      >
        <Icon name="card" />
      </Link>
    </header>
  );
}
