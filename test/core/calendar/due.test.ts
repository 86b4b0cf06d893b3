import { describe, expect, test } from 'vitest';
import {
  anchor, countryOfPhone, due, holidayName, isHoliday, localDate, localTimeMs, opening, timeMs, wallTime, zoneOf, type DueFacts,
} from '../../../src/core/calendar.ts'; // prettier-ignore
import type { Step } from '../../../src/core/flow/definition.ts';
import type { Policy } from '../../../src/core/library.ts';
import { aFlow, aStep, aTimeline, paris, planned, policy } from './timeline.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const noonText = (set: Partial<Step> = {}) => aStep({ id: 'j1-sms', at: { day: 1, time: '12:30' }, ...set });
const march8 = { anchorAt: new Date('2027-03-08T10:00+01:00'), anchorOn: '2027-03-08' };
const march9 = (time: string) => new Date(`2027-03-09T${time}+01:00`);

function ask(
  step: Step,
  facts: DueFacts = planned(),
  others: readonly Step[] = [],
  set: Partial<Parameters<typeof aTimeline>[1]> = {},
) {
  const flow = aFlow('test', [...others, step]);
  return due(step, aTimeline(flow, { ...march8, ...set }), flow, policy, facts);
}

describe('a step whose hour has passed unseen', () => {
  const at = (now: Date) => planned({ ...paris, now });
  test('is due since then while its window is open', () => {
    expect(ask(noonText(), at(march9('19:00')))).toMatchObject({ dueAt: march9('12:30') });
  });
  test('waits for the next opening once it has closed', () => {
    const verdict = ask(noonText(), at(march9('20:00')));
    expect('dueAt' in verdict && localDate(verdict.dueAt, 'Europe/Paris')).toBe('2027-03-10');
  });
  test.each([
    [day, true],
    [day + 20 * minute, true],
    [day + 20 * minute + 1, false],
  ])('%d ms on it may still leave: %s', (ms, may) => {
    expect('dueAt' in ask(noonText(), at(new Date(march9('12:30').getTime() + ms)))).toBe(may);
  });
});

describe('late', () => {
  const sunday = { anchorAt: new Date('2027-03-13T10:00+01:00'), anchorOn: '2027-03-13' };
  const held = (late: Step['late']) =>
    ask(noonText({ at: { day: 1, time: '10:00' }, late }), planned(), [], sunday);

  test('is measured to the opening, before jitter: 24 hours exactly are not more than 24 hours', () => {
    expect(held({ maxMs: day, then: 'skip' })).toHaveProperty('dueAt');
    expect(held({ maxMs: day - 1, then: 'skip' })).toMatchObject({ never: 'late' });
  });
  test('may be sent all the same, in its words or in others', () => {
    expect(held({ maxMs: 1, then: 'send' })).toMatchObject({ reasons: ['closed_day:2027-03-14', 'late'] });
    expect(held({ maxMs: 1, then: { variant: 'late' } })).toMatchObject({
      reasons: ['closed_day:2027-03-14', 'late'],
    });
    expect(held({ maxMs: 1, then: 'exit' })).toMatchObject({ never: 'late' });
  });
});

describe('perishable', () => {
  const until = (perishAt: Date, then: Step['late']['then'] = 'skip') =>
    ask(noonText({ late: { maxMs: day, then } }), { ...planned(), perishAt });
  test('to its last instant', () => expect(until(march9('12:30'))).toHaveProperty('dueAt'));
  test('and not beyond', () =>
    expect(until(new Date(march9('12:30').getTime() - 1))).toMatchObject({ never: 'expired' }));
  test('a false text is not sent however welcome it is late', () => {
    expect(until(march9('12:00'), 'send')).toMatchObject({ never: 'expired' });
    expect(until(march9('12:00'), { variant: 'over' })).toMatchObject({ reasons: ['expired'] });
  });
});

describe('the predecessor on the same channel', () => {
  const first = aStep({ id: 'j0-sms', at: { afterMs: 0 } });
  const said = (at: string, verdict = 'go') => ({ done: { 'j0-sms': { at: new Date(at), verdict } } });
  const at = (set: Parameters<typeof ask>[3]) => ask(noonText(), planned(), [first], set);

  test.each([
    ['2027-03-08T16:30+01:00', '12:30'],
    ['2027-03-08T18:00+01:00', '14:00'],
  ])('that left at %s lets this one leave at %s', (spokeAt, expected) => {
    expect(at(said(spokeAt))).toMatchObject({ dueAt: march9(expected) });
  });
  test('counts as planned, too', () => {
    const plan = [
      { stepId: 'j0-sms', baseAt: march8.anchorAt, dueAt: new Date('2027-03-08T18:00+01:00'), reasons: [] },
    ];
    expect(at({ plan })).toMatchObject({ dueAt: march9('14:00'), reasons: ['predecessor:j0-sms'] });
  });
  test('that was skipped is no predecessor', () => {
    expect(at(said('2027-03-08T18:00+01:00', 'condition_false'))).toMatchObject({ dueAt: march9('12:30') });
  });
  test('may push it over the night', () => {
    const verdict = at(said('2027-03-09T00:00+01:00'));
    expect('dueAt' in verdict && localDate(verdict.dueAt, 'Europe/Paris')).toBe('2027-03-10');
  });
});

