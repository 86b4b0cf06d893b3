import type { TrackedEvent } from '../flow/event.ts';
import { addItem, setContact, type Scene } from './scene.ts';
import { settleSoftStops } from './stop.ts';
import { record, withdraw } from './withdraw.ts';

/** What somebody chose on the page that a mail leads to, or by their mail program's own button (RFC 8058). */
export const preferenceChoices = [
  'sequence',
  'email',
  'all',
  'fewer',
  'opens-on',
  'opens-off',
  'push-on',
  'push-off',
] as const;
export type PreferenceChoice = (typeof preferenceChoices)[number];

export const preferencesChanged = 'Preferences Changed';

/** A choice counts from its commit, as a STOP does: queued rows are asked again before they leave. */
export function heedPreferences(scene: Scene, { id, name, properties }: TrackedEvent): void {
  const choice = preferenceChoices.find((one) => one === properties['choice']);
  if (name !== preferencesChanged || !choice) return;
  const proof = { source: 'page', evidence: { eventId: id, ...properties }, actor: 'artist' } as const;
  switch (choice) {
    case 'sequence':
      leaveSequence(scene, properties['flow']);
      break;
    case 'email':
    case 'all':
      withdraw(scene, { ...proof, scope: choice, reason: choice === 'all' ? 'objection' : 'stop' });
      settleSoftStops(scene, choice);
      break;
    case 'fewer':
      setContact(scene, { 'traits.fewerMessages': true });
      break;
    case 'opens-on':
    case 'opens-off':
      record(scene, 'email', 'open_tracking', choice === 'opens-on' ? 'granted' : 'withdrawn', proof);
      break;
    case 'push-on':
    case 'push-off':
      record(scene, 'push', 'push', choice === 'push-on' ? 'granted' : 'withdrawn', proof);
  }
  addItem(scene, {
    kind: 'event',
    why: { rule: 'preferences', reason: choice },
    data: { name: preferencesChanged, properties },
  });
}

function leaveSequence(scene: Scene, flow: unknown): void {
  const left = scene.contact.traits['unsubscribedFlows'];
  const flows: readonly unknown[] = Array.isArray(left) ? left : [];
  if (typeof flow !== 'string' || flows.includes(flow)) return;
  setContact(scene, { 'traits.unsubscribedFlows': [...flows, flow] });
}
