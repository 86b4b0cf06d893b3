import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';

/*
 * `npm run simulate`: bundles the simulation with all it plays, and runs that, one lane a core (bench/sail.ts says what it
 * takes; `--lanes 1` plays alone). What is loaded file by file through a transpiler names each function anew whenever it is
 * made, which costs more than what most of them do.
 */

const root = join(import.meta.dirname, '..');
const outDir = join(root, 'dist/simulation');
/** A run makes much and keeps little: what is young is swept less often. */
const youngMb = 128;

const asked = process.argv.slice(2);
const valueOf = (name: string): string | null => {
  const place = asked.indexOf(name);
  return place < 0 ? null : (asked[place + 1] ?? null);
};

await build({
  root,
  configFile: false,
  logLevel: 'error',
  build: {
    ssr: 'bench/sail.ts',
    outDir,
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    rolldownOptions: { output: { entryFileNames: 'sail.mjs' } },
  },
});

interface Sailed {
  readonly status: number | null;
  /** What a lane says of itself at its end; null of one seed played again. */
  readonly sum: Readonly<Record<string, unknown>> | null;
}

async function sail(args: readonly string[]): Promise<Sailed> {
  const file = join(outDir, 'sail.mjs');
  const child = spawn(process.execPath, [`--max-semi-space-size=${String(youngMb)}`, file, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let sum: Sailed['sum'] = null;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"seeds"')) sum = JSON.parse(line) as Sailed['sum'];
    else console.log(line);
  }
  const [status] = await ended;
  return { status, sum };
}

/** Counts of all lanes, added up; what was at the same time is no sum. */
function added(one: unknown, other: unknown, name: string): unknown {
  if (one === undefined) return other;
  if (name === 'tookS') return Math.max(Number(one), Number(other));
  if (typeof one === 'number') return one + Number(other);
  const [left, right] = [one, other] as Readonly<Record<string, unknown>>[];
  const names = new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})]);
  return Object.fromEntries([...names].map((each) => [each, added(left?.[each], right?.[each] ?? 0, each)]));
}

const lanes = valueOf('--seed') === null ? Number(valueOf('--lanes') ?? availableParallelism()) : 1;
const from = Number(valueOf('--from') ?? 1);
const seeds = Number(valueOf('--seeds') ?? 1_000);
const others = asked.filter((_, place) => {
  const isOurs = (at: number): boolean => ['--lanes', '--from', '--seeds'].includes(asked[at] ?? '');
  return !isOurs(place) && !isOurs(place - 1);
});
const sailed = await Promise.all(
  Array.from({ length: lanes }, (_, lane) =>
    sail([
      ...others,
      ...['--from', String(from + lane), '--step', String(lanes), '--seeds', String(seeds - lane)],
    ]),
  ),
);
const sums = sailed.flatMap(({ sum }) => sum ?? []);
if (sums.length > 0)
  console.log(JSON.stringify(sums.reduce<unknown>((one, other) => added(one, other, ''), undefined)));
process.exit(Math.max(0, ...sailed.map(({ status }) => status ?? 1)));
