import { rank, type Row } from '../../../src/core/row.ts';
import { rowStatuses, type RowStatus } from '../../../src/core/row.ts';
import type { Doc } from './bson.ts';
import type { Booked, Call, CarrierTwin } from './carrier.ts';
import type { TwinDatabase, Written } from './database.ts';

/*
 * The witness of a simulation: sees every write of the database in its order, every call, every message taken, every 200, and
 * says which invariant of reliability.md §1 does not hold, at the event that breaks it.
 */

export interface Violation {
  readonly invariant: string;
  readonly what: string;
  /** Milliseconds from the beginning. */
  readonly atMs: number;
}

/** A text at our doors. */
export interface Delivered {
  readonly arrivalId: string;
  readonly contactId: string;
  /** First post of it. */
  readonly begunAt: number;
  /** First 200. */
  takenAt: number | null;
}

/** Claim to wire: what was claimed before a STOP may still begin. */
const claimToWireMs = 2_000;
/** A follower's own patience. */
const followerMs = 20_000;
const secondMs = 1_000;

interface RowDoc extends Omit<Row, 'id'> {
  readonly _id: string;
}

const rowOf = (doc: Doc | null): RowDoc | null => doc as unknown as RowDoc | null;
const isOf = (status: string): status is RowStatus => (rowStatuses as readonly string[]).includes(status);

export interface WitnessOptions {
  readonly now: () => number;
  readonly startMs: number;
  /** How far a process's clock may be from the true one. */
  readonly skewMs: number;
  readonly mps: number;
}

export type Witness = ReturnType<typeof createWitness>;

