import fc from 'fast-check';
import { DateTime, IANAZone } from 'luxon';
import { afterEach, describe, expect, test } from 'vitest';
import {
  due, isHoliday, localDate, localTimeMs, opening, timeMs, wallTime, weekdayOf, windowOf, type Place,
} from '../../src/core/calendar.ts'; // prettier-ignore
import type { Step } from '../../src/core/flow/definition.ts';
import { channels } from '../../src/core/vocabulary.ts';
import { aFlow, aStep, aTimeline, policy } from '../core/calendar/timeline.ts';

const hour = 3_600_000;
const day = 24 * hour;

/* Written out, so that what is checked is not what is checked with. */
const clocks = new Map<string, Intl.DateTimeFormat>();
function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  }); // prettier-ignore
  clocks.set(zone, made);
  return made;
}

/** What a clock on the wall shows, by Intl alone: `2027-03-28T03:30:00`. */
function shows(at: number, zone: string): string {
  const parts = Object.fromEntries(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return `${parts['year']}-${parts['month']}-${parts['day']}T${parts['hour']}:${parts['minute']}:${parts['second']}`;
}

const shownAsUtc = (at: number, zone: string): number => Date.parse(`${shows(at, zone)}Z`);

/** Temporal's "compatible", by search: the first instant that shows the time; in a gap, as far behind as the gap is long. */
function compatible(date: string, time: string, zone: string): number {
  const wall = Date.parse(`${date}T${time}:00Z`);
  const offsetsMs = [-day, day].map((ms) => shownAsUtc(wall + ms, zone) - (wall + ms));
  const showing = offsetsMs.map((offsetMs) => wall - offsetMs).filter((at) => shownAsUtc(at, zone) === wall);
  return showing.length > 0 ? Math.min(...showing) : wall - Math.min(...offsetsMs);
}

const iso = (at: number): string => new Date(at).toISOString();

/** Changes of clocks of a zone over ten years, found by Intl alone, to the quarter of an hour. */
function changesOf(zone: string): readonly number[] {
  const offsetAt = (at: number) => shownAsUtc(at, zone) - at;
  const found: number[] = [];
  for (let at = Date.UTC(2024, 0, 1); at < Date.UTC(2034, 0, 1); at += 7 * day) {
    let [low, high] = [at, at + 7 * day];
    if (offsetAt(low) === offsetAt(high)) continue;
    while (high - low > hour / 4) {
      const middle = (low + high) / 2;
      if (offsetAt(middle) === offsetAt(low)) low = middle;
      else high = middle;
    }
    found.push(high);
  }
  return found;
}

/* Every rule there is: half-hour changes, southern summers, changes at midnight, Ramadan, none, far east, far west. */
const zones = [
  'Europe/Paris', 'Europe/London', 'America/New_York', 'America/Los_Angeles', 'America/St_Johns', 'America/Havana', 'America/Santiago',
  'America/Asuncion', 'Africa/Casablanca', 'Africa/Cairo', 'Asia/Beirut', 'Asia/Jerusalem', 'Australia/Lord_Howe', 'Australia/Sydney',
  'Pacific/Auckland', 'Pacific/Chatham', 'Pacific/Easter', 'Antarctica/Troll', 'Indian/Reunion', 'America/Miquelon', 'Asia/Tokyo', 'UTC',
]; // prettier-ignore

const own = process.env['TZ'];
afterEach(() => {
  if (own === undefined) delete process.env['TZ'];
  else process.env['TZ'] = own;
});

describe('a wall time is the instant that Temporal calls compatible', () => {
  test.each(zones)('round each change of ten years in %s', (zone) => {
    for (const change of changesOf(zone)) {
      for (let at = change - 3 * hour; at <= change + 3 * hour; at += 15 * 60_000) {
        const [date = '', time = ''] = iso(shownAsUtc(change, zone) + at - change)
          .slice(0, 16)
          .split('T');
        const expected = iso(compatible(date, time, zone));
        if (iso(wallTime(date, time, zone).getTime()) !== expected)
          expect([zone, date, time, wallTime(date, time, zone)]).toBe(expected);
      }
    }
  });

  const anyZone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
  const anyMinute = fc
    .integer({ min: Date.UTC(2024, 0, 1) / 60_000, max: Date.UTC(2034, 0, 1) / 60_000 })
    .map((n) => n * 60_000);

  test('in any zone there is, and as Luxon’s first possible offset', () => {
    fc.assert(
      fc.property(anyZone, anyMinute, (zone, wall) => {
        const [date = '', time = ''] = iso(wall).slice(0, 16).split('T');
        const at = wallTime(date, time, zone).getTime();
        expect(iso(at)).toBe(iso(compatible(date, time, zone)));
        const [first] = DateTime.fromISO(`${date}T${time}`, { zone }).getPossibleOffsets();
        expect(iso(at)).toBe(iso(first?.toMillis() ?? 0));
      }),
      { numRuns: 500 },
    );
  });

  test('and a date and a time of day are read as Intl reads them', () => {
    fc.assert(
      fc.property(anyZone, anyMinute, (zone, at) => {
        expect(IANAZone.isValidZone(zone)).toBe(true);
        expect(`${localDate(new Date(at), zone)} ${localTimeMs(new Date(at), zone)}`).toBe(
          `${shows(at, zone).slice(0, 10)} ${shownAsUtc(at, zone) % day}`,
        );
      }),
      { numRuns: 500 },
    );
  });
});

const places: readonly Place[] = [
  { zone: 'Europe/Paris', country: 'FR' },
  { zone: 'Europe/Paris', country: 'FR', department: '67' },
  { zone: 'Indian/Reunion', country: 'RE' },
  { zone: 'America/Martinique', country: 'FR', department: '972' },
  { zone: 'Pacific/Noumea', country: 'NC' },
  { zone: 'Pacific/Tahiti', country: 'PF' },
  { zone: 'America/Miquelon', country: 'PM' },
  { zone: 'Europe/London', country: 'GB' },
  { zone: 'Europe/Paris', country: 'US', zoneSource: 'default' },
  { zone: 'America/Chicago', country: 'US', zoneSource: 'profile' },
];
const place = fc.constantFrom(...places);
const instant = fc
  .integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2031, 0, 1) })
  .map((ms) => new Date(ms));
