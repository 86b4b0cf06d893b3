import { describe, expect, test } from 'vitest';
import { wallTime } from '../../src/core/calendar.ts';
import { parseDuration } from '../../src/core/flow/time.ts';
import type { FaultPlan } from '../../src/sandbox/carrier/faults.ts';
import { useApp, type TestApp } from '../support/app.ts';
import { readStories, spokenIn, type Story, type StoryCue } from '../stories/story.ts';

/*
 * Some of the chats of test/stories on the product as it runs: a real database, the sandbox's carrier over HTTP, and that
 * carrier misbehaving. Whoever reads the phone sees the same chat (conversation.md §7).
 */

const faults: Readonly<Record<string, FaultPlan['rates']>> = {
  'every text and receipt comes twice': { 'duplicate-inbound': 1, 'duplicate-status': 1 },
  'receipts overtake the answer, or never come': { 'status-before-answer': 0.5, 'no-status': 0.5 },
  'the carrier has no room half the time': { '429': 0.5 },
};

const told = [
  'HELP at J1, a coach, the month goes on',
  'yes at J1 thanks, and says once that it is automatic',
  'STOP is confirmed once, and what it covers stays silent',
];
const stories = readStories('test/stories').filter(({ story }) => told.includes(story.what ?? ''));

const cell = { locale: 'fr', channel: 'sms' } as const;
const phone = '+33639980001';
const zone = 'Europe/Paris';
const dayMs = 86_400_000;
/** Shorter than any promise of a story, together. */
const momentMs = 8_000;

/** The next Monday, 18:04: the coaches are there, and at J1 too. */
function mondayEvening(): Date {
  for (let ahead = 1; ; ahead += 1) {
    const day = new Date(Date.now() + ahead * dayMs);
    if (day.getUTCDay() === 1) return wallTime(day.toISOString().slice(0, 10), '18:04', zone);
  }
}

interface Telling {
  readonly house: TestApp;
  readonly j0: Date;
}

const nowOf = ({ house }: Telling): Promise<Date> =>
  house.ask('GET', '/api/sandbox/state').then(({ body }) => new Date((body['clock'] as { now: string }).now));

async function goTo({ house }: Telling, to: Date): Promise<void> {
  await house.ask('POST', '/api/sandbox/clock', { to: to.toISOString() });
  await house.app.settle();
}

async function begin(house: TestApp, rates: FaultPlan['rates']): Promise<Telling> {
  const telling = { house, j0: mondayEvening() };
  await house.store.addresses.deleteOne({ _id: `whatsapp:${phone}` });
  await goTo(telling, telling.j0);
  await house.ask('POST', '/api/sandbox/faults', { seed: 7, rates });
  return telling;
}

/** Nina's window is open. */
const bePresent = async (telling: Telling): Promise<unknown> =>
  telling.house.store.coaches.updateOne(
    { _id: 'nina' },
    { $set: { status: 'available', beatAt: await nowOf(telling) } },
  );

const cueOf = (cue: StoryCue): Readonly<Record<string, unknown>> => (typeof cue === 'string' ? {} : cue);

async function play(telling: Telling, cue: StoryCue): Promise<void> {
  const { house, j0 } = telling;
  const { event, me, at, wait, ...rest } = cueOf(cue);
  const act = rest['coach nina'];
  if (Array.isArray(event)) {
    const [name, properties = {}] = event as [string, object?];
    await house.ask('POST', '/api/sandbox/enter', { userId: 'lea', event: name, properties });
  } else if (me !== undefined) {
    await bePresent(telling);
    const text = spokenIn(cell, me as string);
    await house.ask('POST', `/api/sandbox/phones/sms/${encodeURIComponent(phone)}/messages`, { text });
  } else if (typeof at === 'string') {
    const [, days = '0', time = '12:00'] = /^J(\d+)(?: (\d\d:\d\d))?$/u.exec(at) ?? [];
    const date = new Date(j0.getTime() + Number(days) * dayMs).toISOString().slice(0, 10);
    await goTo(telling, new Date(wallTime(date, time, zone).getTime() + 60_000));
  } else if (typeof wait === 'string') {
    await goTo(telling, new Date((await nowOf(telling)).getTime() + (parseDuration(wait) ?? 0)));
  } else if (typeof act === 'string') {
    const { rev = 0 } = (await house.store.threads.findOne({ _id: 'lea' }))?.own ?? {};
    const verb = act === 'takes' ? 'claim' : 'resolve';
    await house.ask('POST', `/api/threads/lea/${verb}`, { clientId: `${verb}-${String(rev)}`, rev });
  }
  await house.app.settle();
  // What the carrier had no room for leaves a moment later.
  await goTo(telling, new Date((await nowOf(telling)).getTime() + momentMs));
}

/** What the phone and the mailbox show, without what no two plays have in common. */
async function seen({ ask }: TestApp): Promise<readonly string[]> {
  const { body } = await ask('GET', `/api/sandbox/phones/sms/${encodeURIComponent(phone)}/messages`);
  const { body: box } = await ask('GET', '/api/sandbox/mail');
  const texts = body['messages'] as { direction: string; text: string; hasArrived: boolean }[];
  const mails = (box['mails'] as { subject: string }[]).map(({ subject }) => `mail: ${subject}`);
  return [
    ...texts.map(({ direction, text }) => `${direction}: ${text.replace(/https?:\/\/\S+/gu, '(link)')}`),
    ...mails.toReversed(),
  ];
}

/** Words keys of the lines that the story has the bot say. */
const written = ({ chat }: Story): readonly string[] =>
  chat.flatMap((cue) => {
    const { bot } = cueOf(cue);
    const key = Array.isArray(bot) ? (bot[0] as unknown) : bot;
    return typeof key === 'string' && key !== 'silence' ? [key] : [];
  });

/** Words keys of what the carrier took of the bot, in the order they were written. */
async function said(house: TestApp): Promise<readonly string[]> {
  const rows = await house.store.outbox
    .find({ contactId: 'lea', by: 'bot', sid: { $type: 'string' } })
    .sort({ createdAt: 1, _id: 1 })
    .toArray();
  return rows.flatMap(({ words }) => {
    if (!words) return [];
    return [words.flow === 'nurturing' ? words.key : `${words.flow}:${words.key}`];
  });
}

const calm = new Map<string, readonly string[]>();

describe.each(stories)('$name, on the real house', ({ name, story }) => {
  describe.each([['calm', {}], ...Object.entries(faults)])('%s', (weather, rates) => {
    const house = useApp();

    test('the phone shows the same chat', { retry: 0 }, async () => {
      const telling = await begin(house, rates);
      for (const cue of story.chat) await play(telling, cue);
      const shown = await seen(house);
      if (weather === 'calm') {
        calm.set(name, shown);
        const lines = written(story);
        expect((await said(house)).filter((key) => lines.includes(key))).toEqual(lines);
      }
      expect(shown).toEqual(calm.get(name));
    });
  });
});
