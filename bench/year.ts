import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { liveYear, type Year } from '../test/acceptance/year.ts';

/*
 * A simulated year of 1,000 people in six zones (lifecycle.md §19.2): `node --import tsx bench/year.ts`. Prints who lived
 * it, what was said and how long it took, a part of the crowd on each core; ends with 1 where a message broke a rule. The
 * budget is 60 s.
 */

const { values } = parseArgs({
  options: {
    contacts: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    /** Of a child: the number of its first contact. */
    from: { type: 'string' },
  },
});

const contacts = Number(values.contacts);

async function part(count: number, from: number): Promise<Year> {
  const args = ['--import', 'tsx', fileURLToPath(import.meta.url), '--seed', values.seed];
  const child = spawn(process.execPath, [...args, '--contacts', String(count), '--from', String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await text(child.stdout)) as Year;
}

type Counts = Readonly<Record<string, number>>;
const sum = (counts: readonly Counts[]): Counts => {
  const all = new Map<string, number>();
  for (const [name, count] of counts.flatMap((one) => Object.entries(one)))
    all.set(name, (all.get(name) ?? 0) + count);
  return Object.fromEntries(all);
};

async function whole(): Promise<void> {
  const began = performance.now();
  const jobs = Math.max(1, Math.min(Number(values.jobs), contacts));
  const firsts = Array.from({ length: jobs + 1 }, (_, n) => Math.floor((n * contacts) / jobs));
  const years = await Promise.all(
    firsts.slice(0, -1).map((from, n) => part((firsts[n + 1] ?? from) - from, from)),
  );
  const broken = years.flatMap((year) => year.broken);
  for (const line of broken.slice(0, 20)) console.log(`BROKEN ${line}`);
  const told = {
    contacts,
    messages: years.reduce((all, { messages }) => all + messages, 0),
    marketing: years.reduce((all, { marketing }) => all + marketing, 0),
    byZone: sum(years.map(({ byZone }) => byZone)),
    entered: sum(years.map(({ entered }) => entered)),
    stayed: sum(years.map(({ stayed }) => stayed)),
    broken: broken.length,
    jobs,
    seconds: Math.round((performance.now() - began) / 100) / 10,
  };
  console.log(JSON.stringify(told, null, 1));
  if (broken.length > 0) process.exitCode = 1;
}

if (values.from === undefined) await whole();
else process.stdout.write(JSON.stringify(liveYear(contacts, Number(values.seed), Number(values.from))));
