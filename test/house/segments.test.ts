import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Contact } from '../../src/core/contact.ts';
import { evaluate, isMember, type PastEvent, type SegmentFacts } from '../../src/core/segment/evaluate.ts';
import { segmentPipeline } from '../../src/core/segment/query.ts';
import { ruleShape, type Rule } from '../../src/core/segment/rule.ts';
import { toDoc } from '../../src/store/collection.ts';
import { lastSaid, type ConsentDoc } from '../../src/store/consents.ts';
import { someContact, someConsent, monday } from '../support/build.ts';
import { useStore } from '../support/mongo.ts';

const house = useStore();
const hour = 3_600_000;
const day = 24 * hour;
const now = new Date(monday.getTime() + 40 * day);
const offers = { 'price.390': 390, villa: { seatsLeft: 3, openDays: 9 } };

const someDate = fc.integer({ min: -2 * hour, max: 60 * day }).map((ago) => new Date(now.getTime() - ago));
/** Values that look alike and are not: texts of numbers, accents in two spellings, an empty list, null beside nothing. */
const odd = fc.constantFrom<unknown>(
  'pop', 'Pop', 'electro', '\u00e9lectro', 'e\u0301lectro', '290', 290, 0, -1.5, 70, true, false, null, undefined, '',
  [], ['pop', 'rap'], [290, '290'], [null], [['pop']], { name: 'pop' }, '$plan', '\u{1F3B5}', '\uFF5E',
); // prettier-ignore
const value = fc.oneof({ weight: 5, arbitrary: odd }, { weight: 1, arbitrary: someDate });

const person = fc.record({
  plan: fc.constantFrom(null, 290, 390, 490),
  country: fc.constantFrom('FR', 'RE', 'GB'),
  lastHumanAt: fc.option(someDate),
  planSince: fc.option(someDate),
  points: fc.integer({ min: 0, max: 60 }),
  tags: fc.subarray(['vip', 'press', 'pop']),
  segments: fc.subarray(['spark_eligible', 'dormant']),
  mona: fc.option(fc.record({ score: fc.integer({ min: 0, max: 120 }), at: someDate })),
  heat: fc.option(fc.record({ h: fc.double({ min: 0.01, max: 90, noNaN: true }), at: someDate })),
  erasedAt: fc.oneof({ weight: 12, arbitrary: fc.constant(null) }, someDate),
  traits: fc.record(
    {
      genre: value,
      city: value,
      venues: fc.array(fc.record({ name: value }, { requiredKeys: [] }), { maxLength: 3 }),
    },
    { requiredKeys: [] },
  ),
  events: fc.array(
    fc.record({
      name: fc.constantFrom('App Logged In', 'Recommended Action Done', 'Upsell Declined'),
      occurredAt: someDate,
      properties: fc.record({ kind: value }, { requiredKeys: [] }),
    }),
    { maxLength: 6 },
  ),
  consents: fc.array(
    fc.record({
      channel: fc.constantFrom('sms' as const, 'email' as const),
      action: fc.constantFrom('granted' as const, 'withdrawn' as const, 'objected' as const),
      at: someDate,
    }),
    { maxLength: 4 },
  ),
});

const scalar = fc.constantFrom<unknown>(
  'pop',
  '\u00e9lectro',
  '290',
  290,
  0,
  70,
  true,
  null,
  '',
  '$plan',
  '\uFF5E',
);
const ordered = fc.constantFrom<unknown>('pop', 'Pop', '\u{1F3B5}', '\uFF5E', '', 290, 0, -2, 70.5);
const length = fc.constantFrom('12h', '7d', '30d', '3w', '1y');
const asked = fc.oneof(
  fc.record({ op: fc.constantFrom('eq', 'ne'), value: scalar }),
  fc.record({ op: fc.constantFrom('in', 'nin'), value: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  fc.record({ op: fc.constantFrom('gt', 'gte', 'lt', 'lte'), value: ordered }),
  fc.record({ op: fc.constant('exists'), value: fc.boolean() }),
  fc.record({ op: fc.constantFrom('within', 'olderThan'), value: length }),
);
const counting = fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte');
const path = fc.constantFrom(
  'plan', 'country', 'lastHumanAt', 'planSince', 'tags', 'mona.score', 'traits.genre', 'traits.city', 'traits.venues',
  'traits.venues.name', 'traits.genre.name', 'traits.nothing.there', 'offers.price.390', 'offers.villa.seatsLeft', 'offers.none',
); // prettier-ignore
const dated = fc.record({
  path: fc.constantFrom('lastHumanAt', 'planSince', 'mona.at'),
  op: fc.constantFrom('within', 'olderThan'),
  value: length,
});
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: dated.map((attr) => ({ attr })) },
  { weight: 5, arbitrary: fc.tuple(path, asked).map(([at, one]) => ({ attr: { path: at, ...one } })) },
  {
    weight: 4,
    arbitrary: fc
      .record({
        name: fc.constantFrom('App Logged In', 'Recommended Action Done', 'Upsell Declined'),
        op: counting,
        n: fc.integer({ min: 0, max: 3 }),
        within: fc.option(length, { nil: undefined, freq: 4 }),
        where: fc.option(
          fc.oneof(
            asked.map((one) => ({ kind: one })),
            scalar.map((one) => ({ kind: one })),
          ),
          { nil: undefined },
        ),
      })
      .map((event) => ({ event: JSON.parse(JSON.stringify(event)) as unknown })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        of: fc.constantFrom('mona', 'points', 'heat'),
        op: fc.constantFrom('gt', 'gte', 'lt', 'lte'),
        value: fc.integer({ min: 0, max: 80 }),
      })
      .map((score) => ({ score })),
  },
  fc
    .record({ op: fc.constantFrom('eq', 'ne'), value: fc.constantFrom('hot', 'warm', 'cool', 'cold') })
    .map((one) => ({ score: { of: 'tier', ...one } })),
  fc
    .record({
      channel: fc.constantFrom('sms', 'email'),
      is: fc.constantFrom('granted', 'withdrawn', 'objected', 'none'),
    })
    .map((consent) => ({ consent })),
  fc.constantFrom({ inSegment: 'spark_eligible' }, { inSegment: 'dormant' }, { inSegment: 'nobody' }),
  fc.constantFrom(
    { bucket: { seed: 'exp-1', from: 0, to: 0.5 } },
    { bucket: { seed: 'été', from: 0.2, to: 0.7 } },
  ),
);
const { rule: anyRule } = fc.letrec<{ rule: unknown }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    tie('rule').map((not) => ({ not })),
  ),
}));

