import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs, type Clock } from '../clock.ts';
import type { Arrival } from '../core/arrival.ts';
import type { Decide, Kept, World } from '../core/decide.ts';
import type { Library } from '../core/library.ts';
import type { Row } from '../core/row.ts';
import type { Channel } from '../core/vocabulary.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { leftBehind, waitingStates } from '../store/arrivals.ts';
import { createBatch } from '../store/batch.ts';
import { fromDoc } from '../store/collection.ts';
import { commit, type Outcome, type ToKeep } from '../store/commit.ts';
import type { Store } from '../store/connect.ts';
import { park } from '../store/stuck.ts';
import { loadWorlds } from '../store/world.ts';
import { nextBreath, type Breath } from './breath.ts';
import type { Ticket } from './dispatch.ts';
import type { Candidate } from './due.ts';
import { leavingNow, type LeavingRow } from './leaving.ts';

export interface DrainDeps {
  readonly store: Store;
  readonly library: Library;
  readonly clock: Clock;
  readonly decide: Decide;
  /** Rung after a commit that wrote outbox rows. */
  readonly bell: () => void;
  /** Asks a turn for a row before it is written; see Ticket. */
  readonly reserve?: (candidate: Candidate) => Ticket | null;
  /** What a coach or a manager is told, after the commit that says so. Must not throw. */
  readonly tell?: (contactId: string, tells: Kept['tells']) => void;
  readonly log: Log;
  readonly publicUrl: string;
  readonly senders: readonly { readonly key: string; readonly channel: Channel }[];
  /** `setTimeout` unless a test says otherwise; the answer takes it back. */
  readonly schedule?: (ms: number, ring: () => void) => () => void;
  /** See loadWorlds. */
  readonly freshMs?: number;
}

export interface Drain {
  /**
   * Moves a contact's arrivals on, oldest first, until none is left or free text still collects (`now`: that wait ends).
   * Resolves when that is so; never rejects: what the database could not be asked is asked again a little later, three
   * times, and then by the sweep; so who needs to know looks at the arrival.
   */
  drain(contactId: string, options?: { readonly now?: boolean }): Promise<void>;
  /** Ends open waits for more text, and waits for all that was set going. */
  settle(): Promise<void>;
  /** Takes nothing new up, waits for what is in hand; an open wait stays in `collectUntil` for the sweep. */
  stop(): Promise<void>;
}

/** Contacts that are loaded, decided and kept together. */
const most = 100;
/** Arrivals looked at together; a contact has more rarely, and then comes again. */
const mostArrivals = 2_000;
/** A step begun so often without an end will not end. */
const mostTries = 3;
/** Between one time the database could not be asked and the next; after the last the contact is the sweep's. */
const askAgainMs = [500, 2_000, 8_000] as const;

/** What became of one visit to a contact: look again at once; after a moment, for another process moved it; or leave. */
type Visited = 'again' | 'lost' | 'done';

interface Visit {
  readonly contactId: string;
  readonly endsWait: boolean;
}

/** One contact's door in this process: one visit at a time. It is speed; what keeps order is the thread's `rev`. */
interface Door {
  isAsked: boolean;
  endsWait: boolean;
  done: Promise<void>;
}

function afterMs(ms: number, ring: () => void): () => void {
  const timer = setTimeout(ring, ms);
  return () => {
    clearTimeout(timer);
  };
}

/** Two processes that meet at one contact part again: the winner goes on, the loser finds little left. */
const stepAside = (): Promise<void> => pause(5 + Math.random() * 20);

