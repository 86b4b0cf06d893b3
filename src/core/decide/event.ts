import type { Arrival } from '../arrival.ts';
import type { TrackedEvent } from '../flow/event.ts';
import { channels, type Channel } from '../vocabulary.ts';
import { moveRun } from './advance.ts';
import { keepAppointment } from './appointments.ts';
import { liftSilence } from './comeback.ts';
import { isNoEdge, isStopped } from './behaviour.ts';
import { enterFlows } from './entries.ts';
import { learn } from './facts.ts';
import { addItem, emit, openRuns, type Scene } from './scene.ts';
import { askErasure, settleSoftStops } from './stop.ts';
import { heedPreferences } from './preferences.ts';
import { grant, record, withdraw } from './withdraw.ts';

/** Events a coach reads in the thread. */
const shown: ReadonlySet<string> = new Set([
  'Lead Created',
  'Audit Completed',
  'Call Booked',
  'Call Cancelled',
  'Subscription Started',
  'Subscription Cancelled',
  'Subscription Refunded',
  'App Logged In',
  'Recommended Action Done',
  'Spark Application Submitted',
  'Upsell Interest',
  'Upsell Declined',
  'Reactivated',
  'Appointment Booked',
  'Appointment Moved',
  'Appointment Cancelled',
  'Consent Granted',
  'Consent Withdrawn',
]);

/** What brings a dormant artist back (lifecycle.md §2, `Reactivated`). */
const comebacks: ReadonlySet<string> = new Set(['App Logged In', 'Recommended Action Done']);

/** A product event, or one of ours: facts first, then the runs that hear it, then the flows it opens. */
export function track(scene: Scene, { event }: Extract<Arrival, { kind: 'event' }>): void {
  if (isNoEdge(scene, event)) return;
  scene.events.push(event);
  if (event.historical) return;
  learn(scene, event);
  keepAppointment(scene, event);
  heedConsent(scene, event);
  heedPreferences(scene, event);
  if (event.name === 'Erasure Asked') askErasure(scene);
  if (shown.has(event.name))
    addItem(scene, {
      kind: 'event',
      at: event.occurredAt,
      why: { rule: 'event' },
      data: { name: event.name, properties: event.properties },
    });
  if (comebacks.has(event.name)) liftSilence(scene);
  const isBack = comebacks.has(event.name) && openRuns(scene).some((run) => run.flow === 'winback');
  for (const run of openRuns(scene)) moveRun(scene, run.id, { type: 'tracked', event });
  if (isBack) emit(scene, 'Reactivated', { by: event.name });
  const isSpoken = event.name !== 'Trigger Fired' || !isStopped(scene, event.properties['trigger']);
  if (isSpoken) enterFlows(scene, withMilestone(scene, event));
}

/** A score that passed a milestone is told as that, and not as a score too (lifecycle.md §4): an entry reads `event.milestone`. */
function withMilestone(scene: Scene, event: TrackedEvent): TrackedEvent {
  const crossed = scene.emitted.find(
    ({ name, properties }) => name === 'Trigger Fired' && properties['trigger'] === 'milestone',
  );
  if (event.name !== 'Mona Score Updated' || !crossed) return event;
  return { ...event, properties: { ...event.properties, milestone: crossed.properties['level'] } };
}

const isChannel = (value: unknown): value is Channel => channels.some((channel) => channel === value);

/** Consent by event: granting needs its evidence, withdrawing never does (compliance.md §2). */
function heedConsent(scene: Scene, { name, properties, id }: TrackedEvent): void {
  const { channel, evidence, purpose } = properties;
  if (!isChannel(channel)) return;
  const proof = {
    source: 'api',
    actor: 'api',
    evidence: { eventId: id, ...(isRecord(evidence) ? evidence : {}) },
  } as const;
  if (purpose === 'push' || purpose === 'open_tracking') {
    if (name === 'Consent Granted' && isRecord(evidence)) record(scene, channel, purpose, 'granted', proof);
    if (name === 'Consent Withdrawn') record(scene, channel, purpose, 'withdrawn', proof);
    return;
  }
  if (purpose !== undefined && purpose !== 'marketing') return;
  if (name === 'Consent Granted' && isRecord(evidence)) grant(scene, channel, proof);
  if (name === 'Consent Withdrawn') {
    withdraw(scene, { ...proof, scope: channel, reason: 'objection' });
    settleSoftStops(scene, channel);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;
