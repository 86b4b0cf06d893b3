import type { Inbound } from '../core/arrival.ts';
import type { Row } from '../core/row.ts';
import type { Channel as ChannelName } from '../core/vocabulary.ts';

/** What a channel gives back once the carrier has the message. */
export interface Accepted {
  readonly sid: string;
  readonly status: 'queued' | 'sent';
}

/** What the carrier says of a message, in our words. */
export interface Receipt {
  readonly sid: string;
  /** Our row, where the carrier gave it back (`?o=`). */
  readonly rowId: string | null;
  readonly attempt: number | null;
  readonly status: 'sent' | 'delivered' | 'read' | 'failed';
  readonly code: string | null;
  readonly at: Date;
  /** The carrier's own word for the status, kept also where we know no such word. */
  readonly raw?: string;
}

/** A message on the carrier's own list. */
export interface Listed {
  readonly sid: string;
  readonly to: string;
  readonly body: string;
  readonly createdAt: Date;
  readonly direction: 'in' | 'out';
  readonly status: Receipt['status'] | 'queued';
  readonly code: string | null;
}

/** A message in, and the id under which it is written down. */
export interface Arrived {
  readonly arrivalId: string;
  readonly inbound: Inbound;
  readonly receivedAt: Date;
}

/**
 * All a channel throws on purpose. `retry` is true only where the carrier surely did not take the message (throttled,
 * connection refused, no DNS); a time-out is no such case. Any other throw leaves the outcome unknown.
 */
export class SendError extends Error {
  override name = 'SendError';
  readonly code: string;
  readonly retry: boolean;

  constructor(code: string, retry: boolean, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.retry = retry;
  }
}

/** A turn nobody got: the sender's queue is full, or stopped. Nothing was begun. */
export class TurnRefused extends Error {
  override name = 'TurnRefused';
}

export interface SendOptions {
  /** Aborts the call at its time-out (8 s). */
  readonly signal: AbortSignal;
  /** Seconds the message may still wait at the carrier. */
  readonly validForS: number;
}

/** One way to speak. `send` is asked once a claim; `find` where the carrier can be asked what it took. */
export interface Channel {
  readonly name: ChannelName;
  /** Keys of our senders on this channel, e.g. `sms:+33…`; the first is the default. */
  readonly senders: readonly string[];
  send(row: Row, options: SendOptions): Promise<Accepted>;
  /** Newest first, by recipient, created at or after. Absent where the carrier cannot be asked. */
  find?(to: string, since: Date): Promise<readonly Listed[]>;
  /** Messages to our senders since an instant, for `reconcile`. */
  listInbound?(since: Date): Promise<readonly Arrived[]>;
  close?(): Promise<void>;
}

/**
 * A channel behind its rate: dispatch claims inside `work`, so a claimed row never queues for its turn.
 * Resolves once `work` has; rejects with TurnRefused when the queue is full.
 */
export interface Paced {
  readonly channel: Channel;
  /** No rate bounds this channel: a long text takes one turn, like any other. */
  readonly isLifted?: boolean;
  /** Turns free now, without waiting: how many rows dispatch may claim for this sender. */
  turn<T>(sender: string, weight: number, work: () => Promise<T>): Promise<T>;
  /**
   * Begins a call when it may: at the rate, since turns are given evenly but claims of a few come back together; where no
   * rate bounds the sender, when one of its sockets is free.
   */
  wire?<T>(sender: string, weight: number, work: () => Promise<T>): Promise<T>;
  /** A 429 halves the sender's rate for a minute. */
  slowDown(sender: string): void;
  /** Ends turns not begun. */
  stop(): Promise<void>;
}
