import type { Offer } from './decide.ts';
import type { Row } from './row.ts';

/** One promise of silence a contact: the longest one holds. */
export const silenceKey = 'promise.silence';

/** A promise ends by its own date, never by its age. */
const neverStaleMs = 400 * 86_400_000;

/**
 * "Dernière fois que je t'écris": what a message promised once it has left, and that the engine keeps from then on: no
 * marketing until the day, unless the contact comes back (lifecycle.md §9). Null where it promised nothing.
 */
export function silenceOf(row: Pick<Row, 'contactId' | 'guard'>, sentAt: Date): Offer | null {
  const { silenceMs } = row.guard;
  if (!silenceMs) return null;
  const endsAt = new Date(sentAt.getTime() + silenceMs);
  return {
    key: silenceKey,
    kind: 'promise',
    value: { flow: row.guard.flow ?? null },
    asOf: sentAt,
    maxAgeMs: neverStaleMs,
    endsAt,
    expiresAt: endsAt,
    contactId: row.contactId,
  };
}

/** Until when the contact was promised to hear no marketing; null where nothing was promised. */
export function silencedUntil(offers: readonly Offer[], now: Date): Date | null {
  const ends = offers.flatMap(({ kind, contactId, endsAt }) =>
    kind === 'promise' && contactId && endsAt && endsAt > now ? [endsAt.getTime()] : [],
  );
  return ends.length > 0 ? new Date(Math.max(...ends)) : null;
}
