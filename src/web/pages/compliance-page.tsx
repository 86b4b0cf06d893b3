import { Link } from 'wouter';
import { channels, type Me } from '../api/shapes.ts';
import { serverNow } from '../api/server-clock.ts';
import { ChannelBadge } from '../inbox/channel-badge.tsx';
import { Failed, Skeleton } from '../parts/skeleton.tsx';
import { shortDate, span, weekdayTime } from '../time.ts';
import { useWords } from '../words.ts';
import { Block, Table } from './block.tsx';
import { PageFrame } from './page-frame.tsx';
import { useCompliance } from './queries.ts';
import type { Compliance } from './shapes.ts';
import { whole } from './share.ts';

type Part = { compliance: Compliance };

function Consents({ compliance: { consents, sources, optOuts, suppressions } }: Part) {
  const { t, known, language } = useWords();
  const countOf = (
    of: readonly { channel: string; key: string; count: number }[],
    channel: string,
    key: string,
  ) => of.find((one) => one.channel === channel && one.key === key)?.count ?? 0;
  const sourcesOf = (channel: string): string =>
    sources
      .filter((one) => one.channel === channel)
      .map(({ key, count }) => `${known(`consent.source.${key}`, key)} ${whole(count, language)}`)
      .join(', ');
  const blocked = (channel: string): string =>
    suppressions
      .filter((one) => one.channel === channel)
      .map(({ key, count }) => `${known(`reason.${key}`, key)} ${whole(count, language)}`)
      .join(', ') || '–';
  const outs = (channel: string) => optOuts.find((one) => one.channel === channel);
  return (
    <Block title={t('compliance.consents')} hint={t('compliance.consentsHint')}>
      <Table
        name={t('compliance.consents')}
        rows={channels.filter(
          (channel) => channel !== 'push' || consents.some((one) => one.channel === 'push'),
        )}
        keyOf={(channel) => channel}
        empty=""
        columns={[
          {
            key: 'channel',
            title: t('composer.channel'),
            cell: (channel) => <ChannelBadge channel={channel} />,
          },
          {
            key: 'granted',
            title: t('compliance.granted'),
            isNumber: true,
            cell: (channel) => whole(countOf(consents, channel, 'granted'), language),
          },
          {
            key: 'withdrawn',
            title: t('compliance.withdrawn'),
            isNumber: true,
            cell: (channel) =>
              whole(
                countOf(consents, channel, 'withdrawn') + countOf(consents, channel, 'objected'),
                language,
              ),
          },
          {
            key: 'day',
            title: t('compliance.day'),
            isNumber: true,
            cell: (channel) => outs(channel)?.day ?? 0,
          },
          {
            key: 'week',
            title: t('compliance.week'),
            isNumber: true,
            cell: (channel) => outs(channel)?.week ?? 0,
          },
          {
            key: 'month',
            title: t('compliance.month'),
            isNumber: true,
            cell: (channel) => outs(channel)?.month ?? 0,
          },
          { key: 'sources', title: t('compliance.sources'), cell: (channel) => sourcesOf(channel) || '–' },
          { key: 'blocked', title: t('compliance.blocked'), cell: blocked },
        ]}
      />
    </Block>
  );
}

function Refused({ compliance: { refused } }: Part) {
  const { t, known, language } = useWords();
  return (
    <Block title={t('compliance.refused')} hint={t('compliance.refusedHint')}>
      <Table
        name={t('compliance.refused')}
        rows={refused}
        keyOf={({ rule, reason }) => `${rule}:${reason}`}
        empty={t('compliance.noRefused')}
        columns={[
          { key: 'rule', title: t('why.rule'), cell: ({ rule }) => known(`guardRule.${rule}`, rule) },
          { key: 'reason', title: t('why.reason'), cell: ({ reason }) => known(`reason.${reason}`, reason) },
          {
            key: 'count',
            title: t('table.count'),
            isNumber: true,
            cell: ({ count }) => whole(count, language),
          },
          { key: 'last', title: t('table.last'), cell: ({ lastAt }) => weekdayTime(lastAt, language) },
        ]}
      />
    </Block>
  );
}

function Tasks({ compliance: { tasks, stale } }: Part) {
  const { t, known, language } = useWords();
  return (
    <>
      <Block title={t('compliance.tasks')}>
        <Table
          name={t('compliance.tasks')}
          rows={tasks}
          keyOf={({ id }) => id}
          empty={t('compliance.noTasks')}
          columns={[
            {
              key: 'kind',
              title: t('compliance.task'),
              cell: ({ kind }) => known(`compliance.kind.${kind}`, kind),
            },
            {
              key: 'who',
              title: t('card.title'),
              cell: ({ contactId, name }) => (
                <Link href={`/contacts/${encodeURIComponent(contactId)}`}>{name}</Link>
              ),
            },
            { key: 'due', title: t('compliance.due'), cell: ({ dueAt }) => shortDate(dueAt, language) },
            {
              key: 'left',
              title: t('compliance.left'),
              cell: ({ dueAt }) => {
                const left = Date.parse(dueAt) - serverNow();
                return left > 0 ? span(left, language) : t('due.over', { span: span(left, language) });
              },
            },
          ]}
        />
      </Block>
      <Block title={t('compliance.stale')} hint={t('compliance.staleHint')}>
        <Table
          name={t('compliance.stale')}
          rows={stale}
          keyOf={({ key }) => key}
          empty={t('compliance.noStale')}
          columns={[
            { key: 'key', title: t('compliance.fact'), cell: ({ key }) => key },
            { key: 'asOf', title: t('compliance.asOf'), cell: ({ asOf }) => shortDate(asOf, language) },
            {
              key: 'ends',
              title: t('compliance.ends'),
              cell: ({ endsAt }) => (endsAt ? weekdayTime(endsAt, language) : '–'),
            },
          ]}
        />
      </Block>
    </>
  );
}

function Register({ compliance: { register } }: Part) {
  const { t, known, language } = useWords();
  return (
    <Block title={t('compliance.register')} hint={t('compliance.registerHint')}>
      <Table
        name={t('compliance.register')}
        rows={register}
        keyOf={({ at, contactId, channel, action }) => `${at}${contactId}${channel}${action}`}
        empty={t('person.noConsents')}
        columns={[
          { key: 'at', title: t('table.at'), cell: ({ at }) => weekdayTime(at, language) },
          {
            key: 'who',
            title: t('card.title'),
            cell: ({ contactId, name }) => (
              <Link href={`/contacts/${encodeURIComponent(contactId)}`}>{name}</Link>
            ),
          },
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
        ]}
      />
    </Block>
  );
}

/** What the house may be asked for: who said yes, who said stop, what was kept in and why (inbox.md §13). */
export function CompliancePage({ me }: { me: Me }) {
  const { t } = useWords();
  const { data: compliance, error, refetch } = useCompliance();
  return (
    <PageFrame
      me={me}
      page="compliance"
      title={t('pages.compliance')}
      lead={compliance && t('compliance.softStops', { count: compliance.softStops })}
    >
      {compliance ? (
        <>
          <Consents compliance={compliance} />
          <Refused compliance={compliance} />
          <Tasks compliance={compliance} />
          <Register compliance={compliance} />
        </>
      ) : error ? (
        <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton />
      )}
    </PageFrame>
  );
}
