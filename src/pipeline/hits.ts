import { randomUUID } from 'node:crypto';
import { monotonicMs, type Clock } from '../clock.ts';
import type { TrackedEvent } from '../core/flow/event.ts';
import { quarantineMs, reasonsOf, verdictOf, type Asked, type Hit } from '../core/hit.ts';
import type { Row } from '../core/row.ts';
import { honeypotKey, openKey } from '../core/track.ts';
import type { Store } from '../store/connect.ts';
import type { HitDoc } from '../store/hits.ts';
import type { LinkDoc } from '../store/links.ts';
import type { NewArrival } from './arrive.ts';

export interface HitDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly arrive: (arrival: NewArrival) => Promise<unknown>;
}

export interface Request extends Asked {
  readonly ip: string | null;
}

/** Writes a click down and says where it leads; null for a token that is not ours, or is over. */
export async function click(
  deps: Omit<HitDeps, 'arrive'>,
  token: string,
  asked: Request,
): Promise<string | null> {
  const link = await linkOf(deps, token);
  if (!link || link.linkKey === openKey) return null;
  await keepHit(deps, link, 'click', asked);
  return link.url;
}

/** Writes an opening down, where its person still lets us see it: a withdrawal counts for mails sent before it too. */
export async function open(deps: Omit<HitDeps, 'arrive'>, token: string, asked: Request): Promise<void> {
  const link = await linkOf(deps, token);
  if (link?.linkKey !== openKey) return;
  const said = await deps.store.consents
    .find({ contactId: link.contactId, channel: 'email', purpose: 'open_tracking' })
    .sort({ at: -1, order: -1 })
    .limit(1)
    .next();
  if (said?.action === 'granted') await keepHit(deps, link, 'open', asked);
}

async function linkOf(
  { store, clock }: Pick<HitDeps, 'store' | 'clock'>,
  token: string,
): Promise<LinkDoc | null> {
  if (!/^[0-9A-Za-z]{10}$/u.test(token)) return null;
  const link = await store.links.findOne({ _id: token });
  return link && link.expiresAt > clock.now() ? link : null;
}

async function keepHit(
  { store, clock }: Pick<HitDeps, 'store' | 'clock'>,
  { rowId, contactId, linkKey }: LinkDoc,
  kind: HitDoc['kind'],
  asked: Request,
): Promise<void> {
  const at = clock.now();
  await store.hits.insertOne({
    _id: randomUUID(),
    rowId,
    contactId,
    linkKey,
    kind,
    at,
    ip: asked.ip,
    agent: asked.agent?.slice(0, 300) ?? null,
    verdict: 'unsure',
    reasons: reasonsOf(asked, kind),
    quarantineUntil: new Date(at.getTime() + quarantineMs),
  });
}

const pageSize = 500;

/** Ends quarantines: says who made each hit, and tells the thread of a person's. A later verdict takes back an earlier one. */
export async function settleHits(
  deps: HitDeps,
  untilMs: number,
): Promise<{ settled: number; clicked: number; reversed: number }> {
  const { store, clock } = deps;
  const total = { settled: 0, clicked: 0, reversed: 0 };
  while (monotonicMs() < untilMs) {
    const page = await store.hits
      .find({ quarantineUntil: { $lte: clock.now() } })
      .sort({ quarantineUntil: 1 })
      .limit(pageSize)
      .toArray();
    if (page.length === 0) break;
    const judged = await judge(store, page);
    for (const [index, told] of (await Promise.all(judged.map((one) => tell(deps, one)))).entries()) {
      total.settled += Number(Boolean(judged[index]?.hit.quarantineUntil));
      total.clicked += Number(told === 'said');
      total.reversed += Number(told === 'taken_back');
    }
    await store.hits.bulkWrite(
      judged.map(({ hit, verdict, reasons }) => ({
        updateOne: {
          filter: { _id: hit._id },
          update: { $set: { verdict, reasons, quarantineUntil: null } },
        },
      })),
      { ordered: false },
    );
    if (page.length < pageSize) break;
  }
  return total;
}

interface Judged extends ReturnType<typeof verdictOf> {
  readonly hit: HitDoc;
  readonly row: SpokenRow | undefined;
  /** Another hit of the same link is a person's. */
  readonly isHumanBeside: boolean;
}

