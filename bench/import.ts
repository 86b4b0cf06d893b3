import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from '../src/store/connect.ts';
import { root, type Ground, type Product } from './ground.ts';
import { write, type Letter } from './outside.ts';
import { cpuMs, metered } from './processes.ts';
import { talkAtRate, type Talk } from './talk.ts';

/** A file of contacts brought in by `mona contacts import`, a process of its own. */
export interface ImportRow {
  readonly rows: number;
  readonly fileMb: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly peakMb: number;
  /** For one row. */
  readonly cpuAppUs: number;
  readonly cpuMongodUs: number;
  /** How many of them the running house looks at for the first time, in a second; null where it had nothing to look at. */
  readonly firstLooksPerSecond: number | null;
}

/** Texts that come in while so many contacts stand. */
export interface CrowdRow {
  readonly contacts: number;
  readonly answered: number;
  readonly unanswered: number;
  readonly acceptedP99Ms: number;
  readonly repliedP99Ms: number;
  /** App and mongod, for one answered text. */
  readonly cpuMs: number;
}

export interface ImportResult {
  readonly imports: readonly ImportRow[];
  /** The few, and the many: the middle one of several rounds each. */
  readonly crowds: readonly CrowdRow[];
}

export interface ImportOptions {
  readonly few: number;
  readonly many: number;
  readonly rounds: number;
  /** The first look at the many is watched no longer; who is left then is taken as looked at. */
  readonly lookForMs: number;
  readonly perSecond: number;
  readonly forMs: number;
}

const phoneOf = (number: number): string => `+${String(33_700_000_000 + number)}`;
const cities = ['Lyon', 'Marseille', 'Paris', 'Saint-Étienne', 'Besançon', 'Lille', 'Nîmes'];
const names = ['Zoé', 'Inès', 'Karim', 'Léa', 'Noé', 'Ana', 'Tom', 'Aïcha', 'Luc'];
const header = 'userId;Prénom;Nom;E-mail;Téléphone;Ville;consent.sms;consent.sms.at;consent.sms.evidence\n';

/** Addresses come in no order, as in any real list: a prime that no crowd is a multiple of strides through them. */
const shuffled = (n: number, rows: number): number => (n * 7_919) % rows;

const lineOf = (n: number, rows: number): string =>
  `user-${String(n)};${names[n % names.length] ?? ''};Numéro ${String(n)};` +
  `artiste.${String(shuffled(n, rows))}@example.org;0${phoneOf(shuffled(n, rows)).slice(3)};` +
  `${cities[n % cities.length] ?? ''};oui;2026-03-0${String(1 + (n % 9))};formulaire du site\n`;

async function writeFile(file: string, rows: number): Promise<number> {
  const out = createWriteStream(file);
  let bytes = 0;
  const put = async (part: string): Promise<void> => {
    bytes += Buffer.byteLength(part);
    if (!out.write(part)) await once(out, 'drain');
  };
  await put(header);
  const page = 2_000;
  for (let from = 0; from < rows; from += page)
    await put(Array.from({ length: Math.min(page, rows - from) }, (_, n) => lineOf(from + n, rows)).join(''));
  out.end();
  await once(out, 'finish');
  return bytes / 2 ** 20;
}

const sampleMs = 100;