export function createDrain(deps: DrainDeps): Drain {
  const { log, schedule = afterMs } = deps;
  const doors = new Map<string, Door>();
  const waits = new Map<string, () => void>();
  /** How often in a row a contact could not be drained. */
  const failures = new Map<string, number>();
  let isStopped = false;

  function wait(contactId: string, until: Date): void {
    waits.get(contactId)?.();
    const ring = (): void => {
      waits.delete(contactId);
      void drain(contactId);
    };
    waits.set(contactId, schedule(Math.max(1, until.getTime() - deps.clock.now().getTime()), ring));
  }

  const batch = createBatch<Visit, Visited>({
    most,
    lanes: 2,
    run: (visits) => visitAll({ ...deps, wait }, visits),
  });

  async function pass(contactId: string, door: Door): Promise<void> {
    try {
      while (door.isAsked && !isStopped) {
        door.isAsked = false;
        const visited = await batch.add({ contactId, endsWait: door.endsWait });
        if (visited !== 'done') door.isAsked = true;
        if (visited === 'lost') await stepAside();
      }
      failures.delete(contactId);
    } catch (error) {
      leaveForLater(contactId, error);
    } finally {
      doors.delete(contactId);
    }
  }

  function leaveForLater(contactId: string, error: unknown): void {
    const times = failures.get(contactId) ?? 0;
    const againMs = askAgainMs[times];
    log.error(
      { contactId, error: messageOf(error), againMs },
      'a contact could not be drained; it is tried again, at last by the sweep',
    );
    failures.delete(contactId);
    if (againMs === undefined || isStopped) return;
    failures.set(contactId, times + 1);
    wait(contactId, new Date(deps.clock.now().getTime() + againMs));
  }

  function drain(contactId: string, { now = false }: { readonly now?: boolean } = {}): Promise<void> {
    if (isStopped) return Promise.resolve();
    waits.get(contactId)?.();
    waits.delete(contactId);
    const standing = doors.get(contactId);
    if (standing) {
      standing.isAsked = true;
      standing.endsWait ||= now;
      return standing.done;
    }
    const door: Door = { isAsked: true, endsWait: now, done: Promise.resolve() };
    doors.set(contactId, door);
    door.done = pass(contactId, door);
    return door.done;
  }

  const underWay = async (): Promise<void> => {
    while (doors.size > 0) await Promise.all([...doors.values()].map(({ done }) => done));
  };

  return {
    drain,
    async settle() {
      await underWay();
      while (waits.size > 0) {
        await Promise.all([...waits.keys()].map((contactId) => drain(contactId, { now: true })));
        await underWay();
      }
    },
    async stop() {
      isStopped = true;
      for (const cancel of waits.values()) cancel();
      waits.clear();
      await underWay();
    },
  };
}

type VisitDeps = DrainDeps & { readonly wait: (contactId: string, until: Date) => void };

/** Visits many contacts at once: the next breath of each is decided and kept. Answers in the order given. */
async function visitAll(deps: VisitDeps, visits: readonly Visit[]): Promise<Visited[]> {
  const breaths = await readBreaths(deps, visits);
  const results = new Map<string, Visited>();
  // An arrival that was begun before, and never ended, goes by itself: what it may do to the process, it does alone.
  const isDoubtful = ({ arrivals }: Breath): boolean => arrivals.some(({ tries }) => tries > 0);
  const groups = [
    breaths.filter((breath) => !isDoubtful(breath)),
    ...shuffled(breaths.filter(isDoubtful)).map((breath) => [breath]),
  ];
  for (const group of groups) {
    if (group.length === 0) continue;
    for (const [contactId, result] of await stepAll(deps, group)) results.set(contactId, result);
  }
  return visits.map(({ contactId }) => results.get(contactId) ?? 'done');
}

/** Who is always first after a start is hit by whatever ends the process next, though it is not at fault. */
function shuffled<T>(some: readonly T[]): T[] {
  return some
    .map((one) => ({ one, place: Math.random() }))
    .sort((left, right) => left.place - right.place)
    .map(({ one }) => one);
}

