/*
 * npm run bench [-- --only inbound,nudges,rate,fleet,idle,import] [--quick] [--profile DIR]
 * Prints JSON and a table: the product beside limits measured in the same run. No figure is asserted.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openGround, root, type Ground } from './ground.ts';
import { measureFleet } from './fleet.ts';
import { measureIdle } from './idle.ts';
import { measureImport } from './import.ts';
import { measureInbound } from './inbound.ts';
import { measureNudges } from './nudges.ts';
import { measureRate } from './rate.ts';
import { reportOf, targetsOf, type Results } from './report.ts';

const sizes = {
  quick: {
    inbound: { forMs: 3_000, loads: [1, 64], perSecond: 50 },
    nudges: 1_500,
    idle: { runs: 30_000, forMs: 8_000 },
    rate: { mps: 50, segments: 400 },
    fleet: { rate: { mps: 50, segments: 400 }, nudges: 600 },
    import: { few: 2_000, many: 50_000, rounds: 1, lookForMs: 30_000, perSecond: 50, forMs: 4_000 },
  },
  full: {
    inbound: { forMs: 8_000, loads: [1, 16, 64], perSecond: 50 },
    nudges: 10_000,
    idle: { runs: 300_000, forMs: 20_000 },
    rate: { mps: 50, segments: 1_800 },
    fleet: { rate: { mps: 50, segments: 1_200 }, nudges: 3_000 },
    import: { few: 10_000, many: 1_000_000, rounds: 5, lookForMs: 90_000, perSecond: 50, forMs: 8_000 },
  },
} as const;

type Part = 'inbound' | 'nudges' | 'rate' | 'fleet' | 'idle' | 'import';
const parts: readonly Part[] = ['inbound', 'nudges', 'rate', 'fleet', 'idle', 'import'];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    loads: { type: 'string' },
  },
});
const wanted = values.only?.split(',') ?? parts;
const unknown = wanted.find((name) => !parts.some((part) => part === name));
if (unknown !== undefined) {
  console.error(`--only takes ${parts.join(', ')}; got ${unknown}`);
  process.exit(2);
}

const size = values.quick ? sizes.quick : sizes.full;
const loads = values.loads?.split(',').map(Number) ?? size.inbound.loads;

const measure: Readonly<Record<Part, (ground: Ground) => Promise<Partial<Results>>>> = {
  inbound: async (ground) => ({ inbound: await measureInbound(ground, { ...size.inbound, loads }) }),
  nudges: async (ground) => ({ nudges: await measureNudges(ground, size.nudges) }),
  idle: async (ground) => ({ idle: await measureIdle(ground, size.idle) }),
  rate: async (ground) => ({ rate: await measureRate(ground, size.rate) }),
  fleet: async (ground) => ({ fleet: await measureFleet(ground, size.fleet) }),
  import: async (ground) => ({ import: await measureImport(ground, size.import) }),
};

/** What was measured, where the folder knows it. */
function commit(): string {
  const asked = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' });
  return asked.status === 0 ? asked.stdout.trim() : 'no commit';
}

const began = performance.now();
let results: Results = {
  at: new Date().toISOString(),
  commit: commit(),
  cores: availableParallelism(),
  loadAverage: loadavg()[0] ?? 0,
};
const ground = await openGround({ profileDir: values.profile ?? null });
try {
  for (const part of parts.filter((name) => wanted.includes(name))) {
    console.error(`${part} …`);
    try {
      results = { ...results, ...(await measure[part](ground)) };
    } catch (error) {
      // The others are still worth reading.
      console.error(`${part} could not be measured:`, error);
      process.exitCode = 1;
    }
  }
} finally {
  await ground.close();
}
const whole = {
  ...results,
  targets: targetsOf(results),
  tookS: Math.round((performance.now() - began) / 1000),
};
const folder = join(root, 'bench/results');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'latest.json'), `${JSON.stringify(whole, null, 2)}\n`);
console.log(JSON.stringify(whole));
console.log(`\n${reportOf(results)}`);
process.exit();
