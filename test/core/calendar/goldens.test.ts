import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type * as Calendar from '../../../src/core/calendar.ts';
import type { Due, DueFacts } from '../../../src/core/calendar.ts';
import type { Policy } from '../../../src/core/library.ts';
import { aFlow, aStep, aTimeline, paris, planned, policy, shownIn } from './timeline.ts';

/*
 * The golden values of lifecycle.md §6, exactly, wherever the process stands and whatever its clock shows. The calendar
 * is loaded anew for each place, so that nothing it remembers was worked out in another.
 */
let calendar: typeof Calendar;

const hour = 3_600_000;

const welcome = aFlow('welcome', [
  aStep({ id: 'j0-email', at: { afterMs: 0 }, class: 'service' }),
  aStep({ id: 'j0-sms', at: { afterMs: 2 * hour } }),
  aStep({ id: 'j3-email', at: { day: 3, time: '09:30' }, class: { full: 'marketing', core: 'service' } }),
  aStep({ id: 'j5-email', at: { day: 5, time: '09:30' } }),
  aStep({ id: 'j6-sms', at: { day: 6, time: '12:30' } }),
  aStep({ id: 'j7-email', at: { day: 7, time: '09:30' } }),
]);
const winback = aFlow('winback', [
  aStep({ id: 'j0-email', at: { day: 0, time: '10:00' } }),
  aStep({ id: 'j3-email', at: { day: 3, time: '09:30' } }),
  aStep({ id: 'j5-sms', at: { day: 5, time: '12:30' } }),
]);
const nurturing = aFlow('nurturing', [
  aStep({ id: 'j15-sms', at: { day: 15, time: '12:30' } }),
  aStep({ id: 'j21-email', at: { day: 21, time: '09:30' }, class: { full: 'marketing', core: 'service' } }),
]);

function dueOf(flow: typeof welcome, id: string, enteredAt: string, facts: DueFacts = planned()) {
  const step = flow.steps.find((one) => one.id === id);
  if (!step) throw new Error(`no step ${id}`);
  const run = aTimeline(flow, anchorAt(flow, new Date(enteredAt), facts));
  return calendar.due(step, run, flow, policy, facts);
}

/** J0 is where these tables say it is: no rolling. */
const anchorAt = (flow: typeof welcome, enteredAt: Date, facts: DueFacts) => ({
  anchorAt: enteredAt,
  anchorOn: calendar.anchor({ ...flow, kind: 'notices' }, enteredAt, facts, policy).anchorOn,
});

function leavesAt(verdict: Due, zone = 'Europe/Paris'): string {
  return 'never' in verdict ? `never ${verdict.never}` : shownIn(verdict.dueAt, zone);
}

const zones = ['UTC', 'Europe/Paris', 'Pacific/Auckland'];
const clocks = ['2026-07-15T12:00:00Z', '2026-12-15T12:00:00Z'];
const own = process.env['TZ'];

