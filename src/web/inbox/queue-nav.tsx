import { Link } from 'wouter';
import { useCounts } from '../api/queries.ts';
import { queues, type Me, type Queue } from '../api/shapes.ts';
import { mayOpen, pages, type Page } from '../pages/page-links.ts';
import { Icon } from '../parts/icon.tsx';
import { Preferences } from '../preferences.tsx';
import { useWords } from '../words.ts';
import { LiveDot } from './live-state.tsx';
import styles from './queue-nav.module.css';
import mark from '../icon.svg';

function QueueLink({ queue, count, isHere }: { queue: Queue; count: number | undefined; isHere: boolean }) {
  const { t, language } = useWords();
  const shown = count === undefined ? '' : new Intl.NumberFormat(language).format(count);
  return (
    <Link href={`/inbox/${queue}`} className={styles.link} aria-current={isHere ? 'page' : undefined}>
      <Icon name={queue} />
      <span className={styles.name}>{t(`queue.${queue}`)}</span>
      <span className={count ? styles.count : styles.none}>{shown}</span>
    </Link>
  );
}

function PageLink({ page, isHere }: { page: Page; isHere: boolean }) {
  const { t } = useWords();
  return (
    <Link href={`/${page}`} className={styles.link} aria-current={isHere ? 'page' : undefined}>
      <Icon name={page} />
      <span className={styles.name}>{t(`pages.${page}`)}</span>
    </Link>
  );
}

/** The queues and what each holds, the pages beside them, and the coach's own settings. */
export function QueueNav({ me, queue, page }: { me: Me; queue: Queue | null; page?: Page }) {
  const { t } = useWords();
  const { data: counts } = useCounts();
  return (
    <header className={styles.nav}>
      <div className={styles.brand}>
        <img src={mark} alt="" width="20" height="20" />
        <span>{t('product')}</span>
      </div>
      <nav aria-label={t('queue.title')}>
        <ul>
          {queues.map((name) => (
            <li key={name}>
              <QueueLink queue={name} count={counts?.[name]} isHere={name === queue} />
            </li>
          ))}
        </ul>
      </nav>
      <nav aria-label={t('pages.title')} className={styles.pages}>
        <ul>
          {pages
            .filter((name) => mayOpen(name, me))
            .map((name) => (
              <li key={name}>
                <PageLink page={name} isHere={name === page} />
              </li>
            ))}
        </ul>
      </nav>
      <div className={styles.foot}>
        {me.isSandbox && (
          <Link href="/sandbox" className={styles.link}>
            <Icon name="phone" />
            <span className={styles.name}>{t('sandbox.title')}</span>
          </Link>
        )}
        <Preferences me={me} />
        {queue && <LiveDot />}
      </div>
    </header>
  );
}
