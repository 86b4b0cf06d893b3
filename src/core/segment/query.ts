import { tierFloors, tiers, type Tier } from '../scoring.ts';
import { offerValue, passes, type SegmentFacts } from './evaluate.ts';
import type { Counting, Rule, Test } from './rule.ts';

/** A stage or an expression of an aggregation, as plain data. */
export type Expression = Readonly<Record<string, unknown>>;

export interface QueryOptions {
  readonly now: Date;
  readonly offers: SegmentFacts['offers'];
}

interface Building extends QueryOptions {
  readonly lookups: Expression[];
}

/**
 * Stages that leave, of `contacts`, those who are in: the same answer as evaluate.ts. What a rule asks beside the
 * contact (events, consents) is looked up by its index, once a part that asks it.
 */
export function segmentPipeline(rule: Rule, options: QueryOptions): readonly Expression[] {
  const building: Building = { ...options, lookups: [] };
  const is = expressionOf(rule, building);
  const sure = sureMatch(rule);
  return [
    { $match: { erasedAt: null, ...sure } },
    ...building.lookups,
    { $match: { $expr: is } },
    ...(building.lookups.length > 0 ? [{ $unset: building.lookups.map((_, n) => looked(n)) }] : []),
  ];
}

const looked = (n: number): string => `looked${String(n)}`;

/** What every member has, in words an index of `contacts` understands. */
function sureMatch(rule: Rule): Expression {
  const parts = 'all' in rule ? rule.all : [rule];
  const plain = parts.flatMap((part) =>
    'attr' in part && part.attr.path === 'plan' && part.attr.test.op === 'eq' && part.attr.test.value !== null
      ? [['plan', part.attr.test.value] as const]
      : [],
  );
  return Object.fromEntries(plain.slice(0, 1));
}

function expressionOf(rule: Rule, building: Building): Expression {
  if ('all' in rule) return { $and: rule.all.map((one) => expressionOf(one, building)) };
  if ('any' in rule) return { $or: rule.any.map((one) => expressionOf(one, building)) };
  if ('not' in rule) return { $not: [expressionOf(rule.not, building)] };
  if ('attr' in rule) return attrExpression(rule.attr, building);
  if ('event' in rule) return eventExpression(rule.event, building);
  if ('score' in rule) return scoreExpression(rule.score, building.now);
  if ('consent' in rule) return consentExpression(rule.consent, building);
  if ('inSegment' in rule) return { $in: [{ $literal: rule.inSegment }, { $ifNull: ['$segments', []] }] };
  return bucketExpression(rule.bucket);
}

type Of<K extends string> = Rule extends infer R ? (R extends Record<K, infer V> ? V : never) : never;

function attrExpression({ path, test }: Of<'attr'>, { now, offers }: Building): Expression {
  // An offer is the same for everyone: it is answered here.
  if (path.startsWith('offers.')) return { $literal: passes(test, offerValue(offers, path), now) };
  return testExpression(test, `$${path === 'id' ? '_id' : path}`, now);
}

function testExpression(test: Test, field: string, now: Date): Expression {
  if (test.op === 'exists') {
    const isThere = { $ne: [{ $ifNull: [field, null] }, null] };
    return test.value ? isThere : { $not: [isThere] };
  }
  if (test.op === 'ne') return { $not: [testExpression({ op: 'eq', value: test.value }, field, now)] };
  if (test.op === 'nin') return { $not: [testExpression({ op: 'in', value: test.value }, field, now)] };
  return {
    $let: {
      vars: { value: { $ifNull: [field, null] } },
      in: {
        $cond: [
          { $isArray: '$$value' },
          { $anyElementTrue: [{ $map: { input: '$$value', as: 'one', in: single(test, '$$one', now) } }] },
          single(test, '$$value', now),
        ],
      },
    },
  };
}

const equal = (value: string, wanted: unknown): Expression => ({
  $eq: [{ $ifNull: [value, null] }, { $literal: wanted }],
});

const isDate = (value: string): Expression => ({ $eq: [{ $type: value }, 'date'] });

function single(test: Exclude<Test, { op: 'exists' | 'ne' | 'nin' }>, value: string, now: Date): Expression {
  switch (test.op) {
    case 'eq':
      return equal(value, test.value);
    case 'in':
      return { $or: test.value.map((wanted) => equal(value, wanted)) };
    case 'within':
      return { $and: [isDate(value), { $gt: [value, before(now, test.value)] }] };
    case 'olderThan':
      return { $and: [isDate(value), { $lte: [value, before(now, test.value)] }] };
    default:
      return {
        $and: [
          typeof test.value === 'number' ? { $isNumber: value } : { $eq: [{ $type: value }, 'string'] },
          { [`$${test.op}`]: [value, { $literal: test.value }] },
        ],
      };
  }
}

const before = (now: Date, ms: number): Date => new Date(now.getTime() - ms);

const counts = (op: Counting, left: unknown, right: unknown): Expression => ({ [`$${op}`]: [left, right] });

