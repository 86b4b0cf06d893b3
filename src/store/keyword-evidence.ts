import type { Store } from './connect.ts';

/** What webhooks have shown of who answers the reserved words of one channel, as far back as arrivals are kept (90 days). */
export interface KeywordEvidence {
  readonly channel: string;
  /** STOP, START or HELP that the carrier has marked as answered. */
  readonly marked: number;
  /** STOP alone, that it has not. */
  readonly unmarkedStops: number;
  /** Confirmations of ours that it refused, for it had stopped the number itself. */
  readonly refused: number;
}

/** Only those channels on which something was seen. */
export async function keywordEvidence(store: Store): Promise<readonly KeywordEvidence[]> {
  const groups = await store.arrivals
    .aggregate<{ _id: string; marked: number; unmarkedStops: number }>([
      {
        $match: {
          kind: 'inbound',
          $or: [{ 'inbound.optOutType': { $ne: null } }, { 'inbound.text': /^\s*stop\s*$/iu }],
        },
      },
      {
        $group: {
          _id: '$inbound.channel',
          marked: { $sum: { $cond: [{ $ne: ['$inbound.optOutType', null] }, 1, 0] } },
          unmarkedStops: { $sum: { $cond: [{ $eq: ['$inbound.optOutType', null] }, 1, 0] } },
        },
      },
    ])
    .toArray();
  const refused = await store.outbox
    .aggregate<{ _id: string; count: number }>([
      { $match: { class: 'compliance', status: 'failed', reason: '21610' } },
      { $group: { _id: '$channel', count: { $sum: 1 } } },
    ])
    .toArray();
  const channels = new Set([...groups, ...refused].map(({ _id }) => _id));
  return [...channels].sort().map((channel) => {
    const { marked = 0, unmarkedStops = 0 } = groups.find(({ _id }) => _id === channel) ?? {};
    return {
      channel,
      marked,
      unmarkedStops,
      refused: refused.find(({ _id }) => _id === channel)?.count ?? 0,
    };
  });
}
