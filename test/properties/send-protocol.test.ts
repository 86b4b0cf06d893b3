import { describe, expect, test } from 'vitest';

/*
 * The send protocol of reliability.md §5 and §6 as a state machine: one row, two workers, three attempts, two crashes, a
 * STOP, a carrier that may answer anything. Every interleaving is walked. A claim's token is the number of its attempt.
 *
 * Time is what the protocol compares, not seconds. A tick is "more than D went by" for everyone. A claim's age is
 * 0 within D · 1 later · 2 its lease is over and the list may be read · 3 proof of absence may be had. Age 3 is reached
 * only once no call of that claim can still be accepted and all that was accepted is listed: that is A2–A4.
 */

type Status = 'queued' | 'sending' | 'unsure' | 'sent' | 'delivered' | 'failed' | 'blocked';
/** `none`: not asked yet, or lost, or refused; the carrier has nothing and nothing is on its way. */
type Wire = 'none' | 'flight' | 'accepted' | 'listed';
type Answer = 'yes' | 'not taken' | 'refused' | 'unknown';

type Worker =
  | { at: 'idle' }
  | { at: 'claiming'; isStopped: boolean; isStale: boolean; isLate: boolean }
  | { at: 'claimed'; token: number; isLate: boolean }
  | { at: 'turn'; token: number; isLate: boolean }
  | { at: 'calling'; token: number }
  | { at: 'answered'; token: number; answer: Answer }
  | { at: 'looked'; token: number; isProof: boolean };

interface State {
  status: Status;
  attempt: number;
  token: number;
  sid: number;
  age: number;
  empties: number;
  workers: [Worker, Worker];
  /** What became of the call of each token. */
  wire: [Wire, Wire, Wire, Wire];
  stop:
    { at: 'none' } | { at: 'open'; sawQueued: boolean; isStale: boolean } | { at: 'kept'; isOld: boolean };
  crashes: number;
}

const changes = [
  'retry on time-out',
  're-queue at lease end without a look',
  'one look, no quiescence',
  'call without the deadline',
  'limiter between claim and call',
  'consent read without writing the thread',
  'outcome without the token',
] as const;
type Change = (typeof changes)[number] | 'none';

interface Protocol {
  readonly change: Change;
  readonly class: 'reply' | 'marketing';
}

interface Move {
  readonly name: string;
  readonly next: State;
  /** The invariant this move breaks. */
  readonly breaks?: string;
  /** Not something one may count on for reaching an end: a fault, or a person. */
  readonly isLuck?: boolean;
}

const mostAttempts = 3;
const mostCrashes = 2;
const ends: readonly Status[] = ['sent', 'delivered', 'failed', 'blocked', 'unsure'];
const rank: Readonly<Record<Status, number>> = {
  queued: 0,
  sending: 1,
  unsure: 2,
  sent: 3,
  delivered: 4,
  failed: 4,
  blocked: 4,
};

const start: State = {
  status: 'queued',
  attempt: 0,
  token: 0,
  sid: 0,
  age: 0,
  empties: 0,
  workers: [{ at: 'idle' }, { at: 'idle' }],
  wire: ['none', 'none', 'none', 'none'],
  stop: { at: 'none' },
  crashes: 0,
};

/** A short text for each value: a walk makes some hundred thousand of them. */
function keyOfWorker(worker: Worker): string {
  switch (worker.at) {
    case 'idle':
      return 'i';
    case 'claiming':
      return `b${+worker.isStopped}${+worker.isStale}${+worker.isLate}`;
    case 'claimed':
      return `c${worker.token}${+worker.isLate}`;
    case 'turn':
      return `t${worker.token}${+worker.isLate}`;
    case 'calling':
      return `w${worker.token}`;
    case 'answered':
      return `a${worker.token}${worker.answer}`;
    case 'looked':
      return `l${worker.token}${+worker.isProof}`;
  }
}

function keyOfStop(stop: State['stop']): string {
  if (stop.at === 'none') return 'n';
  return stop.at === 'open' ? `o${+stop.sawQueued}${+stop.isStale}` : `k${+stop.isOld}`;
}

const keyOf = ({
  status,
  attempt,
  token,
  sid,
  age,
  empties,
  workers: [one, two],
  wire,
  stop,
  crashes,
}: State): string =>
  `${status}${attempt}${token}${sid}${age}${empties}${crashes}${keyOfStop(stop)}|${keyOfWorker(one)}|${keyOfWorker(two)}|${wire[1]},${wire[2]},${wire[3]}`;

