import { SendError, type Channel, type Listed, type Paced } from '../../src/channels/channel.ts';
import type { Row } from '../../src/core/row.ts';
import type { Channel as ChannelName } from '../../src/core/vocabulary.ts';

/** What a carrier makes of a call. `drop` accepts and loses the answer; `lose` takes nothing and says nothing. */
export type Mood = 'accept' | 'throttle' | 'no connection' | 'drop' | 'lose' | { readonly refuse: string };

interface Booked {
  readonly sid: string;
  readonly rowId: string;
  readonly attempt: number;
  readonly to: string;
  readonly body: string;
  readonly at: Date;
}

/** A carrier as an object of this process: it books what it takes, and takes what its mood says. */
export function aCarrier({
  name = 'sms',
  sender = 'sms:+33644640000',
  canBeAsked = true,
  now = () => new Date(),
}: {
  readonly name?: ChannelName;
  readonly sender?: string;
  readonly canBeAsked?: boolean;
  readonly now?: () => Date;
} = {}) {
  const booked: Booked[] = [];
  const calls: string[] = [];
  let mood: (row: Row) => Mood = () => 'accept';
  let slowed = 0;
  let turns = 0;
  let hidden = new Set<string>();

  function book(row: Row): Booked {
    const entry = {
      sid: `SM-${row.id}-${String(booked.length + 1)}`,
      rowId: row.id,
      attempt: row.attempt,
      to: row.address,
      body: row.body.text,
      at: now(),
    };
    booked.push(entry);
    return entry;
  }

  async function send(row: Row): Promise<{ sid: string; status: 'queued' }> {
    calls.push(row.id);
    const today = mood(row);
    await Promise.resolve();
    if (today === 'throttle') throw new SendError('20429', true);
    if (today === 'no connection') throw new SendError('ECONNREFUSED', true);
    if (today === 'lose') throw new Error('socket hang up');
    if (typeof today === 'object') throw new SendError(today.refuse, false);
    const { sid } = book(row);
    if (today === 'drop') throw new Error('socket hang up');
    return { sid, status: 'queued' };
  }

  const listed = ({ sid, to, body, at }: Booked): Listed => ({
    sid,
    to,
    body,
    createdAt: at,
    direction: 'out',
    status: 'sent',
    code: null,
  });
  const channel: { -readonly [K in keyof Channel]: Channel[K] } = {
    name,
    senders: [sender],
    send,
    ...(canBeAsked
      ? {
          find: (to: string, since: Date) =>
            Promise.resolve(
              booked
                .filter((entry) => entry.to === to && entry.at >= since && !hidden.has(entry.sid))
                .map(listed)
                .reverse(),
            ),
        }
      : {}),
  };
  const paced: Paced = {
    channel,
    turn: (_sender, _weight, work) => {
      turns += 1;
      return work();
    },
    slowDown: () => {
      slowed += 1;
    },
    stop: () => Promise.resolve(),
  };

  return {
    channel,
    paced,
    booked,
    /** Row ids, one a call, also of calls that left nothing. */
    calls,
    /** Turns that were had. */
    turns: () => turns,
    get slowed() {
      return slowed;
    },
    is(next: Mood | ((row: Row) => Mood)) {
      mood = typeof next === 'function' ? next : () => next;
    },
    /** The list does not show these yet. */
    hide(sids: readonly string[]) {
      hidden = new Set(sids);
    },
  };
}

export type Carrier = ReturnType<typeof aCarrier>;
