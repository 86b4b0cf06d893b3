import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coolsAt, creditOf, heatAfter, heatAt, idleDue, tierOf } from '../../src/core/scoring.ts';
import type { TrackedEvent } from '../../src/core/flow/event.ts';

const day = 86_400_000;
const monday = new Date('2026-03-02T17:04:00Z');
const later = (ms: number): Date => new Date(monday.getTime() + ms);

const anEvent = (name: string, over: Partial<TrackedEvent> = {}): TrackedEvent => ({
  id: 'm1',
  name,
  properties: {},
  occurredAt: monday,
  ...over,
});
const person = { zone: 'Europe/Paris', consents: {} };

describe('heat', () => {
  test('halves in fourteen days: +15, a week later +3, then two weeks of nothing (golden) (§19.1)', () => {
    const action = heatAfter(null, 15, monday);
    const click = heatAfter(action, 3, later(7 * day));
    expect(heatAt(click, later(7 * day))).toBeCloseTo(13.6066, 4);
    expect(heatAt(click, later(21 * day))).toBeCloseTo(6.8033, 4);
  });

  test('does not care in which order two things were told', () => {
    const inOrder = heatAfter(heatAfter(null, 15, monday), 3, later(7 * day));
    const late = heatAfter(heatAfter(null, 3, later(7 * day)), 15, monday);
    expect(late.h).toBeCloseTo(inOrder.h, 10);
    expect(late.at).toEqual(inOrder.at);
  });

  test('a reversal takes away what is left of it', () => {
    const both = heatAfter(heatAfter(null, 15, monday), 3, later(7 * day));
    expect(heatAfter(both, -15, monday).h).toBeCloseTo(3, 10);
  });

  test('names its tier, and cools at the very millisecond it says', () => {
    expect([31, 30, 29, 10, 2, 1].map(tierOf)).toEqual(['hot', 'hot', 'warm', 'warm', 'cool', 'cold']);
    fc.assert(
      fc.property(fc.double({ min: 2, max: 500, noNaN: true }), fc.constantFrom(2, 10, 30), (h, floor) => {
        const heat = { h, at: monday };
        const at = coolsAt(heat, floor);
        if (!at) return h < floor;
        return heatAt(heat, at) < floor && heatAt(heat, new Date(at.getTime() - 1)) >= floor;
      }),
    );
  });
});

describe('idle weeks', () => {
  test('12 points: 7, 2, 0 with an entry of −2, then no entry (golden) (§19.1)', () => {
    const heat = { h: 12, at: monday };
    expect(idleDue(12, heat, later(7 * day - 1))).toEqual([]);
    expect(idleDue(12, heat, later(28 * day)).map(({ points, at }) => [points, at])).toEqual([
      [-5, later(7 * day)],
      [-5, later(14 * day)],
      [-2, later(21 * day)],
    ]);
  });

  test('are the same whether they are counted every day or once in a long while', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 120 }), (points, days) => {
        const atOnce = idleDue(points, { h: points, at: monday }, later(days * day));
        let left = points;
        let idle = 0;
        const daily = Array.from({ length: days + 1 }, (_, n) => {
          const due = idleDue(left, { h: points, at: monday, idle }, later(n * day));
          left += due.reduce((sum, one) => sum + one.points, 0);
          idle += due.length;
          return due;
        }).flat();
        expect(daily).toEqual(atOnce);
        expect(left).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('an event', () => {
  test('counts by its rule and its cause', () => {
    const click = anEvent('Message Clicked', { properties: { messageId: 'row-1', linkKey: 'book-call' } });
    expect(creditOf(click, person)).toEqual({ rule: 'clicked', causeId: 'row-1:book-call', at: monday });
    const action = anEvent('Recommended Action Done', { properties: { actionId: 'a7' } });
    expect(creditOf(action, person)).toMatchObject({ rule: 'action', causeId: 'a7' });
  });

  test('of a login or a reply counts once a day of the contact’s own calendar', () => {
    const login = anEvent('App Logged In', { occurredAt: new Date('2026-03-02T21:30:00Z') });
    expect(creditOf(login, person)?.causeId).toBe('2026-03-02');
    expect(creditOf(login, { ...person, zone: 'Indian/Reunion' })?.causeId).toBe('2026-03-03');
  });

  test.each(['stop', 'start', 'help'])('a reply that only says %s counts for nothing', (intent) => {
    expect(creditOf(anEvent('Message Replied', { properties: { intent } }), person)).toBeNull();
  });

  test('an opening counts only with its own consent, history never', () => {
    const opened = anEvent('Message Opened', { properties: { messageId: 'row-1' } });
    expect(creditOf(opened, person)).toBeNull();
    expect(creditOf(opened, { ...person, consents: { 'email:open_tracking': 'granted' } })?.rule).toBe(
      'opened',
    );
    expect(creditOf(anEvent('App Logged In', { historical: true }), person)).toBeNull();
  });
});
