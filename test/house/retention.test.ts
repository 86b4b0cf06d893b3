import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { age, countAging } from '../../src/pipeline/age.ts';
import { forgetSilent } from '../../src/pipeline/forget.ts';
import { readAudit } from '../../src/reports/audit.ts';
import { readComplianceMonth, writeComplianceMonth } from '../../src/reports/compliance-month.ts';
import { writeRegister, type RegisterWords } from '../../src/reports/register.ts';
import { personalData } from '../../src/store/personal-data.ts';
import { createBuilders, monday, someConsent } from '../support/build.ts';
import { toDoc } from '../../src/store/collection.ts';
import { TestClock } from '../support/clock.ts';
import { useStore } from '../support/mongo.ts';

const database = useStore();
const build = () => createBuilders(database.store);
const soon = () => performance.now() + 30_000;
const wordsIn = (locale: string) =>
  parse(
    readFileSync(resolve(import.meta.dirname, `../../locales/${locale}/register.yaml`), 'utf8'),
  ) as RegisterWords & { report: Parameters<typeof writeComplianceMonth>[1] };

describe('what is kept long enough', () => {
  test('the dry run counts it and writes nothing; the round does what was counted', async () => {
    const { store } = database;
    const clock = new TestClock('2027-06-01T03:30:00Z');
    const item = await build().anItem('contact-old', 1, { text: 'il y a longtemps' });
    await build().aRow('contact-old', { id: 'row-old', createdAt: monday });
    await store.hits.insertOne({
      _id: 'hit-old',
      rowId: 'row-old',
      contactId: 'contact-old',
      linkKey: 'x',
      kind: 'click',
      at: monday,
      ip: '203.0.113.7',
      agent: null,
      verdict: 'human',
      reasons: [],
    });
    await store.promises.insertOne({
      _id: 'promise-old',
      contactId: 'contact-old',
      coachId: 'nina',
      text: 'rappeler',
      dueAt: monday,
    });

    const counted = await countAging({ store, clock });
    expect(
      counted.filter(({ count }) => count > 0).map(({ collection, count }) => [collection, count]),
    ).toEqual([
      ['items', 1],
      ['outbox', 1],
      ['hits', 1],
      ['promises', 1],
    ]);
    expect((await store.items.findOne({ _id: item.id }))?.text).toBe('il y a longtemps');

    expect(await age({ store, clock }, soon())).toMatchObject({ bodies: 2, addresses: 1, promises: 1 });
    expect((await countAging({ store, clock })).every(({ count }) => count === 0)).toBe(true);
  });

  test('each limit is found by an index, not by reading everything', async () => {
    const { store } = database;
    for (const { collection, due } of (await countAging({ store, clock: new TestClock() })).filter(
      ({ collection: name }) => !['promises', 'gdprTasks'].includes(name),
    )) {
      const plan = await store.connection
        .collection(collection)
        .find(due(monday, new Date(0)))
        .explain('queryPlanner');
      expect([collection, JSON.stringify(plan)]).toEqual([collection, expect.stringContaining('IXSCAN')]);
    }
  });

  test('three years of silence: one question, thirty days, then erasure; a word in time, and they stay', async () => {
    const { store } = database;
    const clock = new TestClock('2026-03-02T03:30:00Z');
    const long = new Date('2022-01-01T10:00:00Z');
    const silent = await build().aContact({ lastHumanAt: long, reach: { sms: '+33639985101' } });
    const back = await build().aContact({ lastHumanAt: long, reach: { sms: '+33639985102' } });
    const client = await build().aContact({ lastHumanAt: long, plan: 290, reach: { sms: '+33639985103' } });
    const heard: string[] = [];
    const deps = {
      store,
      clock,
      log: silentLog,
      redact: () => Promise.resolve(),
      arrive: ({ contactId }: { readonly contactId: string | null }) => {
        heard.push(contactId ?? '');
        return Promise.resolve();
      },
    };
    expect(await forgetSilent(deps, true)).toEqual({ asked: 2, stayed: 0, forgotten: 0 });
    expect(heard).toEqual([]);
    expect(await forgetSilent(deps)).toEqual({ asked: 2, stayed: 0, forgotten: 0 });
    expect(heard.sort()).toEqual([silent.contact.id, back.contact.id].sort());
    expect(await forgetSilent(deps)).toEqual({ asked: 0, stayed: 0, forgotten: 0 });

    clock.advance('2026-03-20T10:00:00Z');
    await store.contacts.updateOne({ _id: back.contact.id }, { $set: { lastHumanAt: clock.now() } });
    expect(await forgetSilent(deps)).toEqual({ asked: 0, stayed: 1, forgotten: 0 });
    clock.advance('2026-04-02T03:30:00Z');
    expect(await forgetSilent(deps)).toEqual({ asked: 0, stayed: 0, forgotten: 1 });
    expect(await store.contacts.findOne({ _id: silent.contact.id })).toMatchObject({
      firstName: null,
      erasedAt: clock.now(),
    });
    for (const { contact } of [back, client])
      expect(await store.contacts.findOne({ _id: contact.id })).toMatchObject({ firstName: 'Léa' });
  });
});