/** One of all states that differ in nothing that matters: the workers are alike, and only an open claim has an age. */
function plain(state: State): State {
  const [one, two] = state.workers;
  const isCounting = state.status === 'sending' || state.status === 'unsure';
  return {
    ...state,
    age: isCounting ? state.age : 0,
    empties: isCounting ? state.empties : 0,
    workers: keyOfWorker(one) <= keyOfWorker(two) ? [one, two] : [two, one],
  };
}

function withWorker(state: State, who: number, worker: Worker): State {
  return { ...state, workers: who === 0 ? [worker, state.workers[1]] : [state.workers[0], worker] };
}

function withWire(state: State, token: number, wire: Wire): State {
  const next: State = { ...state, wire: [...state.wire] };
  next.wire[token] = wire;
  return next;
}

/** Snapshot isolation: an open transaction that will write what somebody else just wrote is bound to conflict. */
function afterWrite(
  state: State,
  wrote: { row: boolean; thread: boolean },
  claimsWriteThread: boolean,
): State {
  const workers = state.workers.map((worker) =>
    worker.at === 'claiming' && (wrote.row || (wrote.thread && claimsWriteThread))
      ? { ...worker, isStale: true }
      : worker,
  ) as [Worker, Worker];
  const stop =
    state.stop.at === 'open' && ((wrote.row && state.stop.sawQueued) || wrote.thread)
      ? { ...state.stop, isStale: true }
      : state.stop;
  return { ...state, workers, stop };
}

const accepted = (state: State): number =>
  state.wire.filter((wire) => wire === 'accepted' || wire === 'listed').length;

/** Any witness, any number of times, without a token. */
function bound(state: State, token: number, status: 'sent' | 'delivered'): State {
  const next = { ...state, sid: state.sid || token };
  if (rank[status] > rank[state.status]) next.status = status;
  return next;
}

