import { describe, expect, test } from 'vitest';
import { useApp } from '../support/app.ts';

const house = useApp({ LINK_HOSTS: 'app.example.org' });
const minute = 60_000;
const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148';
let now = 0;

async function jump(byMs: number): Promise<void> {
  const { status, body } = await house.ask('POST', '/api/sandbox/clock', { byMs });
  expect(status).toBe(200);
  now = Date.parse((body['clock'] as { now: string }).now);
}
const follow = (token: string, agent = phone, method = 'GET') =>
  fetch(`${house.app.url}/l/${token}`, { method, redirect: 'manual', headers: { 'user-agent': agent } });
const pointsOf = async (contactId: string): Promise<number> =>
  (await house.store.contacts.findOne({ _id: contactId }))?.points ?? -1;
const tokensOf = async (rowId: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await house.store.links.find({ rowId }).toArray()).map(({ _id, linkKey }) => [linkKey, _id]),
  );
const clicks = (name = 'Message Clicked') => house.store.events.find({ name }).toArray();
const rowOf = async (contactId: string, stepKey: string) => {
  const row = await house.store.outbox.findOne({ contactId, stepKey });
  if (!row) throw new Error(`no row of ${stepKey}`);
  return row;
};

describe('a tracked link', () => {
  let tokens: Record<string, string> = {};

  test('stands in the mail as it left, and leads where its message says (§19.19)', async () => {
    await house.ask('POST', '/api/sandbox/enter', {
      userId: 'lea', event: 'Subscription Started', properties: { plan: 290, subscriptionId: 's1' },
    }); // prettier-ignore
    await house.app.settle();
    const row = await rowOf('lea', 'j0-email');
    tokens = await tokensOf(row._id);
    expect(Object.keys(tokens)).toEqual(expect.arrayContaining(['camille', 'honeypot']));
    expect(row.body.html).toContain(`/l/${tokens['camille'] ?? ''}`);
    expect(row.body.text).toContain(`/l/${tokens['camille'] ?? ''}`);
    const answer = await follow(tokens['camille'] ?? '');
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toMatch(
      /^https:\/\/app\.example\.org\/camille\?utm_source=mona&utm_medium=email/,
    );
    expect(await clicks()).toEqual([]);
    await house.store.hits.deleteMany({});
  });

  test('never leads to an address in the request; a token that is not ours is a page', async () => {
    const token = tokens['camille'] ?? '';
    const asked = await fetch(`${house.app.url}/l/${token}?url=https://evil.example&r=https://evil.example`, {
      redirect: 'manual',
    });
    expect(asked.headers.get('location')).not.toContain('evil');
    await house.store.hits.deleteMany({});
    for (const wrong of ['aaaaaaaaaa', 'x', `${token}1`]) {
      const answer = await follow(wrong);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toContain('text/html');
    }
    expect(await house.store.hits.countDocuments()).toBe(0);
  });

  test('a scanner gets the same answer and counts for nothing (§19.17)', async () => {
    await jump(10 * minute);
    const before = await pointsOf('lea');
    for (const token of Object.values(tokens)) expect((await follow(token)).status).toBe(302);
    expect((await follow(tokens['camille'] ?? '', phone, 'HEAD')).status).toBe(302);
    await jump(2 * minute);
    const hits = await house.store.hits.find({}).toArray();
    expect(hits.map(({ verdict }) => verdict)).toEqual(hits.map(() => 'machine'));
    expect(hits.every(({ reasons }) => reasons.length > 0)).toBe(true);
    expect([await clicks(), await pointsOf('lea')]).toEqual([[], before]);
  });

  test('then a person: nothing for sixty seconds, then three points, once (§19.17)', async () => {
    const before = await pointsOf('lea');
    await follow(tokens['camille'] ?? '');
    await jump(minute / 2);
    expect(await clicks()).toEqual([]);
    await jump(minute);
    expect(await clicks()).toMatchObject([
      { contactId: 'lea', properties: { linkKey: 'camille', step: 'j0-email' } },
    ]);
    expect(await pointsOf('lea')).toBe(before + 3);
    await follow(tokens['camille'] ?? '');
    await jump(2 * minute);
    expect(await pointsOf('lea')).toBe(before + 3);
  });

  test('a later sign that it was a machine takes the points back (§19.17)', async () => {
    const before = await pointsOf('lea');
    const humans = await house.store.hits.find({ verdict: 'human' }).toArray();
    const { rowId = '', contactId = '' } = humans[0] ?? {};
    await house.store.hits.insertMany(
      humans.map(({ at }, n) => ({
        _id: `late-${String(n)}`, rowId, contactId, linkKey: 'honeypot', kind: 'click', at, ip: null, agent: null,
        verdict: 'unsure', reasons: [], quarantineUntil: new Date(now),
      })),
    ); // prettier-ignore
    await jump(minute);
    expect(await clicks('Message Click Reversed')).not.toEqual([]);
    expect(await pointsOf('lea')).toBe(before - 3);
    const ledger = await house.store.scoreLedger.find({ contactId: 'lea' }).toArray();
    expect(ledger.reduce((sum, { points }) => sum + points, 0)).toBe(await pointsOf('lea'));
  });
});

describe('an opening', () => {
  const consent = (action: 'granted' | 'withdrawn', at: Date) => ({
    _id: `opens-${action}`, contactId: 'karim', channel: 'email' as const, purpose: 'open_tracking' as const, action, at, order: 1,
    source: 'page' as const, evidence: {}, actor: 'karim',
  }); // prettier-ignore
  const see = () => fetch(`${house.app.url}/o/opentoken1.gif`, { headers: { 'user-agent': phone } });

  test('is kept only while they agree, also of a mail from before', async () => {
    await house.store.links.insertOne({
      _id: 'opentoken1', rowId: 'row-of-karim', contactId: 'karim', linkKey: 'open', url: 'http://localhost', expiresAt: new Date(now + 9e9),
    }); // prettier-ignore
    const seen = async (): Promise<number> => {
      const answer = await see();
      expect(answer.headers.get('content-type')).toBe('image/gif');
      return house.store.hits.countDocuments({ kind: 'open' });
    };
    expect(await seen()).toBe(0);
    await house.store.consents.insertOne(consent('granted', new Date(now - 2000)));
    expect(await seen()).toBe(1);
    await house.store.consents.insertOne(consent('withdrawn', new Date(now - 1000)));
    expect(await seen()).toBe(1);
    expect((await follow('opentoken1')).status).toBe(404);
  });
});