async function readBreaths({ store }: VisitDeps, visits: readonly Visit[]): Promise<Breath[]> {
  const docs = await store.arrivals
    .find({
      contactId: { $in: visits.map(({ contactId }) => contactId) },
      state: { $in: [...waitingStates] },
    })
    .sort({ contactId: 1, receivedAt: 1, _id: 1 })
    .limit(mostArrivals)
    .toArray();
  const byContact = new Map<string, Arrival[]>();
  for (const doc of docs) {
    const arrival = fromDoc<Arrival>(doc);
    const own = byContact.get(arrival.contactId ?? '');
    if (own) own.push(arrival);
    else byContact.set(arrival.contactId ?? '', [arrival]);
  }
  const isCut = docs.length === mostArrivals;
  return visits.flatMap(({ contactId, endsWait }) => {
    const own = byContact.get(contactId);
    // Past the page's end nothing is known of a contact: it is looked at again.
    if (!own) return isCut ? [{ contactId, arrivals: [], endsWait, hasMore: true }] : [];
    return [nextBreath(contactId, own, endsWait)];
  });
}

/** Loads, decides and keeps one breath each. */
async function stepAll(deps: VisitDeps, breaths: readonly Breath[]): Promise<Map<string, Visited>> {
  const results = new Map<string, Visited>(
    breaths.map(({ contactId, hasMore }) => [contactId, hasMore ? 'again' : 'done']),
  );
  const begun: Breath[] = [];
  for (const breath of breaths) {
    const parked = await parkWorn(deps, breath);
    if (parked) results.set(breath.contactId, parked);
    else if (breath.arrivals.length > 0) begun.push(breath);
  }
  if (begun.length === 0) return results;
  const beganMs = monotonicMs();
  const [read, counted] = await Promise.allSettled([readWorlds(deps, begun), count(deps, begun, 1)]);
  if (read.status === 'rejected') throw await takenBack(deps, begun, read.reason);
  if (counted.status === 'rejected') throw counted.reason;
  const worlds = read.value;
  const decided = await decideAll(deps, begun, worlds);
  return new Map([...results, ...(await keepAll(deps, decided, beganMs))]);
}

/**
 * One that took the process with it three times is not begun a fourth: it is parked. Null where the breath may begin; one
 * that others may be in the middle of is theirs, and the sweep's.
 */
async function parkWorn(
  { store, clock }: VisitDeps,
  { contactId, arrivals }: Breath,
): Promise<Visited | null> {
  const worn = arrivals.filter(({ tries }) => tries >= mostTries);
  if (worn.length === 0) return null;
  const left = await leftBehind(
    store,
    worn.map(({ id }) => id),
  );
  for (const arrival of worn.filter(({ id }) => left.has(id)))
    await park(store, contactId, arrival, 'its step was begun three times without an end', clock.now());
  return left.size > 0 ? 'again' : 'done';
}

function readWorlds(
  { store, library, clock, publicUrl, senders, freshMs }: VisitDeps,
  breaths: readonly Breath[],
) {
  const quoted = breaths.flatMap(({ arrivals }) =>
    arrivals.flatMap((arrival) =>
      arrival.kind === 'inbound' && arrival.inbound.repliedTo ? [arrival.inbound.repliedTo] : [],
    ),
  );
  const contactIds = breaths.map(({ contactId }) => contactId);
  return loadWorlds(store, library, contactIds, { now: clock.now(), publicUrl, senders, quoted, freshMs });
}

/**
 * Counts a beginning before it begins, so that a crash counts too; takes it back where a step ended without one of its
 * own making.
 */
async function count({ store }: VisitDeps, breaths: readonly Breath[], by: 1 | -1): Promise<void> {
  const ids = breaths.flatMap(({ arrivals }) => arrivals.map(({ id }) => id));
  if (ids.length === 0) return;
  await store.arrivals.updateMany(
    { _id: { $in: ids }, state: { $in: [...waitingStates] } },
    by === 1 ? [{ $set: { tries: { $add: ['$tries', 1] }, begunAt: '$$NOW' } }] : { $inc: { tries: by } },
    { hint: { _id: 1 } },
  );
}

