import { TurnRefused, type Paced } from '../channels/channel.ts';
import { monotonicMs, type Clock } from '../clock.ts';
import type { Channel as ChannelName } from '../core/vocabulary.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { createBatch } from '../store/batch.ts';
import type { Store } from '../store/connect.ts';
import { claimRows, type Claim, type ClaimDeps, type Claimed } from '../store/lease.ts';
import { createBreaker, type Breaker } from './breaker.ts';
import { call, type CallDeps, type Crossing } from './call.ts';
import type { Counters } from './counters.ts';
import { findDue, pageSize, priorityOf, type Candidate } from './due.ts';
import type { Receipts } from './receipt.ts';

/** Threads in one claim. */
const mostTogether = 100;
/** Turns asked for at one sender: what its limiter lets wait. Marketing leaves some of them to the others. */
const mostTurns = {
  paced: { all: 40, marketing: 20 },
  /** No rate bounds it: as many as are claimed ahead of its sockets (channels/pace.ts). */
  lifted: { all: 120, marketing: 80 },
} as const;
const missedRestMs = 1_000;
/** Rows tried in one turn: a worker beside us looks at the same ones, and a turn that says nothing is lost. */
const mostTries = 4;
const stopMs = 10_000;

export type { Crossing } from './call.ts';

export interface DispatchDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly channels: Partial<Record<ChannelName, Paced>>;
  readonly receipts: Receipts;
  readonly loadWorlds: ClaimDeps['loadWorlds'];
  readonly judge: ClaimDeps['judge'];
  readonly track?: ClaimDeps['track'];
  readonly warming?: ClaimDeps['warming'];
  /** Whether this process may send for a sender now; always, with a shared limiter. */
  readonly owns: (sender: string) => boolean;
  readonly log: Log;
  readonly counters: Counters;
  readonly breaker?: Breaker;
  readonly random?: () => number;
  readonly monotonic?: () => number;
  readonly cross?: (crossing: Crossing, rowId: string) => void | Promise<void>;
}

/**
 * A turn asked for before its row is written. Where it has begun by then, the commit that writes the row claims it too: the
 * facts it was decided on are as fresh as a claim's, and the thread is written by both.
 */
export interface Ticket {
  /** Whether the commit may claim: the turn has begun, or is surely near, since no rate bounds the sender. */
  readonly hasTurn: boolean;
  /** Resolves when it has. */
  readonly begun: Promise<void>;
  /** `queued`: the row is written like any other. `dropped`: it is not written. */
  settle(outcome: Claimed | 'queued' | 'dropped'): void;
}

export interface Dispatch {
  /** Something may be due now. */
  bell(): void;
  /** Asks a turn for a row that is about to be written; null where its sender or its thread has none to give now. */
  reserve(candidate: Candidate): Ticket | null;
  /** Looks once; answers how many rows asked for a turn. */
  tick(): Promise<number>;
  /** Resolves once nothing is due and nothing is in hand. */
  settle(): Promise<void>;
  /** Ends turns not begun, waits for the calls in flight. */
  stop(): Promise<void>;
}

/** A candidate that asked for a turn. Which one gets it is decided when the turn comes. */
interface Held {
  readonly candidate: Candidate;
  readonly done: Promise<void>;
  readonly finish: () => void;
  readonly reserved: Reserved | null;
  /** The carrier has answered: the turn is free again, only the outcome is still to be written. */
  isSpoken: boolean;
}

/** The dispatcher's side of a ticket. */
interface Reserved {
  readonly begin: () => void;
  readonly outcome: Promise<Claimed | 'queued' | 'dropped'>;
}

/** What became of a turn. */
interface Said {
  /** A call was made, or must not be: the turn is over. Else another row may have it. */
  readonly isOver: boolean;
  /** The thread has more that may be due now. */
  readonly hasMore: boolean;
  readonly written: Promise<void>;
}

const nothing = Promise.resolve();

function ticketOf(): { readonly ticket: Ticket; readonly reserved: Reserved } {
  let begin = (): void => undefined;
  let settle: Ticket['settle'] = () => undefined;
  let hasTurn = false;
  const begun = new Promise<void>((resolve) => {
    begin = () => {
      hasTurn = true;
      resolve();
    };
  });
  const outcome: Reserved['outcome'] = new Promise((resolve) => {
    settle = resolve;
  });
  const ticket: Ticket = {
    get hasTurn() {
      return hasTurn;
    },
    begun,
    settle,
  };
  return { ticket, reserved: { begin, outcome } };
}

/**
 * Speaks what is due: a turn at the sender first, then the claim, then the call. What it knows it has from the outbox;
 * what it holds in memory are turns, never messages.
 */
