import { describe, expect, test } from 'vitest';
import { claimScope, liveOffers } from '../../src/core/claim.ts';
import type { Duty, Offer } from '../../src/core/decide.ts';
import { from, hour, lea, minute, moment, now } from './guard/case.ts';

const anOffer = (set: Partial<Offer> & Pick<Offer, 'key'>): Offer => ({
  kind: 'price',
  value: 390,
  asOf: now,
  maxAgeMs: hour,
  ...set,
});
const offDuty: Duty = { isOnDuty: false, coaches: [], until: null, nextOpening: null, hours: {} };
const scope = (offers: readonly Offer[], duty = offDuty) => claimScope(offers, lea, duty, moment);

describe('an offer is true', () => {
  test.each([
    ['to its full age', { asOf: from(-hour) }, 1],
    ['not a millisecond longer', { asOf: from(-hour - 1) }, 0],
    ['before it ends', { endsAt: from(1) }, 1],
    ['not when it ends', { endsAt: now }, 0],
    ['not once its evidence has expired', { expiresAt: now }, 0],
    ['for the contact it names', { contactId: lea.id }, 1],
    ['for nobody else', { contactId: 'c_0002' }, 0],
    [
      'at any age, if it is a place kept',
      { kind: 'reservation', asOf: from(-99 * hour), endsAt: from(hour) },
      1,
    ],
    ['of fifty people', { kind: 'stat', value: { percentile: 71, sampleSize: 50 } }, 1],
    ['not of forty-nine', { kind: 'stat', value: { percentile: 71, sampleSize: 49 } }, 0],
    [
      'not of somebody who did not agree',
      { kind: 'testimonial', value: { person: 'Léa', consent: false } },
      0,
    ],
  ] as const)('%s', (_when, set, count) =>
    expect(liveOffers([anOffer({ key: 'a', ...set })], lea.id, moment)).toHaveLength(count),
  );

  test('the contact’s own outranks everybody’s, in whatever order', () => {
    const all = anOffer({ key: 'comeback', value: 'ALL' });
    const own = anOffer({ key: 'comeback', value: 'OWN', contactId: lea.id });
    for (const offers of [
      [all, own],
      [own, all],
    ])
      expect(liveOffers(offers, lea.id, moment).map(({ value }) => value)).toEqual(['OWN']);
  });
});

describe('what a sentence may lean on', () => {
  test('values by their path, objects with the date they end', () => {
    expect(scope([
      anOffer({ key: 'price.390' }),
      anOffer({ key: 'slots.next', kind: 'date', value: '2027-03-10T15:30Z', endsAt: from(hour) }),
      anOffer({ key: 'offer.comeback', kind: 'terms', value: { code: 'LEA50' }, endsAt: from(2 * hour) }),
      anOffer({ key: 'gone', value: null }),
    ])).toEqual({
      'price.390': 390,
      'slots.next': '2027-03-10T15:30Z',
      'slots.next.endsAt': from(hour),
      'offer.comeback': { code: 'LEA50', endsAt: from(2 * hour) },
    }); // prettier-ignore
  });

  test('a place kept, with whole hours left from this instant (§19.8)', () => {
    const endsAt = new Date('2027-03-09T21:00+01:00');
    const kept = { active: true, endsAt, hoursLeft: 10 };
    expect(scope([anOffer({ key: 'offer.390', kind: 'reservation', endsAt, value: null })])).toEqual({
      'offer.390': kept,
      reservation: kept,
    });
  });

  test.each([
    [{ isOnDuty: true, until: from(minute) }, { 'coach.onDutyUntil': from(minute) }],
    [{ isOnDuty: true, until: now }, {}],
    [{ isOnDuty: false, until: from(minute) }, {}],
  ])('a coach on duty: %j', (set, expected) => expect(scope([], { ...offDuty, ...set })).toEqual(expected));
});
