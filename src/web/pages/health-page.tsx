import { Link } from 'wouter';
import type { Me } from '../api/shapes.ts';
import { Icon } from '../parts/icon.tsx';
import { Failed, Skeleton } from '../parts/skeleton.tsx';
import { span, weekdayTime } from '../time.ts';
import { useWords } from '../words.ts';
import { Block, Table } from './block.tsx';
import styles from './health-page.module.css';
import { PageFrame } from './page-frame.tsx';
import { useHealth } from './queries.ts';
import type { Health } from './shapes.ts';

/** Where something can be done about it. */
const places: Readonly<Record<string, string>> = {
  arrivals: '/inbox/stuck',
  unsure: '/inbox/sends',
  failed: '/inbox/sends',
  stuck: '/inbox/stuck',
  desk: '/inbox/todo',
  offers: '/offers',
  paused: '/sequences',
};

const looks = { good: 'sent', late: 'clock', bad: 'failed' } as const;

/** One thing that was looked at; what is not well says what to do. */
function Line({ line: { key, state, values } }: { line: Health['lines'][number] }) {
  const { t, language } = useWords();
  const place = places[key];
  const said = state === 'good' ? 'good' : key === 'worker' && values.ageMs === null ? 'never' : 'bad';
  const age = typeof values.ageMs === 'number' ? span(values.ageMs, language) : '';
  return (
    <li className={`${styles.line} ${styles[state]}`} data-health={key} data-state={state}>
      <Icon name={looks[state]} />
      <div>
        <strong>{t(`health.line.${key}.name`)}</strong>
        <p>{t(`health.line.${key}.${said}`, { ...values, age })}</p>
        {state !== 'good' && <p className={styles.todo}>{t(`health.line.${key}.todo`)}</p>}
        {state !== 'good' && place && (
          <Link href={place} className={styles.place}>
            {t('health.go')}
          </Link>
        )}
      </div>
      <span className={styles.state}>{t(`health.state.${state}`)}</span>
    </li>
  );
}

function Senders({ senders }: Pick<Health, 'senders'>) {
  const { t, known, language } = useWords();
  const answers = (who: string | null | undefined): string => (who ? known(`health.by.${who}`, who) : '–');
  return (
    <Block title={t('health.senders')} hint={t('health.sendersHint')}>
      <Table
        name={t('health.senders')}
        rows={senders}
        keyOf={({ key }) => key}
        empty={t('health.noSenders')}
        columns={[
          { key: 'key', title: t('health.sender'), cell: ({ key }) => key },
          {
            key: 'state',
            title: t('health.how'),
            cell: ({ isPaused, breakerUntil }) =>
              isPaused
                ? t('health.paused')
                : breakerUntil
                  ? t('health.breaker', { at: weekdayTime(breakerUntil, language) })
                  : t('health.open'),
          },
          {
            key: 'rate',
            title: t('health.rate'),
            cell: ({ mps }) => (mps === null ? t('health.noRate') : t('health.perSecond', { count: mps })),
          },
          {
            key: 'lease',
            title: t('health.worker'),
            cell: ({ leasedUntil }) => t(leasedUntil ? 'health.leased' : 'health.free'),
          },
          { key: 'stop', title: t('health.stop'), cell: ({ declared }) => answers(declared?.stop) },
          { key: 'help', title: t('health.help'), cell: ({ declared }) => answers(declared?.help) },
          {
            key: 'seen',
            title: t('health.seen'),
            cell: ({ seen }) =>
              seen ? `${answers(seen.stop)} · ${weekdayTime(seen.at, language)}` : t('health.notSeen'),
          },
        ]}
      />
    </Block>
  );
}

function Ticks({ ticks }: Pick<Health, 'ticks'>) {
  const { t, known, language } = useWords();
  return (
    <Block title={t('health.ticks')} hint={t('health.ticksHint')}>
      <Table
        name={t('health.ticks')}
        rows={ticks}
        keyOf={({ name }) => name}
        empty={t('health.noTicks')}
        columns={[
          {
            key: 'name',
            title: t('health.tick'),
            cell: ({ name }) => known(`health.tickName.${name}`, name),
          },
          {
            key: 'last',
            title: t('table.last'),
            cell: ({ lastAt }) => (lastAt ? weekdayTime(lastAt, language) : t('health.never')),
          },
          {
            key: 'next',
            title: t('health.next'),
            cell: ({ nextAt }) => (nextAt ? weekdayTime(nextAt, language) : '–'),
          },
          { key: 'failure', title: t('health.failure'), cell: ({ failure }) => failure ?? '–' },
        ]}
      />
    </Block>
  );
}

/** How the house is doing, worst first; it looks again every few seconds (inbox.md §13). */
export function HealthPage({ me }: { me: Me }) {
  const { t, language } = useWords();
  const { data: health, error, refetch } = useHealth();
  const rank = { bad: 0, late: 1, good: 2 } as const;
  const lines = [...(health?.lines ?? [])].sort((one, other) => rank[one.state] - rank[other.state]);
  const worst = lines[0]?.state ?? 'good';
  return (
    <PageFrame
      me={me}
      page="health"
      title={t('pages.health')}
      lead={
        health &&
        [
          t(`health.worst.${worst}`),
          t('health.coaches', { present: health.coaches.present, all: health.coaches.all }),
          t('health.since', { span: span(health.upMs, language) }),
        ].join(' · ')
      }
    >
      {health ? (
        <>
          <ul className={styles.lines}>
            {lines.map((line) => (
              <Line key={line.key} line={line} />
            ))}
          </ul>
          <Senders senders={health.senders} />
          <Ticks ticks={health.ticks} />
        </>
      ) : error ? (
        <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton />
      )}
    </PageFrame>
  );
}
