import { describe, expect, test } from 'vitest';
import type { Allowance } from '../../../src/core/decide.ts';
import { limitsOf, nextPlace } from '../../../src/core/guard/cap.ts';
import { guard } from '../../../src/core/guard/index.ts';
import type { Policy } from '../../../src/core/library.ts';
import { channels, type Channel } from '../../../src/core/vocabulary.ts';
import { aCase, aStepCase, from, hour, judged, minute, moment, now, policy } from './case.ts';

let count = 0;
/** Sent at noon of a day of March 2027, in Paris. */
const sent = (channel: Channel, on: number, time = '12:00'): Allowance => {
  const date = `2027-${on > 0 ? '03' : '02'}-${String(on > 0 ? on : 28 + on).padStart(2, '0')}`;
  return { key: `old/${count++}`, channel, at: new Date(`${date}T${time}+01:00`), on: date };
};
const capped = (channel: Channel, allowances: readonly Allowance[], limits: Policy['cap'] = policy.cap) =>
  aCase({
    draft: { channel, expiresAt: from(9 * 24 * hour) },
    facts: { allowances, policy: { ...policy, cap: limits } },
  });

/* Now is Tuesday 9 March, 10:30. The seven local days are the 3rd to the 9th. */
describe('so many of a channel', () => {
  test.each([
    ['email', 4],
    ['sms', 3],
    ['whatsapp', 2],
    ['push', 5],
  ] as const)('%s: one a day, %d in seven', (channel, most) => {
    const inWeek = Array.from({ length: most }, (_, n) => sent(channel, 8 - n));
    expect(judged(capped(channel, inWeek.slice(1)))).toBe('go');
    expect(judged(capped(channel, inWeek))).toBe('wait frequency');
    expect(judged(capped(channel, [sent(channel, 9, '07:00')]))).toBe('wait frequency');
  });

  test('the seventh day back counts, the eighth does not', () => {
    expect(judged(capped('whatsapp', [sent('whatsapp', 3), sent('whatsapp', 4)]))).toBe('wait frequency');
    expect(judged(capped('whatsapp', [sent('whatsapp', 2), sent('whatsapp', 4)]))).toBe('go');
  });
});

describe('together', () => {
  test('two a day', () => {
    expect(judged(capped('sms', [sent('email', 9, '07:00')]))).toBe('go');
    expect(judged(capped('sms', [sent('email', 9, '07:00'), sent('whatsapp', 9, '07:00')]))).toBe(
      'wait frequency',
    );
  });

  test('five in seven days, of whatever kind', () => {
    const four = [sent('email', 8), sent('email', 6), sent('sms', 5), sent('whatsapp', 4)];
    expect(judged(capped('sms', four))).toBe('go');
    expect(judged(capped('sms', [...four, sent('email', 3)]))).toBe('wait frequency');
    expect(judged(capped('push', [...four, sent('email', 3)]))).toBe('go');
  });

  test.each([
    ['90 min after the last', '09:00', 'go'],
    ['a second less', '09:00:01', 'wait frequency'],
  ])('apart: %s', (_how, time, expected) => {
    expect(judged(capped('sms', [sent('email', 9, time)]))).toBe(expected);
    expect(judged(capped('push', [sent('email', 9, time)]))).toBe('go');
  });
});

describe('the wait ends at the next free place', () => {
  const until = (given: ReturnType<typeof capped>) => {
    const verdict = guard(given.draft, given.facts, moment);
    return verdict.may === 'wait' ? verdict.until.toISOString() : verdict.may;
  };
  test('later today, where only the distance lacks', () => {
    expect(until(capped('sms', [sent('email', 9, '10:00')]))).toBe('2027-03-09T10:30:00.000Z');
  });
  test('tomorrow at the opening, where the day is full', () => {
    expect(until(capped('sms', [sent('sms', 9, '07:00')]))).toBe('2027-03-10T09:00:00.000Z');
  });
  test('when the oldest of the week falls out of it', () => {
    const given = capped('whatsapp', [sent('whatsapp', 5), sent('whatsapp', 6)]);
    expect(until(given)).toBe('2027-03-12T09:00:00.000Z');
  });
  test('not on a Sunday', () => {
    expect(until(capped('whatsapp', [sent('whatsapp', 7), sent('whatsapp', 8)]))).toBe(
      '2027-03-15T09:00:00.000Z',
    );
  });
});

describe('limits', () => {
  const none = { day: 0, week: 0 };
  const free = { day: null, week: null };
  const limits = (sms: typeof none | typeof free): Policy['cap'] => ({
    byChannel: { ...policy.cap.byChannel, sms },
    together: { ...policy.cap.together, ...free, apartMs: 0 },
  });
  const many = Array.from({ length: 20 }, () => sent('sms', 9, '09:00'));

  test('0 is none, ever', () => expect(judged(capped('sms', [], limits(none)))).toBe('never frequency'));
  test('null is no limit', () => expect(judged(capped('sms', many, limits(free)))).toBe('go'));

  test('fewer messages halves the week, rounded down, one at least', () => {
    const { facts } = aCase({ contact: { traits: { fewerMessages: true } } });
    const halved = limitsOf(facts);
    expect(halved.byChannel).toEqual({
      email: { day: 1, week: 2 }, sms: { day: 1, week: 1 }, whatsapp: { day: 1, week: 1 }, push: { day: 1, week: 2 },
    }); // prettier-ignore
    expect(halved.together).toMatchObject({ day: 2, week: 2, apartMs: 90 * minute });
    const blocked = limitsOf({
      ...facts,
      policy: { ...policy, cap: { ...policy.cap, byChannel: { sms: { day: 1, week: 0 }, email: free } } },
    });
    expect(blocked.byChannel).toEqual({ sms: { day: 1, week: 0 }, email: free });
  });
});

test('a row that holds a place already does not count against itself', () => {
  const own = { key: 'wake:1/1', channel: 'sms' as const, at: now, on: '2027-03-09' };
  expect(judged(capped('sms', [own]))).toBe('go');
  expect(judged(capped('sms', [{ ...own, key: 'wake:1/2' }]))).toBe('wait frequency');
});

test.each(['service', 'reply', 'compliance'] as const)('%s has no cap', (messageClass) => {
  const allowances = channels.flatMap((channel) =>
    Array.from({ length: 9 }, () => sent(channel, 9, '10:29')),
  );
  expect(judged(aCase({ draft: { class: messageClass }, facts: { allowances } }))).toBe('go');
});

test('a mixed message leaves without what sells', () => {
  expect(judged(aStepCase('j14-email', { facts: { allowances: [sent('email', 9, '07:00')] } }))).toBe(
    'instead frequency',
  );
});

test('the days are the contact’s: a place of yesterday in Paris is one of today on Tahiti', () => {
  const at = new Date('2027-03-09T08:00Z');
  const taken: Allowance[] = [
    { key: 'k', channel: 'sms', at: new Date('2027-03-09T05:00Z'), on: '2027-03-08' },
  ];
  expect(nextPlace('sms', at, 'Europe/Paris', taken, policy.cap)).toEqual(at);
  expect(nextPlace('sms', at, 'Pacific/Tahiti', taken, policy.cap)).toEqual(new Date('2027-03-09T10:00Z'));
});
