import type { Store } from './connect.ts';

/** A new domain's first day, and by how much more each day after (lifecycle.md §17). */
const firstDay = 50;
const growth = 1.5;
/** From here on a domain is known. */
const knownAt = 50_000;

/** How far a sender's domain is: the day it began, and what it has sent today. */
export interface WarmUp {
  /** UTC dates. */
  readonly beganOn: string;
  readonly on: string;
  readonly sent: number;
}

const dayMs = 86_400_000;
const dateOf = (at: Date): string => at.toISOString().slice(0, 10);

/** What may be sent on the n-th day, counted from 0; null once the domain is known. */
export function warmUpLimit(day: number): number | null {
  const limit = Math.floor(firstDay * growth ** Math.max(0, day));
  return limit >= knownAt ? null : limit;
}

const dayOf = ({ beganOn }: Pick<WarmUp, 'beganOn'>, now: Date): number =>
  Math.round((Date.parse(dateOf(now)) - Date.parse(beganOn)) / dayMs);

/**
 * Takes one place of today's number for a mail that is about to leave. False where none is left: then it waits. What is no
 * marketing always finds one, and is counted. Not part of the claim's transaction: one that begins again takes two, so the
 * number is never passed.
 */
export async function takeWarmUp(
  store: Store,
  sender: string,
  isMarketing: boolean,
  now: Date,
): Promise<boolean> {
  const known = await store.senders.findOne({ _id: sender }, { projection: { warmUp: 1 } });
  const today = dateOf(now);
  const beganOn = known?.warmUp?.beganOn ?? (await firstMailOn(store, sender)) ?? today;
  const limit = warmUpLimit(dayOf({ beganOn }, now));
  if (limit === null) return true;
  if (known?.warmUp?.on !== today) await beginDay(store, sender, { beganOn, on: today, sent: 0 });
  const taken = await store.senders.updateOne(
    { _id: sender, 'warmUp.on': today, ...(isMarketing ? { 'warmUp.sent': { $lt: limit } } : {}) },
    { $inc: { 'warmUp.sent': 1 } },
  );
  return taken.matchedCount > 0;
}

/** A domain that has sent before we began to count is as old as its first mail. */
async function firstMailOn(store: Store, sender: string): Promise<string | null> {
  const first = await store.outbox.findOne(
    { channel: 'email', sender, sid: { $type: 'string' } },
    { projection: { createdAt: 1 }, sort: { channel: 1, createdAt: 1 } },
  );
  return first && dateOf(first.createdAt);
}

/** Of two that begin it at once, the second finds it begun. */
async function beginDay(store: Store, sender: string, warmUp: WarmUp): Promise<void> {
  await store.senders.updateOne({ _id: sender }, { $setOnInsert: { warmUp } }, { upsert: true });
  await store.senders.updateOne({ _id: sender, 'warmUp.on': { $ne: warmUp.on } }, { $set: { warmUp } });
}

/** The next day, when its own number begins. */
export const nextWarmUpDay = (now: Date): Date => new Date(Date.parse(dateOf(now)) + dayMs);
