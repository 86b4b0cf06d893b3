import { describe, expect, test } from 'vitest';
import { importOffers } from '../../src/pipeline/import-offers.ts';
import { stateOffer } from '../../src/pipeline/state-offer.ts';
import { noteQuoted } from '../../src/store/quoted.ts';
import { monday } from '../support/build.ts';
import { TestClock } from '../support/clock.ts';
import { useStore } from '../support/mongo.ts';

const db = useStore();
const clock = new TestClock(monday);
const deps = () => ({ store: db.store, clock });
const hours = (count: number): string => new Date(monday.getTime() + count * 3_600_000).toISOString();

async function* chunks(text: string): AsyncGenerator<string> {
  // As a disk gives it: a row may be cut anywhere.
  for (let at = 0; at < text.length; at += 7) yield await Promise.resolve(text.slice(at, at + 7));
}

async function read(lines: readonly string[], isDry = false) {
  const refused: string[] = [];
  const counts = await importOffers(deps(), {
    text: chunks(`${lines.join('\n')}\n`),
    who: 'faits.csv',
    isDry,
    onRefused: (line, reason, key) => refused.push(`${String(line)} ${reason} ${key}`.trim()),
  });
  return { counts, refused };
}

describe('facts from a file', () => {
  const file = [
    'key;kind;value;value.seatsLeft;value.sampleSize;value.query;asOf;maxAge;endsAt',
    'price.290;price;290;;;;;;',
    `offer.290;seats;;4;;;;24h;${hours(48)}`,
    'price.290;price;291;;;;;;',
    'stat.speed;stat;;;12;clients 2026;;;',
    'stat.roi;stat;;;64;;;;',
    'testimonial.zoe;testimonial;"{""name"":""Zoé""}";;;;;;',
    'promise.last;promise;1;;;;;;',
    'weather;price;1;;;;;;',
    `terms.refundDays;terms;30;;;;${hours(2)};;`,
    'terms.hoursPerMonth;terms;2;;;;;40d;',
    'villa.capacity;count;many;;;;;;',
    `slots;slots;"{""remaining"":2}";;;;;;${hours(-1)}`,
  ];
  const refusals = [
    '4 twice_in_file price.290',
    '5 sample_too_small stat.speed',
    '6 stat_without_query stat.roi',
    '7 testimonial_without_consent testimonial.zoe',
    '8 unknown_key promise.last',
    '9 unknown_key weather',
    '10 as_of_in_future terms.refundDays',
    '11 max_age_too_long terms.hoursPerMonth',
    '12 value_not_a_number villa.capacity',
    '13 already_ended slots',
  ];

  test('a dry run says the same and writes nothing', async () => {
    expect(await read(file, true)).toEqual({
      counts: { rows: 12, added: 2, changed: 0, confirmed: 0, refused: 10 },
      refused: refusals,
    });
    expect(await db.store.offers.countDocuments()).toBe(0);
  });

  test('the good rows are kept, each bad one is told by its line', async () => {
    expect((await read(file)).refused).toEqual(refusals);
    expect(await db.store.offers.findOne({ key: 'offer.290' })).toMatchObject({
      kind: 'seats',
      value: { seatsLeft: 4 },
      maxAgeMs: 86_400_000,
      contactId: null,
      evidence: { who: 'faits.csv' },
    });
  });

  test('the same file again only confirms', async () => {
    expect((await read(file)).counts).toMatchObject({ added: 0, changed: 0, confirmed: 2 });
    expect(await db.store.offerChanges.countDocuments()).toBe(2);
  });

  test('a first line that names no column is refused whole', async () => {
    await expect(read(['prix;390'])).rejects.toMatchObject({ data: { code: 'bad_columns' } });
  });
});

describe('a fact that changes', () => {
  test('leaves what it was, and who said so', async () => {
    clock.advance(60_000);
    await stateOffer(deps(), { key: 'price.290', kind: 'price', value: 299 }, 'nina');
    expect(await db.store.offerChanges.findOne({ key: 'price.290', who: 'nina' })).toMatchObject({
      before: { value: 290 },
      after: { value: 299 },
    });
  });

  test('gives way to nothing older', async () => {
    const late = { key: 'price.290', kind: 'price', value: 1, asOf: monday.toISOString() };
    expect(await stateOffer(deps(), late, 'event:e1')).toEqual({
      state: 'refused',
      reason: 'older_than_known',
    });
  });

  test('keeps an end that a message has said, until it is over', async () => {
    const words = {
      flow: 'upsell',
      version: 1,
      key: 'j7-email',
      locale: 'fr',
      register: 'tu',
      fields: {},
      claims: ['offer.290.endsAt'],
    } as const;
    await noteQuoted(db.store, { contactId: 'c1', words }, clock.now());
    clock.advance(60_000);
    const more = { key: 'offer.290', kind: 'seats', value: { seatsLeft: 3 }, maxAge: '24h' };
    expect(await stateOffer(deps(), { ...more, endsAt: hours(72) }, 'nina')).toEqual({
      state: 'refused',
      reason: 'deadline_quoted',
    });
    expect(await stateOffer(deps(), { ...more, endsAt: hours(48) }, 'nina')).toMatchObject({
      state: 'changed',
    });
    clock.advance(72 * 3_600_000);
    expect(await stateOffer(deps(), { ...more, endsAt: hours(200) }, 'nina')).toMatchObject({
      state: 'changed',
    });
    expect(await db.store.offers.findOne({ key: 'offer.290' })).toMatchObject({ quotedAt: null });
  });
});
