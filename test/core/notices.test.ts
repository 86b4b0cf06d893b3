import { describe, expect, test } from 'vitest';
import { aClient, body, readFlow, samples } from '../support/render.ts';

/* The words the source has none of (lifecycle.md §4): what a carrier or a screen lets stand is all there. */

const notices = ['coach', 'vip', 'triggers', 'retention'] as const;
/** Free text, which a shut window lets nobody send. */
const inWindowOnly = 'recap-wa';
const voices = [
  ['fr tu', aClient({ register: 'tu' })],
  ['fr vous', aClient({ register: 'vous' })],
  ['en', aClient({ locale: 'en' })],
] as const;

const steps = notices.flatMap((flow) => readFlow(flow).steps.map((step) => [flow, step] as const));
const cases = steps.flatMap(([flow, step]) =>
  voices.map(([voice, contact]) => [`${flow}.${step.id} ${voice}`, { flow, step, contact }] as const),
);

describe('each notice is said in every voice', () => {
  test.each(cases)('%s', (_, { flow, step, contact }) => {
    const said = body(flow, step.id, step.channel, { contact, offers: samples.offers });
    expect(said.text.replace(/^\[.+\] https:.+$/gmu, '')).not.toMatch(/\{\{|\[|undefined|NaN/u);
    if (step.channel === 'push') {
      expect(said.text).not.toMatch(/…$/u);
      expect([...(said.subject ?? '')].length).toBeLessThanOrEqual(50);
      expect([...said.text].length).toBeLessThanOrEqual(120);
    } else if (step.channel === 'email') {
      expect(said.subject).not.toMatch(/\{\{|\[|undefined|NaN/u);
      expect([...(said.subject ?? '')].length).toBeLessThanOrEqual(60);
    } else if (step.id !== inWindowOnly) {
      const shut = body(flow, step.id, step.channel, { contact, policy: { isWindowOpen: false } });
      expect(shut.template?.name).toMatch(/^mona_\w+:(fr|en):(tu|vous)$/u);
      expect(said.buttons?.every(({ label }) => [...label].length <= 20)).toBe(true);
    }
  });

  test('the notifications of lifecycle.md that follow from an event are all there', () => {
    expect(steps.filter(([, { channel }]) => channel === 'push').map(([, { id }]) => id)).toEqual([
      'appointment-1h-push',
      'score-push',
      'milestone-60-push',
      'milestone-75-push',
      'milestone-90-push',
      'milestone-105-push',
      'connection-request-push',
      'connection-accepted-push',
      'connection-digest-push',
      'peak-push',
      'eligible-push',
      'inactive-push',
      'action-reminder-push',
    ]);
  });
});
