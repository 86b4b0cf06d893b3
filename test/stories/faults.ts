import type { Arrival } from '../../src/core/arrival.ts';
import type { Decide } from '../../src/core/decide.ts';
import type { Stage } from '../../src/core/rehearse.ts';

/*
 * What may go wrong between the parts of a decision, played on the stage: with each of these the visible transcript is the
 * same (conversation.md §7). What only a real database and carrier can get wrong (a second delivery, a 500 after the carrier
 * has taken it, receipts out of order) is struck in test/faults.
 */
export const faults = ['crash-before-commit', 'double-wake', 'late-wake'] as const;
export type Fault = (typeof faults)[number];

/** Makes a stage go wrong, each time it can, from now on. */
export function strike(stage: Stage, fault: Fault): void {
  if (fault === 'crash-before-commit') return decideTwice(stage);
  const push = stage.waiting.push.bind(stage.waiting);
  stage.waiting.push = (...arrivals) => push(...arrivals.flatMap((one) => (fault === 'double-wake' ? twice(one) : late(one))));
}

/** The process dies after it has decided and before it has kept: the arrival is moved again by another. */
function decideTwice(stage: Stage): void {
  const decide: Decide = stage.decide;
  Object.assign(stage, {
    decide: ((...told) => {
      decide(...told);
      return decide(...told);
    }) satisfies Decide,
  });
}

/** Two workers notice the same run. */
const twice = (arrival: Arrival): readonly Arrival[] => (arrival.kind === 'wake' ? [arrival, { ...arrival, id: `${arrival.id}:again` }] : [arrival]);

/** A wake that was set for something that is over by now. */
const late = (arrival: Arrival): readonly Arrival[] =>
  arrival.kind === 'wake' ? [{ ...arrival, id: `${arrival.id}:before`, wakeAt: new Date(arrival.wakeAt.getTime() - 60_000) }, arrival] : [arrival];
