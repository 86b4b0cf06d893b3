import { addDays, localDate, opening, wallTime } from '../calendar.ts';
import type { Allowance } from '../decide.ts';
import type { Policy } from '../library.ts';
import type { Channel } from '../vocabulary.ts';
import { after, never, placeOfDraft, wait } from './draft.ts';
import type { Facts, Rule } from './verdict.ts';

type Limit = { readonly day: number | null; readonly week: number | null };

const weekDays = 7;

/** Marketing only: so many a local day, so many in seven, and some time apart (lifecycle.md §8). It counts, it takes no place. */
export const cap: Rule = (draft, facts, { now, zone }) => {
  if (draft.class !== 'marketing') return null;
  const taken = facts.allowances.filter(({ key }) => key !== draft.id);
  const free = nextPlace(draft.channel, now, zone, taken, limitsOf(facts));
  if (free?.getTime() === now.getTime()) return null;
  if (!free) return never('cap', 'frequency');
  const open = opening(
    free,
    placeOfDraft(facts, zone),
    draft.class,
    draft.channel,
    facts.policy,
    draft.guard.window,
  );
  return wait('cap', 'frequency', open.at);
};

/** The policy's limits as this contact wants them: "moins de messages" halves the weekly ones, at least one stays. */
export function limitsOf({ contact, policy }: Pick<Facts, 'contact' | 'policy'>): Policy['cap'] {
  if (contact.traits['fewerMessages'] !== true) return policy.cap;
  const fewer = <T extends Limit>(limit: T): T => ({ ...limit, week: halved(limit.week) });
  const byChannel = Object.entries(policy.cap.byChannel).map(
    ([channel, limit]) => [channel, fewer(limit)] as const,
  );
  return { byChannel: Object.fromEntries(byChannel), together: fewer(policy.cap.together) };
}

const halved = (week: number | null): number | null => (week ? Math.max(1, Math.floor(week / 2)) : week);

/** The first instant from `at` on with a place for one more; null where the limits leave none, ever. */
export function nextPlace(
  channel: Channel,
  at: Date,
  zone: string,
  taken: readonly Allowance[],
  limits: Policy['cap'],
): Date | null {
  const today = localDate(at, zone);
  for (let day = 0; day <= weekDays; day++) {
    const on = addDays(today, day);
    if (!hasPlace(channel, on, taken, limits)) continue;
    const start = day === 0 ? at : wallTime(on, '00:00', zone);
    const apart = apartFrom(channel, start, taken, limits);
    if (localDate(apart, zone) === on) return apart;
  }
  return null;
}

function hasPlace(
  channel: Channel,
  on: string,
  taken: readonly Allowance[],
  { byChannel, together }: Policy['cap'],
): boolean {
  const own = taken.filter((sent) => sent.channel === channel);
  const shared = taken.filter((sent) => together.channels.includes(sent.channel));
  return (
    fits(own, on, byChannel[channel] ?? null) &&
    (!together.channels.includes(channel) || fits(shared, on, together))
  );
}

/** `0` leaves no place, `null` sets no limit: both read alike in other products, with the same surprise. */
function fits(sent: readonly Allowance[], on: string, limit: Limit | null): boolean {
  if (!limit) return true;
  const weekStart = addDays(on, 1 - weekDays);
  const ofDay = sent.filter((other) => other.on === on).length;
  const ofWeek = sent.filter((other) => other.on >= weekStart && other.on <= on).length;
  return (limit.day === null || ofDay < limit.day) && (limit.week === null || ofWeek < limit.week);
}

function apartFrom(
  channel: Channel,
  at: Date,
  taken: readonly Allowance[],
  { together }: Policy['cap'],
): Date {
  if (!together.channels.includes(channel)) return at;
  const shared = taken.filter((sent) => together.channels.includes(sent.channel));
  return shared.reduce(
    (from, sent) => (after(sent.at, together.apartMs) > from ? after(sent.at, together.apartMs) : from),
    at,
  );
}