describe('the register', () => {
  test.each(['fr', 'en'])(
    'in %s, it has a line for each collection that holds something on people',
    (locale) => {
      const text = writeRegister(wordsIn(locale));
      for (const [name, data] of Object.entries(personalData))
        expect([name, text.includes(`(\`${name}\`)`)]).toEqual([name, data !== null]);
    },
  );
});

describe('what was done, and what was refused', () => {
  test('the trail of a contact: who saw, each consent, each refused send with its rule, and nobody else', async () => {
    const { store } = database;
    const { contact } = await build().aContact({ consent: ['sms'] });
    await store.audit.insertMany([
      { _id: 'a1', who: 'nina', did: 'saw', contactId: contact.id, at: monday },
      { _id: 'a2', who: 'sam', did: 'saw', contactId: 'another', at: monday },
    ]);
    await build().aRow(contact.id, {
      id: 'refused-row',
      class: 'marketing',
      status: 'blocked',
      reason: 'no_consent',
      history: [{ at: monday, status: 'blocked', reason: 'no_consent' }],
    });
    await store.decisions.insertOne({
      _id: 'd1',
      contactId: contact.id,
      rowId: 'refused-row',
      runId: null,
      stepKey: null,
      at: monday,
      asked: 'd',
      rule: 'consent',
      verdict: 'never',
      until: null,
      reason: 'no_consent',
      facts: {},
    });
    const trail = await readAudit(store, contact.id, { since: new Date(0), most: 100 });
    expect(trail.map(({ who, did }) => `${who} ${did}`).sort()).toEqual([
      'bot message_blocked',
      'contact consent_granted',
      'guard refused',
      'nina saw',
    ]);
    expect(trail.find(({ did }) => did === 'refused')?.detail).toMatchObject({
      rule: 'consent',
      reason: 'no_consent',
    });
  });

  test('the month counts what left, what was refused, and what left after a stop', async () => {
    const { store } = database;
    const at = new Date('2027-02-10T10:00:00Z');
    const later = new Date('2027-02-10T11:00:00Z');
    await store.consents.insertOne({
      ...toDoc(someConsent('stopped', { action: 'withdrawn', at, source: 'keyword' })),
      order: 0,
    });
    const sent = { class: 'marketing', status: 'sent', createdAt: at } as const;
    await build().aRow('stopped', { ...sent, id: 'before', claimedAt: new Date('2027-02-10T09:00:00Z') });
    expect((await readComplianceMonth(store, '2027-02', later)).checks).toEqual({
      afterStop: 0,
      unexplained: 0,
    });

    await build().aRow('stopped', { ...sent, id: 'after', claimedAt: later });
    await build().aRow('stopped', { id: 'mute', status: 'blocked', reason: null, createdAt: at });
    const month = await readComplianceMonth(store, '2027-02', later);
    expect(month).toMatchObject({
      sent: [{ key: 'marketing · sms', count: 2 }],
      consents: [{ key: 'sms · marketing · withdrawn · keyword', count: 1 }],
      checks: { afterStop: 1, unexplained: 1 },
    });
    expect(writeComplianceMonth(month, wordsIn('fr').report)).toContain(
      'Envois commerciaux partis après un retrait: 1',
    );
  });
});