describe.each(zones.flatMap((zone) => clocks.map((clock) => ({ zone, clock }))))(
  'with the process in $zone at $clock',
  ({ zone, clock }) => {
    beforeAll(async () => {
      process.env['TZ'] = zone;
      vi.useFakeTimers({ toFake: ['Date'] });
      vi.setSystemTime(new Date(clock));
      vi.resetModules();
      calendar = await import('../../../src/core/calendar.ts');
    });
    afterAll(() => {
      vi.useRealTimers();
      if (own === undefined) delete process.env['TZ'];
      else process.env['TZ'] = own;
    });

    test('the process really stands there (§19.1)', () => {
      expect(new Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(zone);
      expect(new Date().toISOString()).toBe(new Date(clock).toISOString());
      expect(new Date(2027, 0, 1).getTimezoneOffset()).toBe(
        { UTC: 0, 'Europe/Paris': -60, 'Pacific/Auckland': -780 }[zone],
      );
    });

    test.each([
      ['2027-03-12T15:00+01:00', '2027-03-12T17:00:00+01:00'],
      ['2027-03-12T18:30+01:00', '2027-03-13T10:19:45+01:00'],
      ['2027-03-27T18:30+01:00', 'never late'],
    ])('welcome.j0-sms of a lead at %s: %s', (lead, expected) => {
      expect(leavesAt(dueOf(welcome, 'j0-sms', lead))).toBe(expected);
    });

    test('the opening after Easter is 60.5 hours late', () => {
      const base = new Date('2027-03-27T20:30+01:00');
      const open = calendar.opening(base, paris, 'marketing', 'sms', policy);
      expect(shownIn(open.at, 'Europe/Paris')).toBe('2027-03-30T10:00:00+02:00');
      expect((open.at.getTime() - base.getTime()) / hour).toBe(60.5);
      expect(open.reasons).toEqual(['hours', 'closed_day:2027-03-28', 'holiday:2027-03-29']);
    });

    test('J1 over the change of clocks: the calendar keeps the hour, the elapsed day has 24 of them (§19.1)', () => {
      const from = '2027-03-27T10:00+01:00';
      const daily = aFlow('f', [aStep({ id: 'a-email', at: { day: 1, time: '10:00' } })]);
      const elapsed = aFlow('f', [aStep({ id: 'a-email', at: { afterMs: 24 * hour } })]);
      expect(leavesAt(dueOf(daily, 'a-email', from))).toBe('2027-03-28T10:00:00+02:00');
      expect(leavesAt(dueOf(elapsed, 'a-email', from))).toBe('2027-03-28T11:00:00+02:00');
    });

    test.each([
      ['2027-03-28', '02:30', '2027-03-28T03:30:00+02:00'],
      ['2027-10-31', '02:30', '2027-10-31T02:30:00+02:00'],
    ])('clocks on a wall in Paris show %s %s at %s', (date, time, expected) => {
      expect(shownIn(calendar.wallTime(date, time, 'Europe/Paris'), 'Europe/Paris')).toBe(expected);
    });

    const reunion = { zone: 'Indian/Reunion', country: 'RE' };
    test.each([
      ['La Réunion on 20 December', '2027-12-15', reunion, '2027-12-21T10:01:05+04:00'],
      [
        'La Réunion known by its department',
        '2027-12-15',
        { ...reunion, country: 'FR', department: '974' },
        '2027-12-21T10:01:05+04:00',
      ],
      [
        'La Réunion known by its clocks',
        '2027-12-15',
        { ...reunion, country: 'FR' },
        '2027-12-21T10:01:05+04:00',
      ],
      [
        'department 67 on Good Friday',
        '2027-03-21',
        { ...paris, department: '67' },
        '2027-03-27T10:01:05+01:00',
      ],
      ['Paris on 20 December', '2027-12-15', paris, '2027-12-20T12:30:00+01:00'],
      ['Paris on Good Friday', '2027-03-21', paris, '2027-03-26T12:30:00+01:00'],
    ])('winback.j5-sms, %s', (_where, anchorOn, place, expected) => {
      const step = winback.steps[2];
      if (!step) throw new Error('no j5-sms');
      const run = aTimeline(winback, { anchorAt: new Date(`${anchorOn}T09:00Z`), anchorOn });
      expect(leavesAt(calendar.due(step, run, winback, policy, planned(place)), place.zone)).toBe(expected);
    });

    test.each([
      ['Ascension, Thursday 2027-05-06', '2027-04-21T10:00+02:00', '2027-05-07T10:06:29+02:00'],
      ['Saturday 2027-05-01, then a Sunday: 45.5 hours', '2027-04-16T10:00+02:00', 'never late'],
    ])('nurturing.j15-sms on %s', (_day, entered, expected) => {
      expect(leavesAt(dueOf(nurturing, 'j15-sms', entered))).toBe(expected);
    });

    test('welcome.j6-sms on Whit Monday would open after j7 has spoken', () => {
      expect(leavesAt(dueOf(welcome, 'j6-sms', '2027-05-11T10:00+02:00'))).toBe('never superseded');
      expect(
        leavesAt(dueOf({ ...welcome, steps: welcome.steps.slice(0, 5) }, 'j6-sms', '2027-05-11T10:00+02:00')),
      ).toMatch(/^2027-05-18T10:/);
    });

    test.each([
      [
        'Mondays 08:00 Tokyo',
        [1],
        '08:00',
        'Asia/Tokyo',
        'JP',
        '2027-03-13T12:00Z',
        '2027-03-14T23:00:00.000Z',
      ],
      [
        'Sundays 10:00 Paris',
        [7],
        '10:00',
        'Europe/Paris',
        'FR',
        '2027-03-27T10:01+01:00',
        '2027-03-28T08:00:00.000Z',
      ],
    ])('%s', (_name, days, from, zone, country, at, expected) => {
      const window = {
        days,
        from,
        to: '20:00',
        ceiling: { from: '00:00', to: '24:00' },
        holidays: 'allowed',
      } as const;
      const weekly: Policy = {
        ...policy,
        windows: { weekly: window },
        presets: { 'default.service.push': 'weekly' },
      };
      expect(
        calendar.opening(new Date(at), { zone, country }, 'service', 'push', weekly).at.toISOString(),
      ).toBe(expected);
    });

    test('a lead at 23:50: mail at once, text next morning, J1 from the day of entry (§19.7)', () => {
      const at = new Date('2027-03-10T23:50+01:00');
      expect(calendar.anchor(welcome, at, paris, policy)).toEqual({ anchorAt: at, anchorOn: '2027-03-10' });
      expect(leavesAt(dueOf(welcome, 'j0-email', at.toISOString()))).toBe('2027-03-10T23:50:00+01:00');
      expect(leavesAt(dueOf(welcome, 'j0-sms', at.toISOString()))).toBe('2027-03-11T10:19:45+01:00');
      expect(leavesAt(dueOf(welcome, 'j3-email', at.toISOString()))).toBe('2027-03-13T09:30:00+01:00');
    });

    test.each([
      ['2027-03-10T09:59+01:00', '2027-03-10'],
      ['2027-03-10T10:00+01:00', '2027-03-10'],
      ['2027-03-10T10:01+01:00', '2027-03-11'],
    ])('a win-back entered at %s has its J0 on %s', (entered, anchorOn) => {
      expect(calendar.anchor(winback, new Date(entered), paris, policy)).toEqual({
        anchorOn,
        anchorAt: new Date(`${anchorOn}T10:00+01:00`),
      });
    });
  },
);