export function createWitness({ now, startMs, skewMs, mps }: WitnessOptions) {
  const violations: Violation[] = [];
  const say = (invariant: string, what: string): void => {
    violations.push({ invariant, what, atMs: Math.round(now() - startMs) });
  };
  const calls = new Map<string, Call[]>();
  const taken = new Map<string, Booked[]>();
  /** `contact:channel` → the instant of a STOP's commit that stands. */
  const stops = new Map<string, number>();
  const owners = new Map<string, string>();
  const claimers = new Map<string, string>();
  const callsBySender = new Map<string, number[]>();
  const stoppedCalls = new Map<string, number>();

  const stopOf = (row: Pick<Row, 'contactId' | 'channel'>): number | undefined =>
    stops.get(`${row.contactId}:${row.channel}`);

  /** A message that a STOP of its channel silences: written before it, or no answer to what was said since. */
  const isCovered = (
    row: Pick<Row, 'contactId' | 'channel' | 'class' | 'createdAt'>,
    stoppedAt: number,
  ): boolean =>
    row.class !== 'compliance' && (row.class !== 'reply' || row.createdAt.getTime() + skewMs < stoppedAt);

  const mayCallStill = (row: RowDoc): boolean =>
    (calls.get(row._id) ?? []).some(
      (call) => call.row.attempt === row.attempt && (call.state === 'flight' || call.state === 'taken'),
    );

  function onRow(before: RowDoc | null, after: RowDoc, by: string): void {
    const from = before?.status ?? null;
    const to = after.status;
    if (!isOf(to)) say('I10', `${after._id} has the status ${String(to)}`);
    if (before?.sid && before.sid !== after.sid) say('I10', `${after._id} changed its sid`);
    if (from !== null && from !== to) {
      if (rank[to] < rank[from]) onBack(before as RowDoc, after, by);
      if (rank[from] >= rank.sent && rank[to] < rank.sent) say('I10', `${after._id}: ${from} → ${to}`);
    }
    if (to === 'sending' && after.token !== before?.token) onClaim(after, by);
  }

  function onClaim(row: RowDoc, by: string): void {
    claimers.set(row.token ?? '', by);
    const stoppedAt = stopOf(row);
    if (stoppedAt !== undefined && isCovered(row, stoppedAt))
      say('I3', `${row._id} turned sending after a STOP`);
    if (owners.has(row.contactId) && row.class === 'reply' && row.by === 'bot')
      say('I7', `${row._id}: the bot answers in a coach's thread`);
    if (mayCallStill(row)) say('I1', `${row._id} was claimed while the carrier may have it`);
  }

  /** Back to `queued`: only where the carrier has nothing of it, and only by who holds it. */
  function onBack(before: RowDoc, after: RowDoc, by: string): void {
    const isProof = before.status === 'unsure' && after.reason === 'proven_absent';
    if (after.status === 'queued' && mayCallStill(before))
      say('I1', `${after._id} goes again though the carrier may have it`);
    if (!isProof && claimers.get(before.token ?? '') !== by)
      say('I11', `${after._id}: ${before.status} → ${after.status} by ${by}, which holds no lease of it`);
  }

  function onWritten({ collection, id, before, after, by }: Written): void {
    if (collection === 'outbox') {
      if (!after) say('I2', `${id} has disappeared`);
      else onRow(rowOf(before), rowOf(after) as RowDoc, by);
    } else if (collection === 'consents' || collection === 'decisions') {
      if (before) say('I17', `${collection} ${id} was changed`);
      if (collection === 'consents' && after) onConsent(after);
    } else if (collection === 'threads' && after) {
      const own = after['own'] as { readonly state: string; readonly ownerId: string | null };
      if (own.state === 'coach' && own.ownerId) owners.set(id, own.ownerId);
      else owners.delete(id);
    } else if (collection === 'items' && before && after && before['seq'] !== after['seq'])
      say('I6', `item ${id} changed its place`);
  }

  function onConsent(consent: Doc): void {
    const key = `${String(consent['contactId'])}:${String(consent['channel'])}`;
    if (consent['action'] === 'withdrawn' && consent['purpose'] === 'marketing') {
      if ((consent['evidence'] as Doc | undefined)?.['arrivalId']) stops.set(key, now());
    } else if (consent['action'] === 'granted') stops.delete(key);
  }

  function onCall(call: Call): void {
    const { row } = call;
    calls.set(row.id, [...(calls.get(row.id) ?? []), call]);
    const stoppedAt = stopOf(row);
    if (stoppedAt !== undefined && isCovered(row, stoppedAt)) {
      stoppedCalls.set(`${row.contactId}:${row.channel}`, now());
      if (now() > stoppedAt + claimToWireMs)
        say('I3', `${row.id} was called ${String(now() - stoppedAt)} ms after a STOP`);
    }
    if (row.notBefore.getTime() > now() + skewMs) say('I9', `${row.id} left before its time`);
    if (row.expiresAt.getTime() + claimToWireMs < now() - skewMs) say('I9', `${row.id} left after its time`);
    if (mps > 0) onRate(row.sender);
  }

  function onRate(sender: string): void {
    const recent = [...(callsBySender.get(sender) ?? []).filter((at) => at > now() - secondMs), now()];
    callsBySender.set(sender, recent);
    if (recent.length > mps + 1)
      say('I12', `${String(recent.length)} calls of ${sender.split(':')[0] ?? ''} in a second`);
  }

  function onTaken(booked: Booked, standing: (rowId: string) => RowDoc | null): void {
    const { row } = booked;
    const all = [...(taken.get(row.id) ?? []), booked];
    taken.set(row.id, all);
    if (all.length > 1) say('I1', `${row.id} was taken ${String(all.length)} times`);
    if (!row.after) return;
    const leader = standing(row.after);
    const isFree = !leader || taken.has(row.after) || rank[leader.status] >= rank.sent;
    if (!isFree && now() < row.createdAt.getTime() + followerMs - 2 * skewMs - secondMs)
      say('I6', `${row.id} overtook ${row.after}`);
  }

  return {
    violations,
    say,
    onWritten,
    onCall,
    onTaken,
    takenOf: (rowId: string): readonly Booked[] => taken.get(rowId) ?? [],
  };
}