export function createDispatch(deps: DispatchDeps): Dispatch {
  const { store, clock, channels, receipts, log, counters } = deps;
  const now = deps.monotonic ?? monotonicMs;
  const breaker = deps.breaker ?? createBreaker(now);
  const calling: CallDeps = { ...deps, breaker, monotonic: now, random: deps.random ?? Math.random };
  const claims = createBatch<Candidate, Claim>({
    most: mostTogether,
    run: (wanted) => claimRows(deps, wanted),
  });
  const senders = Object.values(channels).flatMap(({ channel }) => [...channel.senders]);
  const lifted = new Set(
    Object.values(channels).flatMap(({ channel, isLifted }) => (isLifted ? channel.senders : [])),
  );
  const mostTurnsOf = (sender: string) => (lifted.has(sender) ? mostTurns.lifted : mostTurns.paced);
  const inHand = new Map<string, Held>();
  /** Those in hand whose turn has not come, by sender. */
  const waiting = new Map<string, Held[]>(senders.map((sender) => [sender, []]));
  /** Due too when last looked, and not in hand: for turns whose own row is gone. By sender. */
  const spares = new Map<string, Candidate[]>();
  /** Rows that were missed, until when they are left alone: whoever has them needs a moment. */
  const resting = new Map<string, number>();
  let pumping: Promise<number> | null = null;
  let isRung = false;
  let isHungry = false;
  let isStopped = false;

  function pump(): Promise<number> {
    isRung = true;
    pumping ??= run().finally(() => {
      pumping = null;
    });
    return pumping;
  }

  async function run(): Promise<number> {
    let started = 0;
    while (isRung && !isStopped) {
      isRung = false;
      started += await fill();
    }
    return started;
  }

  /** A sender's room is its own: a fast one never waits for a slow one's turns. */
  function roomOf(sender: string, isMarketing: boolean): number {
    if (!deps.owns(sender)) return 0;
    const held = [...inHand.values()].filter(
      ({ candidate, isSpoken }) => candidate.sender === sender && !isSpoken,
    );
    const weigh = (some: readonly Held[]): number =>
      some.reduce((sum, { candidate }) => sum + candidate.weight, 0);
    const most = mostTurnsOf(sender);
    const room = Math.min(most.all - weigh(held), breaker.room(sender) - held.length);
    if (!isMarketing) return room;
    return Math.min(
      room,
      most.marketing - weigh(held.filter(({ candidate }) => candidate.class === 'marketing')),
    );
  }

  /** A backlog is read when half the turns are free again, not once for each: a look costs as much for one as for twenty. */
  function isWorthALook({ sender, class: kind }: Candidate): boolean {
    const isMarketing = kind === 'marketing';
    const most = isMarketing ? mostTurnsOf(sender).marketing : mostTurnsOf(sender).all;
    const isIdle = ![...inHand.values()].some(({ candidate }) => candidate.sender === sender);
    return isIdle || roomOf(sender, isMarketing) >= most / 2;
  }

  async function fill(): Promise<number> {
    const open = senders.filter((sender) => roomOf(sender, false) > 0);
    const forMarketing = open.filter((sender) => roomOf(sender, true) > 0);
    isHungry = inHand.size > 0 && forMarketing.length < senders.filter(deps.owns).length;
    if (open.length === 0) return 0;
    for (const [rowId, until] of resting) if (until <= now()) resting.delete(rowId);
    const due = await findDue(store, {
      senders: open,
      forMarketing,
      now: clock.now(),
      heldThreads: [...inHand.values()].map(({ candidate }) => candidate.contactId),
      resting: [...resting.keys()],
      most: Math.max(...open.map((sender) => mostTurnsOf(sender).marketing), pageSize),
    });
    let started = 0;
    spares.clear();
    for (const found of due.candidates) {
      const candidate = weighed(found);
      if (mayStart(candidate)) {
        start(candidate);
        started += 1;
      } else {
        isHungry = true;
        spares.set(candidate.sender, [...(spares.get(candidate.sender) ?? []), candidate]);
      }
    }
    // A full page may hide more; one that started nothing would only be read again.
    if (due.hasMore) {
      isHungry = true;
      if (started > 0) isRung = true;
    }
    return started;
  }

  /** Where no rate bounds a channel a long text takes one turn, like any other. */
  const weighed = (found: Candidate): Candidate =>
    channels[found.channel]?.isLifted ? { ...found, weight: 1 } : found;

  function mayStart({ sender, contactId, class: kind }: Candidate): boolean {
    return !isStopped && !isThreadInHand(contactId) && roomOf(sender, kind === 'marketing') > 0;
  }

  function start(candidate: Candidate, reserved: Reserved | null = null): void {
    const paced = channels[candidate.channel];
    const line = waiting.get(candidate.sender);
    if (!paced || !line) return;
    const held = hold(candidate, reserved);
    const behind = line.findIndex((other) => priorityOf(other.candidate) > priorityOf(candidate));
    line.splice(behind < 0 ? line.length : behind, 0, held);
    paced
      .turn(candidate.sender, candidate.weight, () => speakNext(paced, line))
      .catch((error: unknown) => {
        // One turn less: the last in line gives way, and is read again.
        if (error instanceof TurnRefused) counters.count('turns_dropped', { channel: candidate.channel });
        const last = line.pop();
        if (!last) return;
        resting.set(last.candidate.rowId, now() + missedRestMs);
        last.finish();
      });
  }

  function hold(candidate: Candidate, reserved: Reserved | null): Held {
    let resolve = (): void => undefined;
    const done = new Promise<void>((ended) => {
      resolve = ended;
    });
    const finish = (): void => {
      inHand.delete(candidate.rowId);
      if (!isStopped && isHungry && isWorthALook(candidate)) ring();
      resolve();
    };
    const held = { candidate, done, finish, reserved, isSpoken: false };
    inHand.set(candidate.rowId, held);
    return held;
  }

  /**
   * Never rejects: a turn that was had is no refusal. It lasts until the carrier's answer; while that is written down, the
   * next one speaks. Where its row turns out to be somebody else's, or may not leave, another row of the sender has it.
   */
  async function speakNext(paced: Paced, line: Held[]): Promise<void> {
    let held = line.shift() ?? null;
    for (let tries = 1; held; tries += 1) {
      const said = speak(paced, held);
      void conclude(held, said);
      const isOver = await said.then(
        (one) => one.isOver,
        () => true,
      );
      held = isOver || tries === mostTries ? null : takeSpare(held.candidate);
    }
  }

  /** Any of those left over, so that workers side by side do not try the same one again; none that asks for more time. */
  function takeSpare({ sender, weight }: Candidate): Held | null {
    const left = spares.get(sender) ?? [];
    const fitting = left.filter(
      (one) => one.weight <= weight && !resting.has(one.rowId) && !isThreadInHand(one.contactId),
    );
    const spare = fitting[Math.floor(calling.random() * fitting.length)];
    if (!spare || isStopped) return null;
    spares.set(
      sender,
      left.filter((one) => one !== spare),
    );
    return hold(spare, null);
  }

  const isThreadInHand = (contactId: string): boolean =>
    [...inHand.values()].some(({ candidate }) => candidate.contactId === contactId);

  async function conclude(held: Held, said: Promise<Said>): Promise<void> {
    const { candidate, finish } = held;
    try {
      const { hasMore, written } = await said;
      held.isSpoken = true;
      await written;
      if (hasMore) isHungry = true;
    } catch (error) {
      counters.count('claims', { outcome: 'error' });
      log.warn(
        { rowId: candidate.rowId, error: messageOf(error) },
        'a row was not sent; its lease or the next tick moves it on',
      );
      resting.set(candidate.rowId, now() + missedRestMs);
    } finally {
      finish();
    }
  }

  async function speak(paced: Paced, { candidate, reserved }: Held): Promise<Said> {
    await deps.cross?.('turn', candidate.rowId);
    if (isStopped || !deps.owns(candidate.sender) || breaker.room(candidate.sender) === 0)
      return { isOver: true, hasMore: false, written: nothing };
    reserved?.begin();
    const written = (await reserved?.outcome) ?? 'queued';
    if (written === 'dropped') return { isOver: false, hasMore: false, written: nothing };
    const claim = written === 'queued' ? await claims.add(candidate) : written;
    if (typeof claim === 'string') {
      counters.count('claims', { outcome: claim });
      if (claim === 'missed') resting.set(candidate.rowId, now() + missedRestMs);
      return { isOver: false, hasMore: claim === 'decided', written: nothing };
    }
    counters.count('claims', { outcome: 'claimed' });
    await deps.cross?.('claimed', candidate.rowId);
    const called = await call(calling, paced, claim);
    return { isOver: true, hasMore: claim.hasMore, written: called.written };
  }

  function reserve(found: Candidate): Ticket | null {
    const candidate = weighed(found);
    const isFree = senders.includes(candidate.sender) && deps.owns(candidate.sender);
    const isLifted = channels[candidate.channel]?.isLifted ?? false;
    const isLined = !isLifted && (waiting.get(candidate.sender)?.length ?? 0) > 0;
    if (!isFree || isLined || !mayStart(candidate)) return null;
    const { ticket, reserved } = ticketOf();
    start(candidate, reserved);
    if (isLifted) reserved.begin();
    return ticket;
  }

  function ring(): void {
    pump().catch((error: unknown) => {
      log.warn({ error: messageOf(error) }, 'the outbox could not be read; the next tick tries again');
    });
  }

  const allDone = (): Promise<unknown> => Promise.all([...inHand.values()].map(({ done }) => done));

  return {
    bell: ring,
    reserve,
    tick: pump,
    async settle() {
      do {
        await pump();
        await allDone();
      } while (inHand.size > 0 || pumping !== null);
      await receipts.settle();
    },
    async stop() {
      isStopped = true;
      await Promise.all(Object.values(channels).map((paced) => paced.stop()));
      await Promise.race([allDone(), new Promise((resolve) => setTimeout(resolve, stopMs).unref())]);
      await receipts.settle();
    },
  };
}