const messageClass = fc.constantFrom('marketing' as const, 'service' as const);
const channel = fc.constantFrom(...channels);
const time = fc
  .integer({ min: 9 * 4, max: 20 * 4 - 1 })
  .map((n) => `${String(Math.floor(n / 4)).padStart(2, '0')}:${String((n % 4) * 15).padStart(2, '0')}`);
/* 10:00–15:00 and such, and nights that cross midnight where the policy is open. */
const stepWindow = fc.option(
  fc.tuple(time, time).filter(([from, to]) => from !== to).map(([from, to]) => ({ from, to })),
  { nil: undefined },
); // prettier-ignore

const isIn = (ms: number, { from, to }: { from: string; to: string }): boolean =>
  timeMs(from) < timeMs(to) ? ms >= timeMs(from) && ms < timeMs(to) : ms >= timeMs(from) || ms < timeMs(to);

/** What the table of lifecycle.md §6 allows, said again without looking for an opening. */
function isOpen(
  at: Date,
  where: Place,
  kind: 'marketing' | 'service',
  by: (typeof channels)[number],
): boolean {
  const window = windowOf(where.country, kind, by, policy);
  if (!window) return true;
  const isUnknown = where.zoneSource === 'default' && window.unknownZones;
  return (isUnknown ? (window.unknownZones ?? []) : [where.zone]).every((zone) => {
    const shown = shows(at.getTime(), zone);
    const date = shown.slice(0, 10);
    const isClosed = window.holidays === 'none' && isHoliday(date, where);
    return (
      window.days.includes(weekdayOf(date)) && !isClosed && isIn(shownAsUtc(at.getTime(), zone) % day, window)
    );
  });
}