/** An answer that may leave at once, with the turn that was asked for it. */
interface Leaving extends LeavingRow {
  readonly ticket: Ticket;
  readonly token: string;
}

type Decided =
  | { readonly breath: Breath; readonly step: ToKeep; readonly leaving?: Leaving }
  | { readonly breath: Breath; readonly waitsUntil: Date }
  | { readonly breath: Breath; readonly failed: string };

/** A webhook's 200 and a claim's deadline wait no longer than this for decisions of others. */
const longestTurnMs = 10;

async function decideAll(
  deps: VisitDeps,
  breaths: readonly Breath[],
  worlds: ReadonlyMap<string, World>,
): Promise<Decided[]> {
  const decided: Decided[] = [];
  let began = monotonicMs();
  for (const breath of breaths) {
    if (monotonicMs() - began > longestTurnMs) {
      await new Promise((resolve) => setImmediate(resolve));
      began = monotonicMs();
    }
    decided.push(decideOne(deps, breath, worlds.get(breath.contactId)));
  }
  return decided;
}

/** Asks `decide`, which is pure: a throw is a bug of that contact's step and stops no other. */
function decideOne(deps: VisitDeps, breath: Breath, world: World | undefined): Decided {
  const { clock, decide, log } = deps;
  const { contactId, arrivals, endsWait } = breath;
  if (!world) return { breath, failed: 'there is no such contact' };
  const now = clock.now();
  const { collectUntil } = world.thread;
  const isOld = arrivals.every(({ state }) => state === 'shown');
  if (isOld && collectUntil && collectUntil > now && !endsWait) return { breath, waitsUntil: collectUntil };
  try {
    const kept = decide(arrivals, world, { now, zone: world.contact.zone }, { endsWait });
    const step = { contactId, arrivals, kept, baseThread: world.thread, contact: world.contact };
    return { breath, step, ...leavingOf(deps, kept, world) };
  } catch (error) {
    log.error({ arrivalId: arrivals.at(-1)?.id, ...placeOfThrow(error) }, 'a step could not be decided');
    return { breath, failed: messageOf(error) };
  }
}

/** Where it was thrown; what it says may hold what somebody wrote, so that stays on the arrival. */
function placeOfThrow(error: unknown): { readonly error: string; readonly at: string } {
  if (!(error instanceof Error)) return { error: typeof error, at: '' };
  return { error: error.name, at: /^\s+at .*$/m.exec(error.stack ?? '')?.[0]?.trim() ?? '' };
}

/** Asks the sender's turn for a step's answer: what gets it by the commit is claimed with it. */
function leavingOf({ clock, reserve }: VisitDeps, kept: Kept, world: World): { readonly leaving?: Leaving } {
  const row = leavingNow(kept, world, clock.now());
  const ticket = row && reserve?.(row.candidate);
  return ticket ? { leaving: { ...row, ticket, token: randomUUID() } } : {};
}

/** A free turn begins at once, where a rate bounds it after a timer's shortest; nobody waits longer for one. */
const turnWaitMs = 3;

async function awaitTurns(tickets: readonly Ticket[]): Promise<void> {
  if (tickets.length === 0) return;
  await new Promise((resolve) => setImmediate(resolve));
  if (tickets.every(({ hasTurn }) => hasTurn)) return;
  await Promise.race([Promise.all(tickets.map(({ begun }) => begun)), pause(turnWaitMs)]);
}

type Step = Extract<Decided, { readonly step: ToKeep }>;

const withClaim = ({ step, leaving }: Step): ToKeep =>
  leaving?.ticket.hasTurn ? { ...step, claim: { rowId: leaving.row.id, token: leaving.token } } : step;

/** Tells a turn what became of its row. */
function settleTurn({ leaving }: Step, outcome: Outcome | undefined, beganMs: number): void {
  if (!leaving) return;
  const { row, ticket, token, hasMore } = leaving;
  if (outcome === 'claimed') {
    const claimed: Row = { ...row, status: 'sending', attempt: row.attempt + 1, token };
    ticket.settle({ row: claimed, token, beganMs, hasMore });
  } else ticket.settle(outcome === 'kept' ? 'queued' : 'dropped');
}

