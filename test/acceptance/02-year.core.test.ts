import { describe, expect, test } from 'vitest';
import { homes, liveYear } from './year.ts';

/** Few people, the whole year; `node --import tsx bench/year.ts` plays a thousand. */
const contacts = 96;

describe('19.2 a simulated year', () => {
  const year = liveYear(contacts, 1);

  test('19.2 no marketing outside its hours, no cap passed, no step twice, a reason for each silence', () => {
    expect(year.broken).toEqual([]);
  });

  test('19.2 in six zones, through all five sequences, with what holds a message back on the way', () => {
    expect(Object.keys(year.byZone).sort()).toEqual(homes.map(({ zone }) => zone).sort());
    expect(Object.keys(year.entered)).toEqual(
      expect.arrayContaining(['welcome', 'nurturing', 'upsell', 'spark', 'winback']),
    );
    expect(Object.keys(year.stayed).length).toBeGreaterThan(3);
    expect(year.messages).toBeGreaterThan(contacts * 5);
  });

  test('19.2 the same seed gives the same transcript, another one another', () => {
    const { digest } = liveYear(6, 1);
    expect(liveYear(6, 1).digest).toBe(digest);
    expect(liveYear(6, 2).digest).not.toBe(digest);
  });
});