test('a step that waited for its event is due when the event came, or at its hour if that is later', () => {
  const step = noonText({
    class: 'service',
    wait: { on: ['Audit Completed'], until: { day: 4, time: '18:00' }, else: 'audit_not_ready' },
  });
  expect(ask(step, { ...planned(), readyAt: march9('09:00') })).toMatchObject({ dueAt: march9('12:30') });
  expect(ask(step, { ...planned(), readyAt: march9('17:59') })).toMatchObject({
    baseAt: march9('17:59'),
    dueAt: march9('17:59'),
  });
});

test('jitter never leaves a window shorter than it', () => {
  const window = { from: '11:00', to: '11:05' };
  for (let n = 0; n < 200; n++) {
    const verdict = ask(noonText({ window }), planned(), [], { contactId: `c_${n}` });
    if (!('dueAt' in verdict)) throw new Error('refused');
    const ms = localTimeMs(verdict.dueAt, 'Europe/Paris');
    expect(ms).toBeGreaterThanOrEqual(timeMs('11:00'));
    expect(ms).toBeLessThan(timeMs('11:05'));
  }
});

describe('a window that crosses midnight', () => {
  const night = {
    days: [1, 2, 3, 4, 5, 6, 7],
    from: '22:00',
    to: '06:00',
    ceiling: { from: '00:00', to: '24:00' },
    holidays: 'allowed',
  } as const;
  const nightly: Policy = { ...policy, windows: { night }, presets: { 'default.marketing.push': 'night' } };
  test.each([
    ['2027-03-09T12:00', '2027-03-09T22:00'],
    ['2027-03-09T21:59', '2027-03-09T22:00'],
    ['2027-03-09T23:30', '2027-03-09T23:30'],
    ['2027-03-10T05:59', '2027-03-10T05:59'],
    ['2027-03-10T06:00', '2027-03-10T22:00'],
  ])('at %s opens at %s', (at, expected) => {
    expect(opening(new Date(`${at}+01:00`), paris, 'marketing', 'push', nightly).at).toEqual(
      new Date(`${expected}+01:00`),
    );
  });
});

describe('+1, and nobody knows where', () => {
  const open = (at: string, place: Parameters<typeof opening>[1]) =>
    opening(new Date(at), place, 'marketing', 'sms', policy).at.toISOString();
  const us = { zone: 'Europe/Paris', country: 'US', zoneSource: 'default' as const };
  test.each([
    ['2027-01-12T09:00Z', '2027-01-12T19:00:00.000Z'],
    ['2027-01-12T19:00Z', '2027-01-12T19:00:00.000Z'],
    ['2027-01-13T00:59Z', '2027-01-13T00:59:00.000Z'],
    ['2027-01-13T01:00Z', '2027-01-13T19:00:00.000Z'],
  ])('the hour is right from Honolulu to New York: %s → %s', (at, expected) =>
    expect(open(at, us)).toBe(expected),
  );
  test('a zone that is known is the only one asked', () => {
    const known = { ...us, zone: 'America/Chicago', zoneSource: 'profile' as const };
    expect(open('2027-01-12T15:00Z', known)).toBe('2027-01-12T15:00:00.000Z');
    expect(open('2027-01-12T15:00Z', { zone: 'America/Chicago', country: 'US' })).toBe(
      '2027-01-12T15:00:00.000Z',
    );
  });
  test('a place that does not say how its zone is known is not taken for American by mistake', () => {
    expect(open('2027-01-12T09:00Z', { zone: 'Europe/Paris', country: 'US' })).toBe(
      '2027-01-12T19:00:00.000Z',
    );
  });
});

