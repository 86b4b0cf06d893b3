import type { Store } from '../../../src/store/connect.ts';
import type { Squall } from './squall.ts';
import { until } from './until.ts';

export interface Artist {
  readonly contactId: string;
  readonly phone: string;
}

const enrolMs = 300_000;
const dayMs = 86_400_000;
const perBatch = 200;

let numbers = 0;
const newPhone = (): string => `+33649${String(900_000 + (numbers += 1)).padStart(6, '0')}`;

/** A zone in which it is about one in the afternoon now: nobody waits for a morning. */
export function zoneAtNoon(now: Date): string {
  const offset = ((13 - now.getUTCHours() + 36) % 24) - 12;
  return `Etc/GMT${offset > 0 ? '-' : '+'}${String(Math.abs(offset))}`;
}

/** People who subscribed, by the product's own events; resolves once each has a run of nurturing. */
export async function enrol(
  { store, webs, apiKey, lastWords }: Squall,
  count: number,
  who: string,
): Promise<Artist[]> {
  const now = new Date();
  const people = Array.from({ length: count }, (_, n) => ({
    userId: `${who}-${String(n)}`,
    phone: newPhone(),
  }));
  const eventsOf = ({ userId, phone }: (typeof people)[number]) => {
    const common = { userId, timestamp: now.toISOString() };
    const traits = { firstName: 'Léa', phone, locale: 'fr', timezone: zoneAtNoon(now), country: 'FR' };
    const properties = { plan: 290, subscriptionId: `sub-${userId}` };
    return [
      { type: 'identify', ...common, messageId: `i-${userId}`, traits },
      { type: 'track', event: 'Subscription Started', ...common, messageId: `t-${userId}`, properties },
    ];
  };
  let turn = 0;
  for (let from = 0; from < people.length; from += perBatch) {
    const some = people.slice(from, from + perBatch).map(eventsOf);
    // Who they are first: an event of somebody unknown would make a contact of its own.
    for (const batch of [some.map(([identify]) => identify), some.map(([, track]) => track)])
      await until(
        'the events are taken',
        () => postEvents(webs[(turn += 1) % webs.length]?.port ?? 0, apiKey, batch),
        enrolMs,
        lastWords,
      );
  }
  const userIds = people.map(({ userId }) => userId);
  const contacts = await store.contacts.find({ userId: { $in: userIds } }).toArray();
  const idOf = new Map(contacts.map(({ _id, userId }) => [userId, _id]));
  const artists = people.map(({ userId, phone }) => ({ contactId: idOf.get(userId) ?? '', phone }));
  const contactIds = artists.map(({ contactId }) => contactId);
  await until(
    'every artist has entered nurturing',
    async () =>
      (await store.runs.countDocuments({ contactId: { $in: contactIds }, flow: 'nurturing' })) === count,
    enrolMs,
    lastWords,
  );
  return artists;
}

/** False where the door was shut or could not: what was sent once is sent again as it was. */
async function postEvents(port: number, apiKey: string, batch: readonly unknown[]): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${String(port)}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ batch }),
    signal: AbortSignal.timeout(15_000),
  }).catch(() => null);
  const text = await response?.text().catch(() => null);
  if (!response || response.status >= 500) return false;
  if (response.status !== 202)
    throw new Error(`/v1/events answered ${String(response.status)} ${text ?? ''}`);
  return true;
}

/** Lets three days have passed for these runs, and wakes them: J1's text is due since yesterday noon. */
export async function makeDue(store: Store, artists: readonly Artist[]): Promise<void> {
  const back = (field: string) => ({ $subtract: [field, 3 * dayMs] });
  await store.runs.updateMany(
    { contactId: { $in: artists.map(({ contactId }) => contactId) }, flow: 'nurturing', open: true },
    [
      {
        $set: {
          enteredAt: back('$enteredAt'),
          anchorAt: back('$anchorAt'),
          anchorOn: {
            $dateToString: {
              format: '%Y-%m-%d',
              date: back({ $dateFromString: { dateString: '$anchorOn' } } as never),
            },
          },
          plan: {
            $map: {
              input: '$plan',
              as: 'step',
              in: {
                $mergeObjects: ['$$step', { baseAt: back('$$step.baseAt'), dueAt: back('$$step.dueAt') }],
              },
            },
          },
          wakeAt: '$$NOW',
          rev: { $add: ['$rev', 1] },
        },
      },
    ],
  );
}
