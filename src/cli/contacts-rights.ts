import { writeFileSync } from 'node:fs';
import { openErrand } from '../app/errand.ts';
import type { House } from '../app/house.ts';
import { createRights } from '../app/rights.ts';
import type { Config } from '../config.ts';
import { channels, type Channel } from '../core/vocabulary.ts';
import { isHttpError } from '../errors.ts';
import type { Erasure } from '../pipeline/erase.ts';
import { extendTask } from '../pipeline/gdpr.ts';
import { rectify } from '../pipeline/rectify.ts';
import { findPerson } from '../reports/bundle.ts';
import { CommandError } from './program.ts';

/** Runs work in a house of its own; what the caller got wrong is one line. */
export async function inHouse<T>(config: Config, work: (house: House) => Promise<T>): Promise<T> {
  const errand = await openErrand(config);
  try {
    return await work(errand.house);
  } catch (error) {
    if (isHttpError(error) && !error.isServer) throw new CommandError(error.message, 2);
    throw error;
  } finally {
    await errand.close();
  }
}

export async function needPerson({ store }: House, who: string): Promise<string> {
  const found = await findPerson(store, who);
  if (found === null) throw new CommandError(`There is no contact "${who}" (an id, a number or an address).`);
  return found;
}

/** `mona contacts access WHO`: all that is held on one person, as JSON (GDPR 15 and 20); the request is noted as answered. */
export const giveAccess = (config: Config, who: string, out: string | undefined): Promise<string> =>
  inHouse(config, async (house) => {
    const contactId = await needPerson(house, who);
    const text = JSON.stringify(await createRights(house).access(contactId, 'cli'), null, 2);
    if (out === undefined) return text;
    writeFileSync(out, `${text}\n`, { mode: 0o600 });
    return `${out}: ${String(text.length)} characters, readable by you alone`;
  });

/** `mona contacts erase WHO` (GDPR 17); `--dry-run` counts what would go. */
export const erase = (config: Config, who: string, isDry: boolean): Promise<string> =>
  inHouse(config, async (house) => {
    const contactId = await needPerson(house, who);
    if (isDry) return toldDry(house, contactId);
    return told(await createRights(house).erase(contactId, 'cli'));
  });

const lineOf = (name: string, count: number, what: string): string =>
  `  ${name.padEnd(18)} ${String(count).padStart(6)}  ${what}`;

async function toldDry(house: House, contactId: string): Promise<string> {
  const held = await createRights(house).heldOn(contactId);
  const lines = held.map(({ collection, count, does }) => lineOf(collection, count, does));
  return ['Dry run: nothing was written. Erasure would do this:', ...lines].join('\n');
}

const staysLines = [
  'What stays, and why:',
  '  a keyed hash of each address, so that nobody writes there again (compliance.md §3)',
  '  that consent was given and ended, without what was said (proof, 5 years)',
  '  statuses, instants and counts, with nobody in them (audit)',
];

function told({ state, waitsFor, counts, redacted, left }: Erasure): string {
  const waits = {
    sending: 'A message is on its way: the running house erases the rest as soon as it is settled.',
    carrier: `${String(left.length)} messages are not redacted at the carrier yet: the running house asks again.`,
  };
  return [
    state === 'done' ? 'Erased.' : `Silenced. ${waits[waitsFor ?? 'carrier']}`,
    ...Object.entries(counts).map(([name, count]) => lineOf(name, count, '')),
    lineOf('at the carrier', redacted, 'redacted; mail and push that left cannot be taken back'),
    ...staysLines,
  ].join('\n');
}

/** `mona contacts object WHO`: no marketing any more (GDPR 21), on every channel or one. */
export const object = (config: Config, who: string, only: string | undefined): Promise<string> =>
  inHouse(config, async (house) => {
    const channel = channelOf(only);
    const contactId = await needPerson(house, who);
    const isMoved = await createRights(house).object(contactId, 'cli', channel);
    return isMoved
      ? `Noted: no marketing by ${channel ?? 'any channel'} from now on.`
      : 'Written down; the running house moves it within a minute.';
  });

function channelOf(only: string | undefined): Channel | null {
  if (only === undefined) return null;
  const channel = channels.find((one) => one === only);
  if (!channel) throw new CommandError(`--channel: got "${only}", takes ${channels.join(', ')}`, 2);
  return channel;
}

/** `mona contacts rectify WHO --set firstName=Zoé` (GDPR 16): old values stay in the audit trail. */
export const putRight = (config: Config, who: string, pairs: readonly string[]): Promise<string> =>
  inHouse(config, async (house) => {
    const set = Object.fromEntries(
      pairs.map((pair) => {
        const cut = pair.indexOf('=');
        if (cut < 1) throw new CommandError(`--set: got "${pair}", takes field=value`, 2);
        return [pair.slice(0, cut), pair.slice(cut + 1)];
      }),
    );
    const contactId = await needPerson(house, who);
    await rectify(house, contactId, set, 'cli');
    return `Put right: ${Object.keys(set).join(', ')}. The old values are in the audit trail.`;
  });

/** `mona gdpr tasks`: open requests, the most urgent first. */
export const tasks = (config: Config): Promise<string> =>
  inHouse(config, async ({ store, clock }) => {
    const open = await store.gdprTasks.find({ doneAt: null }).sort({ dueAt: 1 }).toArray();
    if (open.length === 0) return 'No request is open.';
    const now = clock.now();
    return open
      .map(({ _id, kind, contactId, dueAt }) => {
        const isLate = dueAt < now ? '  LATE' : '';
        return `${dueAt.toISOString().slice(0, 10)}  ${kind.padEnd(13)} ${contactId}  ${_id}${isLate}`;
      })
      .join('\n');
  });

/** `mona gdpr extend TASK --why …`: two months more, once (GDPR 12(3)). */
export const extend = (config: Config, id: string, why: string): Promise<string> =>
  inHouse(config, async (house) => {
    const dueAt = await extendTask(house, id, why);
    return `Due ${dueAt.toISOString().slice(0, 10)}. Tell the person why before the first month ends.`;
  });
