import { expect, test } from 'vitest';
import { holds } from '../../src/core/flow/expression.ts';
import { readFlow } from '../support/render.ts';

const closing = readFlow('spark').exits.find(({ result }) => result === 'villas-closed');

const leaves = (claim: Record<string, unknown>, segment = 'spark_eligible'): boolean =>
  holds(closing?.where, {
    contact: {},
    run: {},
    answers: {},
    event: { segment, name: 'Segment Left' },
    claim,
    duty: {},
    seen: {},
  });

test('SPARK ends when the villas close, not when nobody has said for a while whether they are open', () => {
  expect(closing?.on).toEqual(['Segment Left']);
  expect(leaves({ 'villa.seatsLeft': 0, 'villa.openDays': 20 })).toBe(true);
  expect(leaves({ 'villa.seatsLeft': 4, 'villa.openDays': 0 })).toBe(true);
  expect(leaves({ 'villa.seatsLeft': 4, 'villa.openDays': 20 })).toBe(false);
  expect(leaves({})).toBe(false);
  expect(leaves({ 'villa.seatsLeft': 0 }, 'upsell_open')).toBe(false);
});