function eventExpression(event: Of<'event'>, building: Building): Expression {
  const { now } = building;
  const since = event.withinMs === null ? {} : { $gt: before(now, event.withinMs) };
  const where = Object.entries(event.where).map(([path, test]) =>
    testExpression(test, `$properties.${path}`, now),
  );
  const as = look(building, 'events', [
    { $match: { name: event.name, occurredAt: { ...since, $lte: now } } },
    ...(where.length > 0 ? [{ $match: { $expr: { $and: where } } }] : []),
    { $count: 'n' },
  ]);
  return counts(event.op, { $ifNull: [{ $first: `$${as}.n` }, 0] }, event.n);
}

function look({ lookups }: Building, from: string, pipeline: readonly Expression[]): string {
  const as = looked(lookups.length);
  lookups.push({ $lookup: { from, localField: '_id', foreignField: 'contactId', pipeline, as } });
  return as;
}

function consentExpression({ channel, purpose, is }: Of<'consent'>, building: Building): Expression {
  const as = look(building, 'consents', [
    { $match: { channel, purpose } },
    { $sort: { at: -1, order: -1 } },
    { $limit: 1 },
    { $project: { action: 1 } },
  ]);
  return { $eq: [{ $ifNull: [{ $first: `$${as}.action` }, 'none'] }, is] };
}

const halfLifeMs = 14 * 86_400_000;

const heatNow = (now: Date): Expression => ({
  $cond: [
    { $not: [{ $ifNull: ['$heat', false] }] },
    0,
    {
      $multiply: ['$heat.h', { $pow: [2, { $divide: [{ $subtract: ['$heat.at', now] }, halfLifeMs] }] }],
    },
  ],
});

function scoreExpression(score: Of<'score'>, now: Date): Expression {
  if (score.of === 'tier') {
    const { from, to } = tierBounds(score.value);
    const isTier = {
      $let: {
        vars: { heat: heatNow(now) },
        in: { $and: [{ $gte: ['$$heat', from] }, ...(to === null ? [] : [{ $lt: ['$$heat', to] }])] },
      },
    };
    return score.op === 'eq' ? isTier : { $not: [isTier] };
  }
  if (score.of === 'heat') return counts(score.op, heatNow(now), score.value);
  if (score.of === 'points') return counts(score.op, { $ifNull: ['$points', 0] }, score.value);
  return { $and: [{ $isNumber: '$mona.score' }, counts(score.op, '$mona.score', score.value)] };
}

function tierBounds(tier: Tier): { readonly from: number; readonly to: number | null } {
  const floor = (one: Tier | undefined): number =>
    one === undefined || one === 'cold' ? 0 : tierFloors[one];
  const warmer = tiers[tiers.indexOf(tier) - 1];
  return { from: floor(tier), to: warmer === undefined ? null : floor(warmer) };
}

/** SHA-256 of `seed|id`, which the server has no word for: its first 52 bits as a share of 1 (experiment.ts). */
const shareSource = `function (text) {
  var utf8 = unescape(encodeURIComponent(text)), words = [], length = utf8.length, i, j, n;
  var primes = [], h = [], k = [];
  for (n = 2; primes.length < 64; n++) {
    var isPrime = true;
    for (j = 0; j < primes.length; j++) if (n % primes[j] === 0) { isPrime = false; break; }
    if (!isPrime) continue;
    primes.push(n);
    if (h.length < 8) h.push(((Math.pow(n, 1 / 2) % 1) * 4294967296) | 0);
    k.push(((Math.pow(n, 1 / 3) % 1) * 4294967296) | 0);
  }
  utf8 += String.fromCharCode(128);
  while (utf8.length % 64 !== 56) utf8 += String.fromCharCode(0);
  for (i = 0; i < utf8.length; i++) words[i >> 2] |= utf8.charCodeAt(i) << (24 - (i % 4) * 8);
  words.push(Math.floor((length * 8) / 4294967296) | 0, (length * 8) | 0);
  function turn(x, by) { return (x >>> by) | (x << (32 - by)); }
  for (j = 0; j < words.length; j += 16) {
    var w = words.slice(j, j + 16), s = h.slice();
    for (i = 0; i < 64; i++) {
      if (i >= 16) {
        var a = w[i - 15], b = w[i - 2];
        w[i] = (w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10))) | 0;
      }
      var e = s[4], c = s[0];
      var t1 = (s[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + k[i] + (w[i] | 0)) | 0;
      var t2 = ((turn(c, 2) ^ turn(c, 13) ^ turn(c, 22)) + ((c & s[1]) ^ (c & s[2]) ^ (s[1] & s[2]))) | 0;
      s = [(t1 + t2) | 0, c, s[1], s[2], (s[3] + t1) | 0, e, s[5], s[6]];
    }
    for (i = 0; i < 8; i++) h[i] = (h[i] + s[i]) | 0;
  }
  return ((h[0] >>> 0) * 1048576 + (h[1] >>> 12)) / 4503599627370496;
}`;

function bucketExpression({ seed, from, to }: Of<'bucket'>): Expression {
  const share = {
    $function: { body: shareSource, args: [{ $concat: [{ $literal: `${seed}|` }, '$_id'] }], lang: 'js' },
  };
  return {
    $let: {
      vars: { share },
      in: { $and: [{ $gte: ['$$share', from] }, { $lt: ['$$share', to] }] },
    },
  };
}
