import type { Wish } from '../wishes.ts';
import { preferencesChanged } from './preferences.ts';
import { changeAppointment } from './reception.ts';
import { addItem, setContact, type Scene } from './scene.ts';
import { say } from './send.ts';

/** Another time, for us or for an appointment: it counts from now, and a coach reads it. */
export function grantWish(scene: Scene, wish: Wish, rule: string): void {
  if (!('until' in wish)) return changeAppointment(scene, wish.of);
  const until = wish.until.toISOString();
  setContact(scene, { 'traits.dndUntil': until });
  addItem(scene, {
    kind: 'event',
    why: { rule: 'preferences', reason: wish.of },
    data: { name: preferencesChanged, properties: { choice: wish.of, until } },
  });
  const why = wish.of === 'call-later' ? 'call_later' : 'not_before';
  scene.tells.push({ who: 'coach', why, coachId: scene.contact.coachId ?? null });
  say(scene, wish.of, { class: 'reply', rule, fields: { until } });
}