describe('an opening', () => {
  test('is inside the window, never before what was asked, and its own opening', () => {
    fc.assert(
      fc.property(instant, place, messageClass, channel, stepWindow, (at, where, kind, by, window) => {
        const open = opening(at, where, kind, by, policy, window);
        expect(open.at.getTime()).toBeGreaterThanOrEqual(at.getTime());
        expect(isOpen(open.at, where, kind, by)).toBe(true);
        expect(opening(open.at, where, kind, by, policy, window)).toEqual({ at: open.at, reasons: [] });
        expect(open.reasons.length > 0).toBe(open.at > at);
      }),
      { numRuns: 800 },
    );
  });

  test('is the first one: nothing before it is open', () => {
    fc.assert(
      fc.property(
        instant,
        place,
        channel,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (at, where, by, share) => {
          const wide = { from: '00:00', to: '24:00' };
          const open = opening(at, where, 'marketing', by, policy, wide);
          const between = new Date(at.getTime() + Math.floor((open.at.getTime() - at.getTime()) * share));
          if (between < open.at) expect(isOpen(between, where, 'marketing', by)).toBe(false);
        },
      ),
      { numRuns: 800 },
    );
  });

  test('does not depend on where the process stands', () => {
    fc.assert(
      fc.property(instant, place, channel, (at, where, by) => {
        const answers = ['UTC', 'Europe/Paris', 'Pacific/Auckland', 'America/Los_Angeles'].map((zone) => {
          process.env['TZ'] = zone;
          return iso(opening(at, where, 'marketing', by, policy).at.getTime());
        });
        expect(new Set(answers).size).toBe(1);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a due time', () => {
  const offset: fc.Arbitrary<Step['at']> = fc.oneof(
    fc.integer({ min: 0, max: 5 * day }).map((afterMs) => ({ afterMs })),
    fc.record({ day: fc.integer({ min: 0, max: 30 }), time }),
  );
  const then = fc.constantFrom<Step['late']['then']>('skip', 'send', 'exit', { variant: 'late' });
  const asked = fc.record({
    enteredAt: instant, where: place, at: offset, by: fc.constantFrom('sms' as const, 'email' as const, 'whatsapp' as const, 'push' as const),
    kind: messageClass, window: stepWindow, then, laterMs: fc.integer({ min: -10 * day, max: 4 * day }), contactId: fc.string(),
  }); // prettier-ignore

  test('is inside its window, never before its base, never on a holiday for a marketing text, and stays when asked again', () => {
    fc.assert(
      fc.property(asked, ({ enteredAt, where, at, by, kind, window, then: late, laterMs, contactId }) => {
        const step = aStep({
          id: `a-${by}`,
          at,
          channel: by,
          class: kind,
          late: { maxMs: day, then: late },
          ...(window && { window }),
        });
        const flow = aFlow('any', [step]);
        const run = aTimeline(flow, {
          contactId,
          anchorAt: enteredAt,
          anchorOn: localDate(enteredAt, where.zone),
        });
        const facts = { ...where, now: new Date(enteredAt.getTime() + laterMs) };
        const verdict = due(step, run, flow, policy, facts);
        expect(due(step, run, flow, policy, facts)).toEqual(verdict);
        if ('never' in verdict) return;
        expect(verdict.dueAt.getTime()).toBeGreaterThanOrEqual(verdict.baseAt.getTime());
        expect(isOpen(verdict.dueAt, where, kind, by)).toBe(true);
        const isText = kind === 'marketing' && by === 'sms' && where.country !== 'US';
        if (isText) expect(isHoliday(localDate(verdict.dueAt, where.zone), where)).toBe(false);
        // The plan holds until its hour: waking at the very instant it names, the step is due and not put off again.
        const woken = due(step, run, flow, policy, { ...facts, now: verdict.dueAt });
        expect('dueAt' in woken && woken.dueAt <= verdict.dueAt).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });
});