/** Keeps what was decided, and says of each contact whether it is to be looked at again. */
async function keepAll(
  deps: VisitDeps,
  decided: readonly Decided[],
  beganMs: number,
): Promise<Map<string, Visited>> {
  const steps = decided.flatMap((one) => ('step' in one ? [one] : []));
  let outcomes: readonly Outcome[] = [];
  try {
    await awaitTurns(steps.flatMap(({ leaving }) => leaving?.ticket ?? []));
    outcomes = await keepOrTakeBack(deps, decided, steps.map(withClaim));
  } finally {
    for (const [index, step] of steps.entries()) settleTurn(step, outcomes[index], beganMs);
  }
  const results = new Map<string, Visited>();
  const begunInVain: Breath[] = [];
  let hasRows = false;
  for (const [index, { breath, step }] of steps.entries()) {
    const outcome = outcomes[index] ?? 'conflict';
    if (outcome === 'kept' || outcome === 'claimed') {
      hasRows ||= hasRowsFor(step, outcome);
      results.set(breath.contactId, follow(deps, breath, step.kept));
    } else if (outcome === 'conflict') {
      begunInVain.push(breath);
      results.set(breath.contactId, 'lost');
    } else {
      await giveUp(deps, breath, outcome.failed);
      results.set(breath.contactId, 'again');
    }
  }
  if (hasRows) deps.bell();
  for (const one of decided) {
    if ('failed' in one) {
      await giveUp(deps, one.breath, one.failed);
      results.set(one.breath.contactId, 'again');
    } else if ('waitsUntil' in one) {
      begunInVain.push(one.breath);
      deps.wait(one.breath.contactId, one.waitsUntil);
      results.set(one.breath.contactId, 'done');
    }
  }
  await count(deps, begunInVain, -1);
  return results;
}

/** Whether dispatch has something to find: what was claimed as it was written, it has already. */
function hasRowsFor({ kept }: ToKeep, outcome: 'kept' | 'claimed'): boolean {
  const written = kept.rows.length - (outcome === 'claimed' ? 1 : 0);
  return written > 0 || kept.rowChanges.some(({ notBefore }) => notBefore !== undefined);
}

async function keepOrTakeBack(
  deps: VisitDeps,
  decided: readonly Decided[],
  steps: readonly ToKeep[],
): Promise<Outcome[]> {
  try {
    return await commit(deps.store, steps, deps.clock.now());
  } catch (error) {
    throw await takenBack(
      deps,
      decided.map(({ breath }) => breath),
      error,
    );
  }
}

/** A database that could not be asked is no fault of the arrivals: their beginning is not counted. Answers the error. */
async function takenBack(deps: VisitDeps, breaths: readonly Breath[], error: unknown): Promise<unknown> {
  await count(deps, breaths, -1).catch(() => undefined);
  return error;
}

/** After the commit: the wait it opened, the people it tells; events it emitted are arrivals now, and next. */
function follow(deps: VisitDeps, { contactId, hasMore }: Breath, kept: Kept): Visited {
  if (kept.tells.length > 0) deps.tell?.(contactId, kept.tells);
  if (kept.isCollecting && kept.thread.collectUntil) {
    deps.wait(contactId, kept.thread.collectUntil);
    return 'done';
  }
  return hasMore || kept.emitted.length > 0 ? 'again' : 'done';
}

/** A step that failed of itself is tried again, alone, and after the third time parked for a person. */
async function giveUp(
  { store, clock }: VisitDeps,
  { contactId, arrivals }: Breath,
  error: string,
): Promise<void> {
  for (const arrival of arrivals) {
    if (arrival.tries + 1 >= mostTries) await park(store, contactId, arrival, error, clock.now());
  }
}