function movesOf(state: State, { change, class: kind }: Protocol): Move[] {
  const claimsWriteThread = change !== 'consent read without writing the thread';
  const write = (next: State, thread = false): State =>
    afterWrite(next, { row: true, thread }, claimsWriteThread);
  const moves: Move[] = [];

  state.workers.forEach((worker, who) => {
    const become = (next: Worker, on: State = state): State => withWorker(on, who, next);
    const add = (name: string, next: State, more: Partial<Move> = {}): void => {
      moves.push({ name, next, ...more });
    };

    if (worker.at !== 'idle' && state.crashes < mostCrashes) {
      add('crash', { ...become({ at: 'idle' }), crashes: state.crashes + 1 }, { isLuck: true });
    }
    switch (worker.at) {
      case 'idle': {
        if (state.status === 'queued' && state.attempt < mostAttempts) {
          add(
            'claim begins',
            become({ at: 'claiming', isStopped: state.stop.at === 'kept', isStale: false, isLate: false }),
          );
        }
        if (state.status === 'unsure' && state.age >= 2 && state.sid === 0) {
          if (state.wire[state.token] === 'listed')
            add('list shows it', write(bound(state, state.token, 'sent')));
          else {
            const isProof = change === 'one look, no quiescence' || (state.empties >= 1 && state.age >= 3);
            add('list is empty', become({ at: 'looked', token: state.token, isProof }));
          }
        }
        break;
      }
      case 'claiming': {
        if (worker.isStale) {
          add('claim conflicts', become({ at: 'idle' }));
        } else if (worker.isStopped) {
          add('claim blocks', write({ ...become({ at: 'idle' }), status: 'blocked' }, claimsWriteThread));
        } else {
          const token = state.attempt + 1;
          const claimed: Worker = { at: 'claimed', token, isLate: worker.isLate };
          const next = {
            ...become(claimed),
            status: 'sending' as const,
            attempt: token,
            token,
            age: 0,
            empties: 0,
          };
          add(
            'claim commits',
            write(next, claimsWriteThread),
            state.stop.at === 'kept' ? { breaks: 'I3' } : {},
          );
        }
        break;
      }
      case 'claimed': {
        if (change === 'limiter between claim and call') {
          add('its turn comes', become({ at: 'turn', token: worker.token, isLate: false }));
          break;
        }
        moves.push(...callOrNot(state, worker, become, change));
        break;
      }
      case 'turn': {
        moves.push(...callOrNot(state, worker, become, change));
        break;
      }
      case 'calling': {
        const wire = state.wire[worker.token];
        const answer = (what: Answer, on: State = state): State =>
          become({ at: 'answered', token: worker.token, answer: what }, on);
        // Nothing is written: the lease speaks.
        add(
          'time-out, reset, 5xx',
          change === 'retry on time-out' ? answer('unknown') : become({ at: 'idle' }),
        );
        if (wire === 'accepted' || wire === 'listed') add('201', answer('yes'));
        if (wire === 'flight') {
          add('429', answer('not taken', withWire(state, worker.token, 'none')));
          add('400', answer('refused', withWire(state, worker.token, 'none')));
        }
        break;
      }
      case 'answered': {
        const isOurs = state.status === 'sending' && state.token === worker.token;
        const mayWrite = isOurs || change === 'outcome without the token';
        const idle = become({ at: 'idle' });
        const more: Partial<Move> = isOurs ? {} : { breaks: 'I11' };
        if (worker.answer === 'yes') add('bind', write(bound(idle, worker.token, 'sent')));
        else if (!mayWrite) add('lost its lease', idle);
        else if (worker.answer === 'refused') add('failed', write({ ...idle, status: 'failed' }), more);
        else add('back to queued', write({ ...idle, status: 'queued' }), more);
        break;
      }
      case 'looked': {
        const idle = become({ at: 'idle' });
        const isSame = state.status === 'unsure' && state.token === worker.token && state.sid === 0;
        if (!isSame) add('look was of another claim', idle);
        else if (!worker.isProof) add('first empty look', write({ ...idle, empties: 1 }));
        else if (kind === 'marketing') add('stays unsure', idle);
        else add('proof of absence', write({ ...idle, status: 'queued', empties: 0 }));
        break;
      }
    }
  });

  if (state.status === 'sending' && state.age >= 2) {
    const to = change === 're-queue at lease end without a look' ? 'queued' : 'unsure';
    moves.push({ name: 'lease is over', next: write({ ...state, status: to }) });
  }
  if (state.status === 'queued') moves.push({ name: 'expires', next: write({ ...state, status: 'failed' }) });

  for (const token of [1, 2, 3]) {
    const wire = state.wire[token];
    if (wire === 'flight') {
      const next = withWire(state, token, 'accepted');
      moves.push({ name: 'carrier accepts', next, ...(accepted(next) > 1 ? { breaks: 'I1' } : {}) });
      moves.push({ name: 'call is lost', next: withWire(state, token, 'none') });
    }
    if (wire === 'accepted') moves.push({ name: 'list catches up', next: withWire(state, token, 'listed') });
    if (wire === 'accepted' || wire === 'listed') {
      for (const status of ['sent', 'delivered'] as const) {
        const next = bound(state, token, status);
        if (next.sid !== state.sid || next.status !== state.status) {
          moves.push({ name: `callback ${status}`, next: write(next), isLuck: true });
        }
      }
    }
  }

  const { stop } = state;
  if (stop.at === 'none') {
    const next: State = {
      ...state,
      stop: { at: 'open', sawQueued: state.status === 'queued', isStale: false },
    };
    moves.push({ name: 'STOP begins', next, isLuck: true });
  } else if (stop.at === 'open') {
    if (stop.isStale)
      moves.push({ name: 'STOP looks again', next: { ...state, stop: { at: 'none' } }, isLuck: true });
    else {
      const kept: State = {
        ...state,
        stop: { at: 'kept', isOld: false },
        status: stop.sawQueued ? 'blocked' : state.status,
      };
      moves.push({
        name: 'STOP commits',
        next: afterWrite(kept, { row: stop.sawQueued, thread: true }, claimsWriteThread),
        isLuck: true,
      });
    }
  }

  const tick = afterTick(state);
  if (tick) moves.push({ name: 'time goes by', next: tick });
  return moves;
}

function callOrNot(
  state: State,
  worker: { token: number; isLate: boolean },
  become: (next: Worker) => State,
  change: Change,
): Move[] {
  if (worker.isLate && change !== 'call without the deadline') {
    return [
      {
        name: 'too late to call',
        next: become({ at: 'answered', token: worker.token, answer: 'not taken' }),
      },
    ];
  }
  const isAfterStop = state.stop.at === 'kept' && state.stop.isOld;
  const next = withWire(become({ at: 'calling', token: worker.token }), worker.token, 'flight');
  return [{ name: 'call', next, ...(isAfterStop ? { breaks: 'I3' } : {}) }];
}

