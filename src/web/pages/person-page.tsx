import { Link } from 'wouter';
import type { Me } from '../api/shapes.ts';
import { ChannelBadge } from '../inbox/channel-badge.tsx';
import { Failed, Skeleton } from '../parts/skeleton.tsx';
import { shortDate, weekdayTime } from '../time.ts';
import { useWords } from '../words.ts';
import { Block, Table } from './block.tsx';
import { PageFrame } from './page-frame.tsx';
import { usePerson } from './queries.ts';
import styles from './person-page.module.css';
import { RightsBlock } from './rights-block.tsx';
import type { Person } from './shapes.ts';

function Runs({ runs }: Pick<Person, 'runs'>) {
  const { t, known, language } = useWords();
  return (
    <Block title={t('card.runs')}>
      <Table
        name={t('card.runs')}
        rows={runs}
        keyOf={({ id }) => id}
        empty={t('person.noRuns')}
        columns={[
          {
            key: 'flow',
            title: t('person.flow'),
            cell: ({ flow, version }) => (
              <Link href={`/sequences/${flow}`}>
                {known(`flow.${flow}`, flow)} · {t('person.version', { version })}
              </Link>
            ),
          },
          { key: 'from', title: t('person.from'), cell: ({ enteredAt }) => shortDate(enteredAt, language) },
          { key: 'done', title: t('person.done'), isNumber: true, cell: ({ done }) => done },
          {
            key: 'end',
            title: t('person.end'),
            cell: ({ closedAt, exitReason }) =>
              exitReason
                ? `${known(`reason.${exitReason}`, exitReason)}${closedAt ? ` · ${shortDate(closedAt, language)}` : ''}`
                : t('phase.sending'),
          },
        ]}
      />
    </Block>
  );
}

function Consents({ consents }: Pick<Person, 'consents'>) {
  const { t, known, language } = useWords();
  return (
    <Block title={t('person.consents')} hint={t('person.consentsHint')}>
      <Table
        name={t('person.consents')}
        rows={consents}
        keyOf={({ at, channel, purpose, action }) => `${at}${channel}${purpose}${action}`}
        empty={t('person.noConsents')}
        columns={[
          { key: 'at', title: t('table.at'), cell: ({ at }) => weekdayTime(at, language) },
          {
            key: 'channel',
            title: t('composer.channel'),
            cell: ({ channel }) => <ChannelBadge channel={channel} />,
          },
          {
            key: 'action',
            title: t('person.said'),
            cell: ({ action }) => known(`consent.${action}`, action),
          },
          {
            key: 'source',
            title: t('person.source'),
            cell: ({ source }) => known(`consent.source.${source}`, source),
          },
          { key: 'proof', title: t('person.proof'), cell: ({ proof }) => proof ?? '–' },
        ]}
      />
    </Block>
  );
}

function Decisions({ decisions }: Pick<Person, 'decisions'>) {
  const { t, known, language } = useWords();
  return (
    <Block title={t('person.decisions')} hint={t('person.decisionsHint')}>
      <Table
        name={t('person.decisions')}
        rows={decisions}
        keyOf={({ at, step, verdict, rule }) => `${at}${step ?? ''}${verdict}${rule}`}
        empty={t('person.noDecisions')}
        columns={[
          { key: 'at', title: t('table.at'), cell: ({ at }) => weekdayTime(at, language) },
          {
            key: 'step',
            title: t('person.message'),
            cell: ({ flow, step }) =>
              [flow && known(`flow.${flow}`, flow), step].filter(Boolean).join(' · ') || '–',
          },
          {
            key: 'verdict',
            title: t('person.verdict'),
            cell: ({ verdict }) => known(`why.verdict.${verdict}`, verdict),
          },
          {
            key: 'reason',
            title: t('why.reason'),
            cell: ({ reason }) => (reason ? known(`reason.${reason}`, reason) : '–'),
          },
        ]}
      />
    </Block>
  );
}

/** All that is known of one person on one page, that prints (inbox.md §13). */
export function PersonPage({ me, id }: { me: Me; id: string }) {
  const { t, known, language } = useWords();
  const { data: person, error, refetch } = usePerson(id);
  const artist = person?.artist;
  const lead = artist && [
    artist.plan === null ? t('card.noPlan') : t('card.plan', { plan: artist.plan }),
    artist.mona && t('contacts.score', { score: artist.mona.score }),
    artist.genre,
    artist.city,
    t(`me.languages.${artist.locale}`),
    artist.register && t(`register.${artist.register}`),
  ];
  return (
    <PageFrame
      me={me}
      page="contacts"
      title={artist?.name ?? t('card.title')}
      lead={lead?.filter(Boolean).join(' · ')}
      actions={
        <Link href={`/inbox/all/${encodeURIComponent(id)}`} className={styles.thread}>
          {t('person.thread')}
        </Link>
      }
    >
      {person && artist ? (
        <>
          <ul className={styles.addresses}>
            {artist.addresses.map(({ channel, value }) => (
              <li key={`${channel}${value}`}>
                <ChannelBadge channel={channel} /> {value}
              </li>
            ))}
            {person.segments.map(({ key }) => (
              <li key={key}>
                <Link href={`/contacts?segment=${encodeURIComponent(key)}`} className={styles.segment}>
                  {known(`segment.${key}`, key)}
                </Link>
              </li>
            ))}
          </ul>
          <Runs runs={person.runs} />
          <Consents consents={person.consents} />
          <Decisions decisions={person.decisions} />
          <Block title={t('person.ledger')} hint={t('card.points', { count: artist.points })}>
            <Table
              name={t('person.ledger')}
              rows={person.ledger}
              keyOf={({ at, rule }) => `${at}${rule}`}
              empty={t('person.noLedger')}
              columns={[
                { key: 'at', title: t('table.at'), cell: ({ at }) => weekdayTime(at, language) },
                { key: 'rule', title: t('why.rule'), cell: ({ rule }) => known(`score.${rule}`, rule) },
                { key: 'points', title: t('person.points'), isNumber: true, cell: ({ points }) => points },
              ]}
            />
          </Block>
          {me.coach.role === 'manager' && <RightsBlock id={id} name={artist.name} />}
        </>
      ) : error ? (
        <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton />
      )}
    </PageFrame>
  );
}
