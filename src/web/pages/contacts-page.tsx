import { useDeferredValue, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { Me } from '../api/shapes.ts';
import { useNow } from '../api/server-clock.ts';
import { ChannelBadge } from '../inbox/channel-badge.tsx';
import { Button } from '../parts/button.tsx';
import { Empty, Failed, Skeleton } from '../parts/skeleton.tsx';
import { span } from '../time.ts';
import { useWords } from '../words.ts';
import styles from './contacts-page.module.css';
import { PageFrame } from './page-frame.tsx';
import { useContacts, useSegments } from './queries.ts';
import type { ContactRow } from './shapes.ts';
import { whole } from './share.ts';

function PersonLine({ person }: { person: ContactRow }) {
  const { t, known, language } = useWords();
  const now = useNow(60_000);
  return (
    <li>
      <Link href={`/contacts/${encodeURIComponent(person.id)}`} className={styles.row}>
        <span className={styles.name}>
          {person.name}
          {person.vip && <span className={styles.vip}>{t('row.vip')}</span>}
        </span>
        <span className={styles.plan}>
          {person.plan === null ? t('card.noPlan') : t('card.plan', { plan: person.plan })}
          {person.score !== null && ` · ${t('contacts.score', { score: person.score })}`}
        </span>
        <span className={styles.flows}>
          {person.flows.map((flow) => known(`flow.${flow}`, flow)).join(', ')}
        </span>
        <span className={styles.ways}>
          {person.ways.map(({ channel, marketing }) => (
            <span key={channel} className={marketing === 'granted' ? styles.granted : styles.refused}>
              <ChannelBadge channel={channel} />
              <span className="spoken">{t(`consent.${marketing}`)}</span>
            </span>
          ))}
        </span>
        <span className={styles.last}>
          {t(`tier.${person.tier}`)}
          {person.lastHumanAt &&
            ` · ${t('contacts.last', { span: span(now - Date.parse(person.lastHumanAt), language) })}`}
        </span>
      </Link>
    </li>
  );
}

function Segments({
  chosen,
  onChoose,
}: {
  chosen: string | null;
  onChoose: (segment: string | null) => void;
}) {
  const { t, known, language } = useWords();
  const { data } = useSegments();
  const option = (key: string | null, name: string, count: number) => (
    <li key={key ?? ''}>
      <button
        type="button"
        className={styles.segment}
        aria-pressed={key === chosen}
        onClick={() => onChoose(key)}
      >
        <span>{name}</span>
        <span className={styles.count}>{whole(count, language)}</span>
      </button>
    </li>
  );
  return (
    <nav className={styles.segments} aria-label={t('contacts.segments')}>
      <ul>
        {option(null, t('contacts.all'), data?.people ?? 0)}
        {data?.segments.map(({ key, count }) => option(key, known(`segment.${key}`, key), count))}
      </ul>
    </nav>
  );
}

function People({ search, segment }: { search: string; segment: string | null }) {
  const { t } = useWords();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useContacts(
    search,
    segment,
  );
  if (error) return <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton />;
  const rows = data.pages.flatMap((page) => page.rows);
  if (rows.length === 0)
    return (
      <Empty title={t('contacts.nobody')}>
        <p>{t('contacts.nobodyText')}</p>
      </Empty>
    );
  return (
    <>
      <p className={styles.found} role="status">
        {t('contacts.found', { count: data.pages[0]?.count ?? 0 })}
      </p>
      <ul className={styles.list}>
        {rows.map((person) => (
          <PersonLine key={person.id} person={person} />
        ))}
      </ul>
      {hasNextPage && (
        <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('contacts.more')}
        </Button>
      )}
    </>
  );
}

/** Everyone there is, by name, address or segment; the segment stands in the address of the page. */
export function ContactsPage({ me }: { me: Me }) {
  const { t } = useWords();
  const [asked, ask] = useSearchParams();
  const [search, setSearch] = useState(asked.get('q') ?? '');
  const segment = asked.get('segment');
  const choose = (next: string | null): void =>
    ask(next === null ? {} : { segment: next }, { replace: true });
  return (
    <PageFrame
      me={me}
      page="contacts"
      title={t('pages.contacts')}
      actions={
        <input
          type="search"
          className={styles.search}
          value={search}
          placeholder={t('contacts.search')}
          aria-label={t('contacts.search')}
          onChange={(event) => setSearch(event.target.value)}
        />
      }
    >
      <div className={styles.columns}>
        <Segments chosen={segment} onChoose={choose} />
        <section aria-label={t('pages.contacts')} className={styles.people}>
          <People search={useDeferredValue(search)} segment={segment} />
        </section>
      </div>
    </PageFrame>
  );
}
