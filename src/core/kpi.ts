import { wilson } from './stats.ts';
import type { Channel } from './vocabulary.ts';

/** The source's targets, as shares (lifecycle.md §15). */
export interface Targets {
  readonly open: number;
  readonly click: number;
  readonly conversion: number;
}

export const targets: Readonly<Record<string, Targets>> = {
  welcome: { open: 0.45, click: 0.12, conversion: 0.25 },
  nurturing: { open: 0.65, click: 0.18, conversion: 0.4 },
  upsell: { open: 0.55, click: 0.15, conversion: 0.35 },
  spark: { open: 0.75, click: 0.25, conversion: 0.6 },
  winback: { open: 0.35, click: 0.08, conversion: 0.2 },
};

/** Raised when a definition changes: old days keep theirs. */
export const kpiDefinition = 1;

/** Everything counted of one cell; each is a number of people (of runs, of which a person has one a day). */
export interface Tally {
  /** Accepted by the carrier; ghosts are not. */
  readonly sent: number;
  readonly delivered: number;
  /** Delivered by mail to people whose openings may be seen and were not only a program's. */
  readonly measurable: number;
  readonly opened: number;
  readonly clicked: number;
  readonly replied: number;
  readonly unsubscribed: number;
  readonly entered: number;
  /** Runs whose goal window has closed, and those of them that reached the goal in it. */
  readonly closed: number;
  readonly converted: number;
  /** Windows still open: shown beside, never in a rate. */
  readonly open: number;
}

export const emptyTally: Tally = {
  sent: 0, delivered: 0, measurable: 0, opened: 0, clicked: 0, replied: 0, unsubscribed: 0, entered: 0, closed: 0,
  converted: 0, open: 0,
}; // prettier-ignore

/** A message of a run, with what came of it. */
export interface MessageFate {
  readonly stepKey: string;
  readonly channel: Channel;
  readonly isSent: boolean;
  readonly isDelivered: boolean;
  readonly isMeasurable: boolean;
  readonly isOpened: boolean;
  readonly isClicked: boolean;
  readonly isReplied: boolean;
  readonly isUnsubscribed: boolean;
}

export interface RunFate {
  readonly arm: string;
  readonly exitReason: string | null;
  readonly goalDeadline: Date | null;
  readonly messages: readonly MessageFate[];
}

/** `*` is all steps, or all channels, of the run. */
export const allOf = '*';

/** The cells that one run counts in, each once: the run, its steps, and its channels. */
export function cellsOf(run: RunFate, now: Date): ReadonlyMap<string, Tally> {
  const cells = new Map<string, Tally>([[cellKey(allOf, allOf, run.arm), wholeRun(run, now)]]);
  const groups = new Map<string, MessageFate[]>();
  for (const message of run.messages)
    for (const key of [
      cellKey(message.stepKey, message.channel, run.arm),
      cellKey(allOf, message.channel, run.arm),
    ])
      groups.set(key, [...(groups.get(key) ?? []), message]);
  for (const [key, messages] of groups) cells.set(key, spoken(messages));
  return cells;
}

export const cellKey = (stepKey: string, channel: string, arm: string): string =>
  `${stepKey}:${channel}:${arm}`;

function wholeRun(run: RunFate, now: Date): Tally {
  const said = spoken(run.messages);
  // Someone who had it before we spoke converted nobody, and is in no rate.
  if (run.exitReason === 'already_converted' || !run.goalDeadline) return { ...said, entered: 1 };
  const isClosed = run.goalDeadline <= now;
  const isConverted = isClosed && run.exitReason === 'goal_met';
  return {
    ...said,
    entered: 1,
    closed: Number(isClosed),
    converted: Number(isConverted),
    open: Number(!isClosed),
  };
}

function spoken(messages: readonly MessageFate[]): Tally {
  const some = (is: (message: MessageFate) => boolean): number => Number(messages.some(is));
  return {
    ...emptyTally,
    sent: some(({ isSent }) => isSent),
    delivered: some(({ isDelivered }) => isDelivered),
    measurable: some(({ isMeasurable }) => isMeasurable),
    opened: some(({ isMeasurable, isOpened }) => isMeasurable && isOpened),
    clicked: some(({ isDelivered, isClicked }) => isDelivered && isClicked),
    replied: some(({ isDelivered, isReplied }) => isDelivered && isReplied),
    unsubscribed: some(({ isDelivered, isUnsubscribed }) => isDelivered && isUnsubscribed),
  };
}

export function addTallies(one: Tally, other: Tally): Tally {
  return Object.fromEntries(
    Object.keys(emptyTally).map((key) => [key, one[key as keyof Tally] + other[key as keyof Tally]]),
  ) as unknown as Tally;
}

export type Standing = 'above' | 'below' | 'not_enough_data' | 'no_target';

export interface Rate {
  readonly hits: number;
  readonly of: number;
  /** Null where there is nobody to share among. */
  readonly rate: number | null;
  readonly low: number;
  readonly high: number;
  readonly target: number | null;
  readonly status: Standing;
}

/** A share with its interval, against its target: better or worse only where the whole interval is. */
export function rateOf(hits: number, of: number, target: number | null = null): Rate {
  const { low, high } = wilson(hits, of);
  return {
    hits,
    of,
    rate: of > 0 ? hits / of : null,
    low,
    high,
    target,
    status: statusOf(low, high, target),
  };
}

function statusOf(low: number, high: number, target: number | null): Standing {
  if (target === null) return 'no_target';
  if (low >= target) return 'above';
  return high < target ? 'below' : 'not_enough_data';
}

export interface Rates {
  readonly open: Rate | null;
  readonly click: Rate;
  readonly reply: Rate;
  readonly unsubscribe: Rate;
  readonly conversion: Rate | null;
}

/** Rates of a cell. Texts have no openings; only a whole run converts. */
export function ratesOf(tally: Tally, flow: string, hasOpens: boolean, isRun: boolean): Rates {
  const target = targets[flow];
  return {
    open: hasOpens ? rateOf(tally.opened, tally.measurable, target?.open ?? null) : null,
    click: rateOf(tally.clicked, tally.delivered, target?.click ?? null),
    reply: rateOf(tally.replied, tally.delivered),
    unsubscribe: rateOf(tally.unsubscribed, tally.delivered),
    conversion: isRun ? rateOf(tally.converted, tally.closed, target?.conversion ?? null) : null,
  };
}

const dayMs = 86_400_000;

/** Which message a conversion is credited to: the last human click within 5 days, else reply within 5 days, else delivery within 24 hours. */
export function creditedTo(
  touches: readonly {
    readonly messageId: string;
    readonly kind: 'click' | 'reply' | 'delivery';
    readonly at: Date;
  }[],
  convertedAt: Date,
): string | null {
  const within = { click: 5 * dayMs, reply: 5 * dayMs, delivery: dayMs };
  for (const kind of ['click', 'reply', 'delivery'] as const) {
    const last = touches
      .filter(
        (one) =>
          one.kind === kind &&
          one.at <= convertedAt &&
          convertedAt.getTime() - one.at.getTime() <= within[kind],
      )
      .reduce<(typeof touches)[number] | null>((best, one) => (best && best.at > one.at ? best : one), null);
    if (last) return last.messageId;
  }
  return null;
}