/** What must be true once all has healed and come to rest. */
export function judgeEnd(
  { say, takenOf }: Witness,
  database: TwinDatabase,
  carrier: CarrierTwin,
  delivered: readonly Delivered[],
  /** Rows that had their end before this began. */
  before: ReadonlySet<string>,
  skewMs: number,
): void {
  const docs = <T>(name: string): T[] => database.find(database.table(name), {}) as unknown as T[];
  const rows = docs<RowDoc>('outbox').filter(({ _id }) => !before.has(_id));
  const arrivals = docs<{ _id: string; kind: string; state: string; contactId: string }>('arrivals');
  const items = docs<{ _id: string; contactId: string; seq: number; arrivalId?: string; kind: string }>(
    'items',
  );
  const threads = docs<{ _id: string; seq: number; flags: readonly string[] }>('threads');
  const known = new Map(rows.map((row) => [row._id, row]));
  const ended = new Map(arrivals.map(({ _id, state }) => [_id, state]));

  for (const { row } of carrier.book)
    if (!known.has(row.id)) say('I1', `${row.id} is at the carrier and nowhere else`);
  for (const row of rows) judgeRow(row, takenOf(row._id), say);
  judgeSteps(rows, takenOf, say);

  const itemsOf = grouped(items, ({ contactId }) => contactId);
  for (const { _id, seq } of threads) {
    const seqs = (itemsOf.get(_id) ?? []).map((item) => item.seq).sort((one, other) => one - other);
    if (seqs.length !== seq || seqs.some((one, place) => one !== place + 1))
      say('I6', `items of ${_id} are ${seqs.join(',')}, the thread counts ${String(seq)}`);
  }
  const shown = grouped(
    items.filter(({ kind }) => kind === 'in'),
    ({ arrivalId }) => arrivalId ?? '',
  );
  for (const { _id, kind, state, contactId } of arrivals) {
    if (state !== 'moved' && state !== 'stuck') say('I2', `${_id} is still ${state}`);
    if (kind === 'inbound' && shown.get(_id)?.length !== 1)
      say('I4', `${_id} is ${String(shown.get(_id)?.length ?? 0)} items`);
    if (state === 'stuck' && !threads.some((one) => one._id === contactId && one.flags.includes('stuck')))
      say('I15', `${_id} is parked and shown to nobody`);
  }
  const itemIds = new Set(items.map(({ _id }) => _id));
  for (const row of rows) {
    const arrivalId = row._id.replace(/\/\d+(?:\+\d+)?$/, '');
    if (!itemIds.has(row.itemId) || ended.get(arrivalId) !== 'moved')
      say('I5', `${row._id} of a step that was not kept`);
  }
  for (const consent of docs<{ _id: string; evidence: { arrivalId?: string } }>('consents')) {
    const { arrivalId } = consent.evidence;
    if (arrivalId !== undefined && ended.get(arrivalId) !== 'moved')
      say('I5', `consent ${consent._id} of a step that was not kept`);
  }
  judgeTexts(delivered, ended, items, skewMs, say);
}

type Say = Witness['say'];

function grouped<T>(some: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of some) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

function judgeRow({ _id, status, sid, reason, otherSids }: RowDoc, taken: readonly Booked[], say: Say): void {
  if (status === 'sending') say('I2', `${_id} is still sending`);
  if (sid && !taken.some((booked) => booked.sid === sid))
    say('I10', `${_id} has a sid the carrier never gave`);
  if ((status === 'sent' || status === 'delivered' || status === 'read') && !sid)
    say('I10', `${_id} is ${status} without a sid`);
  if ((otherSids ?? []).length > 0) say('I16', `${_id} has a second sid`);
  const isNever =
    status === 'blocked' ||
    status === 'ghost' ||
    status === 'queued' ||
    (status === 'failed' && !unknownEnds.has(reason ?? ''));
  if (isNever && taken.length > 0) say('I10', `${_id} is ${status} ${reason ?? ''}, and the carrier has it`);
}

/** Failures that say what the carrier reported, or that nobody knows. */
const unknownEnds = new Set(['not_delivered', 'not_confirmed', 'stuck']);

/** I8: a step speaks once, and once more only where the carrier said that it did not arrive. */
function judgeSteps(rows: readonly RowDoc[], takenOf: Witness['takenOf'], say: Say): void {
  const steps = grouped(
    rows.filter(({ runId, stepKey }) => runId && stepKey),
    ({ runId, stepKey, channel }) => `${String(runId)} ${String(stepKey)} ${channel}`,
  );
  for (const [step, own] of steps) {
    const said = own.flatMap(({ _id }) => takenOf(_id));
    const lost = said.filter(({ status }) => status === 'failed').length;
    if (said.length > lost + 1) say('I8', `${step} was said ${String(said.length)} times`);
  }
}

function judgeTexts(
  delivered: readonly Delivered[],
  ended: ReadonlyMap<string, string>,
  items: readonly { readonly arrivalId?: string; readonly seq: number; readonly kind: string }[],
  skewMs: number,
  say: Say,
): void {
  const seqOf = new Map(
    items.filter(({ kind }) => kind === 'in').map(({ arrivalId, seq }) => [arrivalId ?? '', seq]),
  );
  for (const one of delivered) {
    if (one.takenAt === null) continue;
    if (!ended.has(one.arrivalId)) say('I4', `${one.arrivalId} was answered 200 and is lost`);
    for (const other of delivered) {
      if (other.contactId !== one.contactId || one.takenAt + 2 * skewMs >= other.begunAt) continue;
      if ((seqOf.get(one.arrivalId) ?? 0) > (seqOf.get(other.arrivalId) ?? Infinity))
        say('I6', `${one.arrivalId} stands behind ${other.arrivalId}`);
    }
  }
}