/** The command as somebody types it; what it prints says how fast it was and what it held at most. */
async function runImport(ground: Ground, dbName: string, rows: number): Promise<ImportRow> {
  const file = join(ground.dir, `${dbName}.csv`);
  const fileMb = await writeFile(file, rows);
  const dbBefore = cpuMs(ground.mongod.pid);
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [...ground.profiling, join(root, 'dist/main.js'), 'contacts', 'import', file],
    {
      env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...ground.envOf(dbName) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let appMs = 0;
  const sampler = setInterval(() => {
    appMs = Math.max(appMs, isRunning(child) ? cpuMs(child.pid ?? 0) : 0);
  }, sampleMs);
  const said = await text(child.stdout);
  clearInterval(sampler);
  const seconds = (performance.now() - began) / 1000;
  const [, created = '0'] = /(\d+) new/.exec(said) ?? [];
  const [, peak = '0'] = /at most (\d+) MB/.exec(said) ?? [];
  if (Number(created) !== rows) throw new Error(`the import of ${String(rows)} contacts said: ${said}`);
  return {
    rows,
    fileMb,
    seconds,
    perSecond: rows / seconds,
    peakMb: Number(peak),
    cpuAppUs: (appMs * 1000) / rows,
    cpuMongodUs: ((cpuMs(ground.mongod.pid) - dbBefore) * 1000) / rows,
    firstLooksPerSecond: null,
  };
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null;

const lookMs = 4_000;

/**
 * Who was imported is looked at once, in silence, while the house does its other work. Says how fast; whoever is left after
 * that time is taken as looked at, so that texts are measured apart from it.
 */
async function firstLook(store: Store, forMs: number): Promise<number | null> {
  const waiting = { recheckAt: { $lte: new Date() } };
  const began = performance.now();
  let first: { readonly atMs: number; readonly left: number } | null = null;
  let rate: number | null = null;
  while (performance.now() - began < forMs) {
    const left = await store.contacts.countDocuments(waiting);
    const atMs = performance.now();
    // It begins with the next tick of the house.
    if (!first || first.left === left) first = { atMs, left };
    else rate = ((first.left - left) * 1000) / (atMs - first.atMs);
    if (left === 0) return rate;
    await pause(lookMs);
  }
  await store.contacts.updateMany(waiting, { $set: { recheckAt: null }, $unset: { isSilent: '' } });
  return rate;
}

/** Ends the collecting wait, and is answered with the house's own words. */
const word = 'AIDE';

/** Phones spread evenly over the crowd, so that none of them is in anybody's cache by chance; each writes once. */
function letters(crowd: number, round: number, count: number, of: number, url: string): Letter[] {
  return Array.from({ length: count }, (_, place) =>
    write(phoneOf(Math.floor((((place + 0.5) * of + round) * crowd) / (count * of))), word, url),
  );
}

async function crowdRow(
  ground: Ground,
  product: Product,
  talk: () => Promise<Talk>,
  contacts: number,
): Promise<CrowdRow> {
  ground.outside.reset();
  const { result, cpuMs: used } = await metered([product.pid, ground.mongod.pid], talk);
  return {
    contacts,
    answered: result.answered,
    unanswered: result.unanswered,
    acceptedP99Ms: result.accepted.p99,
    repliedP99Ms: result.replied.p99,
    cpuMs: used.reduce((sum, ms) => sum + ms, 0) / Math.max(1, result.answered),
  };
}

const middle = (rows: readonly CrowdRow[]): CrowdRow[] => {
  const pick = (of: (row: CrowdRow) => number): number =>
    rows.map(of).toSorted((one, other) => one - other)[Math.floor(rows.length / 2)] ?? 0;
  const [first] = rows;
  return first
    ? [
        {
          contacts: first.contacts,
          answered: pick(({ answered }) => answered),
          unanswered: pick(({ unanswered }) => unanswered),
          acceptedP99Ms: pick(({ acceptedP99Ms }) => acceptedP99Ms),
          repliedP99Ms: pick(({ repliedP99Ms }) => repliedP99Ms),
          cpuMs: pick(({ cpuMs: ms }) => ms),
        },
      ]
    : [];
};

/**
 * Brings in a few contacts and a great many, each into a database of its own, then lets phones of both write: what the
 * many cost whoever texts. The rounds alternate, so that a neighbour on the machine troubles both alike.
 */
export async function measureImport(ground: Ground, options: ImportOptions): Promise<ImportResult> {
  const crowds = [
    { name: 'few', contacts: options.few },
    { name: 'many', contacts: options.many },
  ];
  ground.outside.reports(false);
  const imports: ImportRow[] = [];
  const houses: { readonly contacts: number; readonly product: Product; readonly seen: CrowdRow[] }[] = [];
  try {
    for (const { name, contacts } of crowds) {
      const store = await ground.open(`import-${name}`);
      const row = await runImport(ground, `import-${name}`, contacts);
      const product = await ground.product(`import-${name}`);
      houses.push({ contacts, product, seen: [] });
      imports.push({ ...row, firstLooksPerSecond: await firstLook(store, options.lookForMs) });
    }
    const count = Math.round((options.perSecond * options.forMs) / 1000);
    // The first round warms both.
    for (let round = 0; round <= options.rounds; round += 1) {
      for (const { contacts, product, seen } of houses) {
        const prepared = letters(contacts, round, count, options.rounds + 1, product.url);
        const row = await crowdRow(
          ground,
          product,
          () => talkAtRate(ground.outside, product.url, prepared, options),
          contacts,
        );
        if (round > 0) seen.push(row);
      }
    }
  } finally {
    await Promise.all(houses.map(({ product }) => product.stop()));
  }
  return { imports, crowds: houses.flatMap(({ seen }) => middle(seen)) };
}
