import type { ClientSession } from 'mongodb';
import { holdbackEnd, type PromotedArm } from '../core/experiment.ts';
import type { Flow } from '../core/flow/definition.ts';
import type { Store } from './connect.ts';

/** Arms that won, by flow and experiment. */
export type Promotions = ReadonlyMap<string, Readonly<Record<string, PromotedArm>>>;

export async function readPromotions(store: Store, session?: ClientSession): Promise<Promotions> {
  const docs = await store.experiments
    .find({ status: 'promoted' }, session ? { session } : {})
    .sort({ _id: 1 })
    .toArray();
  const promotions = new Map<string, Record<string, PromotedArm>>();
  for (const { _id, flow, winner, control, closedAt } of docs) {
    if (!winner || !closedAt) continue;
    const arm = { arm: winner, control, holdbackUntil: holdbackEnd(closedAt).toISOString() };
    promotions.set(flow, { ...promotions.get(flow), [_id]: arm });
  }
  return promotions;
}

/** Experiments that a flow still names: once its author has written the winner as the text, nothing is left to promote. */
export const experimentsOf = ({ steps, nodes }: Pick<Flow, 'steps' | 'nodes'>): ReadonlySet<string> =>
  new Set([
    ...steps.flatMap(({ experiment }) => experiment ?? []),
    ...Object.values(nodes).flatMap((node) => (node.kind === 'split' ? node.experiment : [])),
  ]);

/** The flow with the arms that won in it, and in it alone: what its file says, publishing the same again changes nothing. */
export function withPromotions(flow: Flow, promotions: Promotions): Flow {
  const named = experimentsOf(flow);
  const won = Object.entries(promotions.get(flow.id) ?? {}).filter(([experiment]) => named.has(experiment));
  const written: Flow = { ...flow };
  Reflect.deleteProperty(written, 'promoted');
  return won.length === 0 ? written : { ...written, promoted: Object.fromEntries(won) };
}
