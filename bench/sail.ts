import { parseArgs } from 'node:util';
import { experiments } from '../test/faults/support/experiments.ts';
import { planOf as drawn, type Plan } from '../test/properties/simulation/plan.ts';
import { play, type Played } from '../test/properties/simulation/play.ts';
import { openScene } from '../test/properties/simulation/scene.ts';
import { shrink } from '../test/properties/simulation/shrink.ts';

/*
 * The whole pipeline in virtual time, seed after seed: `npm run simulate -- --seeds 10000`. A seed that breaks an invariant is
 * played again, made smaller and told: `npm run simulate -- --seed N` replays it.
 */

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1000' },
    /** From one seed to the next: lanes side by side share the seeds between them. */
    step: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    /** One of the experiments of `npm run faults`: every plan is made into one of it. */
    as: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    /** Ends at the first seed that breaks something, as it is. */
    'no-shrink': { type: 'boolean', default: false },
  },
});

const scene = await openScene();
const experiment = experiments.find(({ name }) => name === values.as);
const planOf = (seed: number): Plan => experiment?.plan?.(drawn(seed)) ?? drawn(seed);

const told = (plan: Plan): object => ({
  ...plan,
  rates: Object.fromEntries(Object.entries(plan.rates).filter(([, rate]) => rate > 0)),
});

function show(plan: Plan, { violations, log }: Played): void {
  console.log(JSON.stringify(told(plan), null, 1));
  for (const line of log) console.log(line);
  for (const { invariant, what, atMs } of violations)
    console.log(`BROKEN ${invariant} at ${String(atMs)} ms: ${what}`);
}

async function replay(seed: number): Promise<void> {
  const plan = planOf(seed);
  const played = await play(plan, scene);
  if (played.violations.length === 0) {
    show(plan, played);
    console.log(`seed ${String(seed)}: ${String(played.steps)} steps, nothing broken`);
    return;
  }
  const least = await shrink(plan, scene, played.violations[0]?.invariant ?? '');
  show(least, await play(least, scene));
  console.log(`seed ${String(seed)}: smallest plan that breaks an invariant above`);
  process.exitCode = 1;
}

const add = (sum: Record<string, number>, more: Readonly<Record<string, number>>): void => {
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
};

async function sail(from: number, seeds: number, step: number, minutes: number): Promise<void> {
  const beganMs = performance.now();
  const began = process.cpuUsage();
  const total = { seeds: 0, steps: 0, broken: 0, virtualHours: 0 };
  const faults: Record<string, number> = {};
  const operations: Record<string, number> = {};
  for (let seed = from; seed < from + seeds; seed += step) {
    if (performance.now() - beganMs > minutes * 60_000) break;
    const played = await play(planOf(seed), scene);
    total.seeds += 1;
    total.steps += played.steps;
    total.virtualHours += played.tookMs / 3_600_000;
    add(faults, played.faults);
    add(operations, played.operations);
    if (played.violations.length > 0) {
      total.broken += 1;
      const [first] = played.violations;
      console.log(`seed ${String(seed)}: ${first?.invariant ?? ''} ${first?.what ?? ''}`);
      if (!values['keep-going']) {
        if (!values['no-shrink']) await replay(seed);
        break;
      }
    }
    if (total.seeds % 1_000 === 0)
      console.log(
        `${String(total.seeds)} seeds, ${String(total.steps)} steps, ${String(total.broken)} broken`,
      );
  }
  const tookS = (performance.now() - beganMs) / 1000;
  console.log(
    JSON.stringify({
      ...total,
      virtualHours: Math.round(total.virtualHours),
      tookS: Math.round(tookS),
      cpuS: Math.round(process.cpuUsage(began).user / 1e6),
      seedsAMinute: Math.round((total.seeds / tookS) * 60),
      operations,
      faults,
    }),
  );
  if (total.broken > 0) process.exitCode = 1;
}

if (values.seed !== undefined) await replay(Number(values.seed));
else
  await sail(
    Number(values.from),
    Number(values.seeds),
    Number(values.step),
    Number(values.minutes ?? Infinity),
  );
