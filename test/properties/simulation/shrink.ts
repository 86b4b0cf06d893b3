import { calm, type Plan, type Rates } from './plan.ts';
import { play, type Scene } from './play.ts';

/** Whether a plan breaks the same invariant. */
const breaks = async (plan: Plan, scene: Scene, invariant: string): Promise<boolean> =>
  (await play(plan, scene)).violations.some((one) => one.invariant === invariant);

/** Smaller plans than this one: fewer acts by halves, then one by one; one fault less; fewer people; plainer clocks. */
function* smaller(plan: Plan): Generator<Plan> {
  const { acts, rates } = plan;
  for (let size = Math.ceil(acts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < acts.length; from += size)
      yield { ...plan, acts: acts.filter((_, place) => place < from || place >= from + size) };
  for (const name of Object.keys(calm) as (keyof Rates)[])
    if (rates[name] > 0) yield { ...plan, rates: { ...rates, [name]: 0 } };
  if (plan.skewMs > 0) yield { ...plan, skewMs: 0 };
  if (plan.listLagMs > 0) yield { ...plan, listLagMs: 0 };
  if (plan.contacts > 1) yield { ...plan, contacts: plan.contacts - 1 };
}

/** The smallest plan found that still breaks this invariant; `most` bounds how often is tried. */
export async function shrink(plan: Plan, scene: Scene, invariant: string, most = 300): Promise<Plan> {
  let least = plan;
  let tries = 0;
  for (let isSmaller = true; isSmaller && tries < most;) {
    isSmaller = false;
    for (const next of smaller(least)) {
      tries += 1;
      if (tries > most) break;
      if (await breaks(next, scene, invariant)) {
        least = next;
        isSmaller = true;
        break;
      }
    }
  }
  return least;
}
