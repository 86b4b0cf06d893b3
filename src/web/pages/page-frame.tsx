import { useEffect, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Me } from '../api/shapes.ts';
import { Crash } from '../crash.tsx';
import { Icon } from '../parts/icon.tsx';
import { QueueNav } from '../inbox/queue-nav.tsx';
import { useWords } from '../words.ts';
import styles from './page-frame.module.css';
import { mayOpen, pages, type Page } from './page-links.ts';

/** On a phone the pages stand in one row that scrolls; the queues are behind the first of them. */
function Shelf({ me, page }: { me: Me; page: Page }) {
  const { t } = useWords();
  return (
    <nav className={styles.shelf} aria-label={t('pages.title')}>
      <Link href="/inbox/todo" className={styles.tab}>
        <Icon name="back" />
        {t('pages.inbox')}
      </Link>
      {pages
        .filter((name) => mayOpen(name, me))
        .map((name) => (
          <Link
            key={name}
            href={`/${name}`}
            className={styles.tab}
            aria-current={name === page ? 'page' : undefined}
          >
            {t(`pages.${name}`)}
          </Link>
        ))}
    </nav>
  );
}

interface Props {
  me: Me;
  page: Page;
  title: string;
  /** What the title is about, in one line. */
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page beside the inbox: the same way around, and room for figures. */
export function PageFrame({ me, page, title, lead, actions, children }: Props) {
  const { t } = useWords();
  useEffect(() => {
    document.title = `${title} · ${t('product')}`;
  }, [title, t]);
  return (
    <div className={styles.frame} data-page={page}>
      <div className={styles.nav}>
        <QueueNav me={me} queue={null} page={page} />
      </div>
      <div className={styles.main}>
        <Shelf me={me} page={page} />
        <main className={styles.sheet}>
          <header className={styles.head}>
            <div className={styles.titles}>
              <h1>{title}</h1>
              {lead && <p className={styles.lead}>{lead}</p>}
            </div>
            {actions && <div className={styles.actions}>{actions}</div>}
          </header>
          <div className={styles.body}>
            <Crash>{children}</Crash>
          </div>
        </main>
      </div>
    </div>
  );
}