/** More than D went by for everyone; null where an assumption says that it cannot yet, or nothing would change. */
function afterTick(state: State): State | null {
  const isCounting = state.status === 'sending' || state.status === 'unsure';
  const wire = state.wire[state.token];
  if (isCounting && state.age === 2 && (wire === 'flight' || wire === 'accepted')) return null;
  const next: State = {
    ...state,
    age: isCounting ? Math.min(3, state.age + 1) : state.age,
    workers: state.workers.map((worker) => ('isLate' in worker ? { ...worker, isLate: true } : worker)) as [
      Worker,
      Worker,
    ],
    stop: state.stop.at === 'kept' ? { at: 'kept', isOld: true } : state.stop,
  };
  return keyOf(next) === keyOf(state) ? null : next;
}

/** What must be true of every state, whichever way led there. */
function brokenIn(state: State): string | null {
  if (accepted(state) > 1) return 'I1';
  if ((state.status === 'sent' || state.status === 'delivered') && state.sid === 0) return 'I10';
  return null;
}

interface Walk {
  readonly states: number;
  readonly broken: { readonly invariant: string; readonly path: readonly string[] } | null;
  /** States from which no end can be reached. */
  readonly lost: number;
}

/** Breadth first, so that the path to what breaks is a shortest one. */
function walk(protocol: Protocol): Walk {
  const ids = new Map<string, number>([[keyOf(start), 0]]);
  const states: State[] = [start];
  const from: { id: number; name: string }[] = [{ id: -1, name: '' }];
  const back: number[][] = [[]];
  const pathTo = (id: number): string[] => {
    const path: string[] = [];
    for (let at = id; at > 0; at = from[at]?.id ?? 0) path.unshift(from[at]?.name ?? '');
    return path;
  };

  for (let id = 0; id < states.length; id += 1) {
    const state = states[id];
    if (!state) break;
    for (const move of movesOf(state, protocol)) {
      const next = plain(move.next);
      const broken = move.breaks ?? brokenIn(next);
      if (broken)
        return {
          states: states.length,
          broken: { invariant: broken, path: [...pathTo(id), move.name] },
          lost: 0,
        };
      const key = keyOf(next);
      let to = ids.get(key);
      if (to === undefined) {
        to = states.length;
        ids.set(key, to);
        states.push(next);
        from.push({ id, name: move.name });
        back.push([]);
      }
      if (!move.isLuck) back[to]?.push(id);
    }
  }
  return { states: states.length, broken: null, lost: states.length - reaching(states, back) };
}

/** How many states reach an end by what one may count on: no crash is needed for it, no callback, no second STOP. */
function reaching(states: readonly State[], back: readonly (readonly number[])[]): number {
  const seen = new Set<number>();
  const open: number[] = [];
  states.forEach((state, id) => {
    if (!ends.includes(state.status)) return;
    seen.add(id);
    open.push(id);
  });
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const before of back[id] ?? []) {
      if (seen.has(before)) continue;
      seen.add(before);
      open.push(before);
    }
  }
  return seen.size;
}

describe('the send protocol, every interleaving', () => {
  for (const kind of ['reply', 'marketing'] as const) {
    test(`a ${kind} row: I1, I3, I10, I11 hold and every state reaches an end (I2)`, () => {
      const walked = walk({ change: 'none', class: kind });

      expect(walked.broken).toBeNull();
      expect(walked.lost).toBe(0);

      expect(walked.states).toBeGreaterThan(kind === 'reply' ? 50_000 : 15_000);
    });
  }

  const found: Record<(typeof changes)[number], readonly string[]> = {
    'retry on time-out': ['I1'],
    're-queue at lease end without a look': ['I1'],
    'one look, no quiescence': ['I1'],
    'call without the deadline': ['I3', 'I1'],
    'limiter between claim and call': ['I3', 'I1'],
    'consent read without writing the thread': ['I3'],
    'outcome without the token': ['I11', 'I1'],
  };
  for (const change of changes) {
    test(`is not safe with: ${change}`, () => {
      const { broken } = walk({ change, class: 'reply' });

      expect(found[change]).toContain(broken?.invariant);
    });
  }
});
