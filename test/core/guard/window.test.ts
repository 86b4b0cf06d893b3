import { expect, test } from 'vitest';
import { newThread } from '../../../src/core/thread.ts';
import { aCase, from, hour, judged, lea, minute, now } from './case.ts';

const template = { text: 'Salut', template: { name: 'mona_j1', variables: {} } };
const lastHeard = (ms: number, key = 'whatsapp:whatsapp') => ({
  ...newThread(lea.id, from(-60 * hour)),
  windows: { [key]: from(-ms) },
});
const edge = 23 * hour + 55 * minute;

test.each([
  ['a millisecond inside', edge - 1, 'go'],
  ['at 23 h 55', edge, 'never window_closed'],
  ['a day later', 24 * hour, 'never window_closed'],
])('free text to who wrote %s', (_when, ms, expected) => {
  expect(
    judged(
      aCase({
        draft: { channel: 'whatsapp', class: 'service' },
        facts: { hasTemplate: false, thread: lastHeard(ms) },
      }),
    ),
  ).toBe(expected);
});

test.each([
  [true, 'go'],
  [false, 'never template_not_approved'],
])('a template whose approval is %s, and nobody wrote', (hasTemplate, expected) => {
  expect(judged(aCase({ draft: { channel: 'whatsapp', body: template }, facts: { hasTemplate } }))).toBe(
    expected,
  );
});

test('what was written to another sender of ours opens nothing here', () => {
  const other = lastHeard(hour, 'whatsapp:whatsapp:+33700000000');
  expect(
    judged(
      aCase({
        draft: { channel: 'whatsapp', class: 'service' },
        facts: { hasTemplate: false, thread: other },
      }),
    ),
  ).toBe('never window_closed');
});

test('a sender whose key names its channel already has its window under that key', () => {
  const sender = 'whatsapp:+33700000000';
  const given = aCase({
    draft: { channel: 'whatsapp', class: 'service', sender },
    facts: { hasTemplate: false, thread: lastHeard(hour, sender) },
  });
  expect(judged(given)).toBe('go');
});

test('only WhatsApp has one (§19.12)', () => {
  expect(judged(aCase({ draft: { channel: 'sms', createdAt: now }, facts: { hasTemplate: false } }))).toBe(
    'go',
  );
});