interface Kept extends SegmentFacts {
  readonly contact: Contact;
}

let made = 0;
async function keep(
  people: readonly (typeof person extends fc.Arbitrary<infer P> ? P : never)[],
): Promise<Kept[]> {
  const all = people.map(({ events, consents, ...parts }) => {
    const contact = someContact({ ...parts, id: `segment-${String((made += 1))}` });
    const records = consents.map((one, order): ConsentDoc => ({
      ...toDoc(someConsent(contact.id, one)),
      order,
    }));
    const past = events.map((one): PastEvent & { _id: string; contactId: string } => ({
      ...one,
      _id: `${contact.id}-${String((made += 1))}`,
      contactId: contact.id,
    }));
    return { contact, records, past };
  });
  await house.store.contacts.insertMany(all.map(({ contact }) => toDoc(contact)));
  const events = all.flatMap(({ past }) => past);
  const records = all.flatMap((one) => one.records);
  if (events.length > 0) await house.store.events.insertMany(events);
  if (records.length > 0) await house.store.consents.insertMany(records);
  return all.map(({ contact, records: said, past }) => ({
    contact,
    consents: lastSaid(said),
    events: past,
    offers,
  }));
}

async function inDatabase(rule: Rule, at: Date): Promise<string[]> {
  const found = await house.store.contacts
    .aggregate<{ _id: string }>([
      ...segmentPipeline(rule, { now: at, offers }),
      { $project: { _id: 1 } },
    ] as object[])
    .toArray();
  return found.map(({ _id }) => _id).sort();
}

describe('a segment', () => {
  test('has the same members in memory and in the database: 10,000 pairs, and each says when it changes (§19.16)', async () => {
    const people = await keep(fc.sample(person, { seed: 11, numRuns: 80 }));
    let flips = 0;
    let members = 0;
    await fc.assert(
      fc.asyncProperty(anyRule, async (written) => {
        const rule = ruleShape.parse(written);
        const expected = people
          .filter((facts) => isMember(rule, facts, now))
          .map(({ contact }) => contact.id);
        expect(await inDatabase(rule, now)).toEqual(expected.sort());
        members += expected.length;
        const flipping = people.flatMap((facts) => {
          const { isIn, recheckAt } = evaluate(rule, facts, now);
          if (!recheckAt) return [];
          expect(isMember(rule, facts, recheckAt)).toBe(!isIn);
          expect(isMember(rule, facts, new Date(recheckAt.getTime() - 1))).toBe(isIn);
          return [{ facts, recheckAt, isIn }];
        });
        flips += flipping.length;
        const [one] = flipping;
        if (!one) return;
        const then = await inDatabase(rule, one.recheckAt);
        expect(then.includes(one.facts.contact.id)).toBe(!one.isIn);
      }),
      { numRuns: 260, seed: 5 },
    );
    expect([flips > 1_000, members > 3_000]).toEqual([true, true]);
  });

  test('counts by the index of the events of each contact', async () => {
    const rule = ruleShape.parse({ event: { name: 'App Logged In', op: 'lt', n: 1, within: '7d' } });
    const plan = JSON.stringify(
      await house.store.contacts
        .aggregate(segmentPipeline(rule, { now, offers }) as object[])
        .explain('executionStats'),
    );
    expect(plan).toContain('contactId_1_name_1_occurredAt_1');
  });
});