type SpokenRow = Pick<Row, 'channel' | 'stepKey' | 'guard' | 'history'> & { readonly _id: string };

const hitOf = ({ _id, ...hit }: HitDoc): Hit => ({ ...hit, id: _id });

/** Of every message on the page all settled hits are judged again: what came later may show what made them. */
async function judge(store: Store, page: readonly HitDoc[]): Promise<Judged[]> {
  const rowIds = [...new Set(page.map(({ rowId }) => rowId))];
  const ips = [...new Set(page.flatMap(({ ip }) => ip ?? []))];
  const times = page.map(({ at }) => at.getTime());
  const [hits, links, rows, sameIp] = await Promise.all([
    store.hits.find({ rowId: { $in: rowIds } }).toArray(),
    store.links.find({ rowId: { $in: rowIds } }, { projection: { rowId: 1, linkKey: 1 } }).toArray(),
    store.outbox
      .find<SpokenRow>(
        { _id: { $in: rowIds } },
        { projection: { channel: 1, stepKey: 1, guard: 1, history: 1 }, hint: { _id: 1 } },
      )
      .toArray(),
    store.hits
      .find({
        ip: { $in: ips },
        at: {
          $gte: new Date(Math.min(...times) - quarantineMs),
          $lte: new Date(Math.max(...times) + quarantineMs),
        },
      })
      .toArray(),
  ]);
  const onPage = new Set(page.map(({ _id }) => _id));
  const asked = hits.filter(({ _id, quarantineUntil }) => onPage.has(_id) || !quarantineUntil);
  const judged = asked.map((hit) => {
    const row = rows.find(({ _id }) => _id === hit.rowId);
    const own = links.filter(({ rowId }) => rowId === hit.rowId).map(({ linkKey }) => linkKey);
    const linkKeys = [...new Set(own)].filter((key) => key !== honeypotKey && key !== openKey);
    const around = {
      ofMessage: hits.filter(({ rowId }) => rowId === hit.rowId).map(hitOf),
      ofIp: sameIp.filter(({ ip }) => ip === hit.ip).map(hitOf),
      linkKeys,
      deliveredAt: row?.history.find(({ status }) => status === 'delivered' || status === 'sent')?.at ?? null,
    };
    return { hit, row, ...verdictOf(hitOf(hit), around) };
  });
  return judged.map((one) => ({
    ...one,
    isHumanBeside: judged.some(
      (other) => other.verdict === 'human' && isSameLink(one.hit, other.hit) && other.hit !== one.hit,
    ),
  }));
}

const isSameLink = (one: HitDoc, other: HitDoc): boolean =>
  one.rowId === other.rowId && one.linkKey === other.linkKey && one.kind === other.kind;

const names = {
  click: { said: 'Message Clicked', takenBack: 'Message Click Reversed' },
  open: { said: 'Message Opened', takenBack: 'Message Open Reversed' },
} as const;

/** A person's first hit of a link is an event; so is learning that it was a machine's after all. */
async function tell(
  { arrive, clock }: HitDeps,
  { hit, row, verdict, isHumanBeside }: Judged,
): Promise<'said' | 'taken_back' | 'nothing'> {
  const isTakenBack = hit.verdict === 'human' && verdict === 'machine' && !isHumanBeside;
  if (!isTakenBack && (verdict !== 'human' || hit.verdict === 'human')) return 'nothing';
  const kind = names[hit.kind];
  const event: TrackedEvent = {
    id: isTakenBack ? `reversed:${hit._id}` : `${hit.kind}:${hit.rowId}:${hit.linkKey}`,
    name: isTakenBack ? kind.takenBack : kind.said,
    properties: {
      messageId: hit.rowId,
      linkKey: hit.linkKey,
      channel: row?.channel ?? null,
      flow: row?.guard.flow ?? null,
      step: row?.stepKey ?? null,
    },
    occurredAt: isTakenBack ? clock.now() : hit.at,
  };
  await arrive({
    id: `event:${event.id}`,
    kind: 'event',
    contactId: hit.contactId,
    receivedAt: clock.now(),
    event,
  });
  return isTakenBack ? 'taken_back' : 'said';
}