describe('where a contact lives', () => {
  const clues = { fallback: 'Europe/Paris' };
  test.each([
    [{ profile: 'Asia/Tokyo', browser: 'Europe/London', phone: '+33639980001' }, 'Asia/Tokyo', 'profile'],
    [
      { profile: 'Mars/Olympus', browser: 'Europe/London', phone: '+33639980001' },
      'Europe/London',
      'browser',
    ],
    [{ phone: '+33639980001' }, 'Europe/Paris', 'phone'],
    [{ phone: '+262692123456' }, 'Indian/Reunion', 'phone'],
    [{ phone: '+262639692345' }, 'Indian/Mayotte', 'phone'],
    [{ phone: '+596696123456' }, 'America/Martinique', 'phone'],
    [{ phone: '+590690123456' }, 'America/Guadeloupe', 'phone'],
    [{ phone: '+594694123456' }, 'America/Cayenne', 'phone'],
    [{ phone: '+508551234' }, 'America/Miquelon', 'phone'],
    [{ phone: '+687751234' }, 'Pacific/Noumea', 'phone'],
    [{ phone: '+68987123456' }, 'Pacific/Tahiti', 'phone'],
    [{ phone: '+12125551234' }, 'Europe/Paris', 'default'],
    [{ phone: 'FR.1502576394655843' }, 'Europe/Paris', 'default'],
    [{}, 'Europe/Paris', 'default'],
  ])('%j: %s by %s', (given, zone, zoneSource) =>
    expect(zoneOf({ ...clues, ...given })).toEqual({ zone, zoneSource }),
  );

  test('a shared code whose number says nothing is the larger island', () =>
    expect(countryOfPhone('+262639123456')).toBe('RE'));
});

describe('public holidays', () => {
  /* compliance.md §4: the dates a reader can check in a calendar. */
  const moving = {
    2026: ['04-03', '04-06', '05-14', '05-25'],
    2027: ['03-26', '03-29', '05-06', '05-17'],
    2028: ['04-14', '04-17', '05-25', '06-05'],
    2029: ['03-30', '04-02', '05-10', '05-21'],
    2030: ['04-19', '04-22', '05-30', '06-10'],
  };
  const fixed = ['01-01', '05-01', '05-08', '07-14', '08-15', '11-01', '11-11', '12-25'];
  const inYear = (year: number, place: Parameters<typeof isHoliday>[1]) => {
    const first = Date.UTC(year, 0, 1);
    const days = Array.from({ length: 366 }, (_, n) => new Date(first + n * day).toISOString().slice(0, 10));
    return days
      .filter((date) => date.startsWith(String(year)) && isHoliday(date, place))
      .map((date) => date.slice(5));
  };

  test.each(Object.entries(moving))('of %s', (year, [friday = '', ...national]) => {
    const metropolitan = [...fixed, ...national].sort();
    expect(inYear(Number(year), paris)).toEqual(metropolitan);
    for (const department of ['57', '67', '68'])
      expect(inYear(Number(year), { ...paris, department })).toEqual(
        [...metropolitan, friday, '12-26'].sort(),
      );
    const overseas = {
      976: ['04-27'],
      972: ['05-22', friday],
      971: ['05-27', friday],
      978: ['05-27'],
      973: ['06-10'],
      977: ['10-09'],
      974: ['12-20'],
    };
    for (const [department, own] of Object.entries(overseas))
      expect([department, inYear(Number(year), { ...paris, department })]).toEqual([
        department,
        [...new Set([...metropolitan, ...own])].sort(),
      ]);
  });

  test('a department beats the clocks of the territory', () => {
    expect(isHoliday('2027-12-20', { zone: 'Indian/Reunion', country: 'FR', department: '75' })).toBe(false);
  });
  test('have a name to show', () => {
    expect(holidayName('2027-03-29', paris, 'fr')).toBe('Lundi de Pâques');
    expect(holidayName('2027-03-30', paris, 'fr')).toBeNull();
  });
  test('a country without a calendar has none', () =>
    expect(isHoliday('2027-12-25', { zone: 'UTC', country: 'XX' })).toBe(false));
});

describe('J0', () => {
  const smsFirst = aFlow('upsell', [aStep({ id: 'j0-sms', at: { day: 0, time: '12:30' } })]);
  test('rolls over a day on which the channel may not send (§19.7)', () => {
    const entered = new Date('2027-03-27T13:00+01:00');
    expect(anchor(smsFirst, entered, paris, policy)).toEqual({
      anchorOn: '2027-03-30',
      anchorAt: new Date('2027-03-30T12:30+02:00'),
    });
  });
  test('of a mail held by the night is dated by the day it leaves', () => {
    const spark = aFlow('spark', [aStep({ id: 'j0-email', at: { afterMs: 0 } })]);
    const entered = new Date('2027-03-09T23:00+01:00');
    expect(anchor(spark, entered, paris, policy)).toEqual({ anchorAt: entered, anchorOn: '2027-03-10' });
  });
  test('of notices is the entry itself', () => {
    const entered = new Date('2027-03-27T13:00+01:00');
    expect(anchor({ ...smsFirst, kind: 'notices' }, entered, paris, policy)).toEqual({
      anchorAt: entered,
      anchorOn: '2027-03-27',
    });
  });
});

test('what is no zone or no time is said, not guessed', () => {
  expect(() => wallTime('2027-03-09', '12:30', 'Mars/Olympus')).toThrow('Mars/Olympus');
  expect(() => timeMs('25:00')).toThrow('25:00');
  expect(() => timeMs('24:01')).toThrow('24:01');
});
