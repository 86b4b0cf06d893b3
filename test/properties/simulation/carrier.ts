import { SendError, type Channel, type Listed, type Receipt } from '../../../src/channels/channel.ts';
import type { Row } from '../../../src/core/row.ts';
import type { Channel as ChannelName } from '../../../src/core/vocabulary.ts';
import type { Plan, Rates } from './plan.ts';
import type { Owner, Time } from './time.ts';
import { note } from './wire.ts';

/** A message the carrier took. */
export interface Booked {
  readonly sid: string;
  readonly row: Row;
  readonly at: number;
  /** On its list from then on. */
  readonly listedAt: number;
  status: Listed['status'];
  code: string | null;
}

/** One call, from its begin to what the carrier made of it. */
export interface Call {
  readonly row: Row;
  readonly by: string;
  readonly beganAt: number;
  /** `flight`: it may still be taken. */
  state: 'flight' | 'taken' | 'never';
}

export interface Outside {
  readonly time: Time;
  readonly plan: Pick<Plan, 'listLagMs'>;
  readonly rates: Rates;
  readonly played: Map<string, number>;
  /** A status callback, to any door that stands. */
  readonly tell: (receipt: Receipt) => void;
  readonly onCall: (call: Call) => void;
  /** A process has an answer, and nothing of it is written yet. */
  readonly onAnswer: (by: string) => void;
  readonly onTaken: (booked: Booked) => void;
}

export interface CarrierTwin {
  readonly book: readonly Booked[];
  readonly calls: readonly Call[];
  /** Takes no connection until then. */
  leave(until: number): void;
  /** The carrier as one process reaches it. */
  channel(name: ChannelName, sender: string, by: Owner): Channel;
}

/** A callback lost, or that of a message nobody waits for any more, is told once more so much later at most. */
const statusMs = { usual: 1_500, late: 25_000 };

/** A carrier of virtual time: takes, refuses, hangs, loses its answer, takes late, tells in any order, lists late. */
export function createCarrierTwin(outside: Outside): CarrierTwin {
  const { time } = outside;
  const book: Booked[] = [];
  const calls: Call[] = [];
  let awayUntil = 0;
  const draw = time.stream('carrier');
  const isPlayed = (fault: keyof Rates): boolean => {
    const hits = draw() < outside.rates[fault];
    if (hits) note(outside, fault);
    return hits;
  };

  function take(call: Call): Booked {
    call.state = 'taken';
    const booked: Booked = {
      sid: `SM${String(Math.round(time.now()))}-${String(book.length + 1).padStart(8, '0')}`,
      row: call.row,
      at: time.now(),
      listedAt: time.now() + draw() * outside.plan.listLagMs,
      status: 'sent',
      code: null,
    };
    book.push(booked);
    outside.onTaken(booked);
    tellOf(booked);
    return booked;
  }

  function tellOf(booked: Booked): void {
    const isLost = isPlayed('undelivered');
    const last = isLost ? 'failed' : 'delivered';
    const tell = (status: Receipt['status'], at: number): void => {
      const code = status === 'failed' ? '30003' : null;
      time.after(at, null, () => {
        if (status === last) Object.assign(booked, { status, code });
        if (isPlayed('noStatus')) return;
        const receipt: Receipt = {
          sid: booked.sid,
          rowId: booked.row.id,
          attempt: booked.row.attempt,
          status,
          code,
          at: new Date(time.now()),
        };
        outside.tell(receipt);
        if (isPlayed('doubledStatus')) time.after(draw() * statusMs.late, null, () => outside.tell(receipt));
      });
    };
    const ms = (): number => draw() * (isPlayed('lateStatus') ? statusMs.late : statusMs.usual);
    tell('sent', ms());
    tell(last, ms());
  }

  function send(row: Row, signal: AbortSignal, by: Owner): Promise<{ sid: string; status: 'queued' }> {
    if (signal.aborted) return Promise.reject(new SendError('aborted', true));
    const call: Call = { row, by: by.name, beganAt: time.now(), state: 'flight' };
    calls.push(call);
    outside.onCall(call);
    return new Promise((resolve, reject) => {
      const answer = (ms: number, run: () => void): void => {
        time.after(ms, by, () => {
          outside.onAnswer(by.name);
          run();
        });
      };
      signal.addEventListener('abort', () => {
        reject(new Error('the call took too long'));
      });
      const wayMs = isPlayed('slowCall') ? 500 + draw() * 7_000 : 20 + draw() * 200;
      const refuse = (error: Error): void => {
        call.state = 'never';
        answer(wayMs, () => {
          reject(error);
        });
      };
      if (awayUntil > time.now() || isPlayed('notConnected')) {
        refuse(new SendError('ECONNREFUSED', true));
        return;
      }
      time.after(wayMs / 2, null, () => {
        if (isPlayed('throttled')) refuse(new SendError('20429', true));
        else if (isPlayed('refused')) refuse(new SendError('21614', false));
        else if (isPlayed('failedBefore')) refuse(new Error('500'));
        else if (isPlayed('hang')) call.state = 'never';
        else if (isPlayed('acceptLate'))
          // No later than a minute after we gave up (A4).
          time.after(2_000 + draw() * 50_000, null, () => take(call));
        else {
          const { sid } = take(call);
          if (isPlayed('hangAfter')) return;
          if (isPlayed('failedAfter')) answer(wayMs / 2, () => reject(new Error('socket hang up')));
          else answer(wayMs / 2, () => resolve({ sid, status: 'queued' }));
        }
      });
    });
  }

  const listed = ({ sid, row, at, status, code }: Booked): Listed => ({
    sid,
    to: row.address,
    body: row.body.text,
    createdAt: new Date(at),
    direction: 'out',
    status,
    code,
  });

  function find(to: string, since: Date, by: Owner): Promise<readonly Listed[]> {
    return new Promise((resolve, reject) => {
      time.after(50 + draw() * 500, null, () => {
        const isAway = awayUntil > time.now();
        const found = book
          .filter(
            ({ row, at, listedAt }) => row.address === to && at >= since.getTime() && listedAt <= time.now(),
          )
          .map(listed)
          .reverse();
        time.after(20, by, () => {
          if (isAway) reject(new Error('the carrier is away'));
          else resolve(found);
        });
      });
    });
  }

  return {
    book,
    calls,
    leave: (until) => {
      awayUntil = Math.max(awayUntil, until);
    },
    channel: (name, sender, by) => ({
      name,
      senders: [sender],
      send: (row, { signal }) => send(row, signal, by),
      ...(name === 'sms' ? { find: (to: string, since: Date) => find(to, since, by) } : {}),
    }),
  };
}
