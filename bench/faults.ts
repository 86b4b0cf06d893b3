import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/*
 * The faults of reliability.md §10: `npm run faults` runs them all and the storm, `npm run faults -- F1 F17` some,
 * `storm --minutes 8` everything at random, `flood --operations 1000000` the same for so much work, `--mutants` the eight
 * changes that must turn a run red. Each prints what was injected, what was done and what broke.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string', default: '2' },
    operations: { type: 'string', default: '1000000' },
    seeds: { type: 'string', default: '100' },
    old: { type: 'string', default: 'HEAD~10' },
    mutants: { type: 'boolean', default: false },
  },
});

const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
// Read when the support of the faults is loaded, which is why that is loaded below.
process.env['SEED'] = String(seed);

const { experiments } = await import('../test/faults/support/experiments.ts');
const { mutants, weaken } = await import('../test/faults/support/mutants.ts');
const { realFaults } = await import('./real-faults.ts');
const root = join(import.meta.dirname, '..');
const real = realFaults({
  minutes: Number(values.minutes),
  operations: Number(values.operations),
  old: values.old,
});
const shownViolations = 20;

interface Told {
  readonly name: string;
  readonly isGreen: boolean;
}

const tell = (name: string, isGreen: boolean, what: unknown): Told => {
  console.log(`${isGreen ? 'green' : 'RED  '} ${name} ${JSON.stringify(what)}`);
  return { name, isGreen };
};

function run(
  folder: string,
  args: readonly string[],
): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    // What is read here is text, not colours.
    env: { ...process.env, SEED: String(seed), NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  return { status, output: `${stdout}\n${stderr}` };
}

const vitest = (project: string, file: string, name: string): readonly string[] => [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--project',
  project,
  file,
  '-t',
  name,
];

/** Lines of figures that the tests print. */
const figuresIn = (output: string): string[] =>
  output.split('\n').filter((line) => /^(F\d|forged|simulated)\S* .*\{/.test(line));

async function virtual(name: string, over: (typeof experiments)[number]['plan']): Promise<Told> {
  const [{ planOf }, { play }, { openScene }] = await Promise.all([
    import('../test/properties/simulation/plan.ts'),
    import('../test/properties/simulation/play.ts'),
    import('../test/properties/simulation/scene.ts'),
  ]);
  const scene = await openScene();
  const injected: Record<string, number> = {};
  const operations: Record<string, number> = {};
  const violations: string[] = [];
  const add = (sum: Record<string, number>, more: Readonly<Record<string, number>>): void => {
    for (const [what, count] of Object.entries(more)) sum[what] = (sum[what] ?? 0) + count;
  };
  const from = values.seed === undefined ? 1 : seed;
  for (let one = from; one < from + Number(values.seeds); one += 1) {
    const plan = over ? over(planOf(one)) : planOf(one);
    const played = await play(plan, scene);
    add(injected, played.faults);
    add(operations, { ...played.operations, steps: played.steps });
    violations.push(
      ...played.violations.map(({ invariant, what }) => `seed ${String(one)} ${invariant} ${what}`),
    );
  }
  return tell(name, violations.length === 0, {
    seeds: Number(values.seeds),
    injected,
    operations,
    violations: violations.slice(0, shownViolations),
  });
}

async function runMutants(names: readonly string[]): Promise<Told[]> {
  const told: Told[] = [];
  for (const mutant of mutants.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const { folder, end } = await weaken(root, mutant);
    try {
      const { status, output } =
        mutant.gate === 'simulation'
          ? run(folder, [
              '--import',
              'tsx',
              'bench/simulate.ts',
              ...['--lanes', '1', '--seeds', '4000', '--minutes', '8', '--no-shrink'],
              ...(mutant.as ? ['--as', mutant.as] : []),
            ])
          : run(folder, vitest('faults', 'test/faults/in.test.ts', 'whatever door was killed'));
      const by = /^(seed \d+: .*)$/m.exec(output)?.[1] ?? /AssertionError: .*/.exec(output)?.[0] ?? '';
      // What ends red for want of a tool has proven nothing.
      const isCaught = status !== 0 && by !== '';
      told.push(tell(`mutant: ${mutant.name}`, isCaught, { caught: isCaught, by }));
    } finally {
      await end();
    }
  }
  return told;
}

async function byHand(
  name: string,
  what: string,
  play: () => ReturnType<(typeof real)[string]>,
): Promise<Told> {
  const { violations, ...rest } = await play();
  return tell(`${name} ${what}`.trim(), violations.length === 0, {
    seed,
    ...rest,
    violations: violations.slice(0, shownViolations),
    ...(violations.length > shownViolations ? { andMore: violations.length - shownViolations } : {}),
  });
}

async function play(name: string): Promise<Told> {
  const experiment = experiments.find((one) => one.name === name);
  const mine = real[name];
  if (mine) return byHand(name, experiment?.what ?? '', mine);
  if (!experiment)
    throw new Error(
      `There is no experiment ${name}: ${[...experiments.map((one) => one.name), 'storm', 'flood'].join(' ')}`,
    );
  if (!experiment.test) return virtual(`${name} ${experiment.what}`, experiment.plan);
  const { project, file, title } = experiment.test;
  const { status, output } = run(root, vitest(project, file, title));
  const figures = figuresIn(output);
  return tell(`${name} ${experiment.what}`, status === 0, {
    figures,
    ...(status === 0 ? {} : { output: output.slice(-2_000) }),
  });
}

console.log(`SEED=${String(seed)}`);
const all = [...experiments.map(({ name }) => name), 'storm'];
const told: Told[] = [];
if (values.mutants) told.push(...(await runMutants(positionals)));
else for (const name of positionals.length > 0 ? positionals : all) told.push(await play(name));
const red = told.filter(({ isGreen }) => !isGreen);
console.log(
  `${String(told.length - red.length)} green, ${String(red.length)} red${red.map(({ name }) => `\n  ${name}`).join('')}`,
);
process.exit(red.length > 0 ? 1 : 0);
