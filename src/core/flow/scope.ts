import { claimScope } from '../claim.ts';
import type { RunState } from '../run.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Moment } from '../vocabulary.ts';
import type { TrackedEvent } from './event.ts';
import type { Scope } from './expression.ts';

/* Facts are gathered where a condition first asks for one: most lean on none. */

/** What an entry reads, before there is a run. */
export function scopeOfEntry(snapshot: Snapshot, moment: Moment): Scope {
  let claim: Scope['claim'] | null = null;
  return {
    contact: { ...snapshot.contact },
    run: {},
    answers: {},
    event: {},
    get claim() {
      return (claim ??= claimScope(snapshot.offers, snapshot.contact, snapshot.duty, moment));
    },
    duty: { isOnDuty: snapshot.duty.isOnDuty },
    seen: {},
  };
}

/** What the conditions of a run read: `event.` is the event at hand, else the one that entered the run. */
export function scopeOf(
  state: RunState,
  snapshot: Snapshot,
  moment: Moment,
  event: TrackedEvent | null = null,
): Scope {
  let claim: Scope['claim'] | null = null;
  return {
    contact: { ...snapshot.contact },
    run: { ...state },
    answers: state.answers,
    event: event ? { ...event.properties, name: event.name } : state.entry,
    get claim() {
      return (claim ??= claimScope(snapshot.offers, snapshot.contact, snapshot.duty, moment));
    },
    duty: { isOnDuty: snapshot.duty.isOnDuty },
    seen: Object.fromEntries(state.seen.map((name) => [name, true])),
  };
}
