import type { ClientSession } from 'mongodb';
import type { Flow } from '../core/flow/definition.ts';
import { lintSuccession } from '../core/flow/lint.ts';
import type { Mistake } from '../core/flow/mistake.ts';
import { takesOver } from '../core/flow/migrate.ts';
import type { Store } from './connect.ts';
import { readyFlows, type FlowFiles, type ReadyFlowFile } from './flow-files.ts';
import { versionId } from './flow-versions.ts';

/* What publishing a version means for those who are on the way through another (conversation.md §4). */

/** A version that runs now, and how many people wait at each of its questions. */
interface Standing {
  readonly flow: Flow;
  readonly waiting: Readonly<Record<string, number>>;
}

/** Mistakes that only show beside what runs now: people left waiting, steps renamed. */
export async function lintAgainstRunning(
  store: Store,
  files: FlowFiles,
  session?: ClientSession,
): Promise<readonly Mistake[]> {
  const found: Mistake[] = [];
  for (const file of readyFlows(files)) {
    const standing = await standingOf(store, file, session);
    if (standing)
      found.push(...lintSuccession({ ...file.flow, version: standing.flow.version + 1 }, file, standing));
  }
  return found;
}

async function standingOf(
  store: Store,
  { id, source }: ReadyFlowFile,
  session?: ClientSession,
): Promise<Standing | null> {
  const within = session ? { session } : {};
  const pointer = await store.flows.findOne({ _id: id, kind: 'flow' }, within);
  const before =
    pointer && (await store.flowVersions.findOne({ _id: versionId(id, pointer.version) }, within));
  if (!before || before.source === source) return null;
  const groups = await store.runs
    .aggregate<{ _id: string; count: number }>(
      [
        { $match: { flow: id, open: true, 'talk.node': { $type: 'string' } } },
        { $group: { _id: '$talk.node', count: { $sum: 1 } } },
      ],
      within,
    )
    .toArray();
  return {
    flow: JSON.parse(before.compiled) as Flow,
    waiting: Object.fromEntries(groups.map(({ _id, count }) => [_id, count])),
  };
}

/** The house takes over what is new within seconds; whoever woke before that would find the old version. */
const afterMs = 15_000;

/**
 * Wakes the runs that a new version takes over, so that they move before their next step is due, not at it. Missing one is
 * no harm: it moves at its next wake.
 */
export async function wakeTakenOver(store: Store, flow: Flow, at: Date): Promise<number> {
  const soon = new Date(at.getTime() + afterMs);
  const versions = Array.from({ length: Math.max(0, flow.version - 1) }, (_, n) => n + 1).filter((version) =>
    takesOver(flow, version),
  );
  if (versions.length === 0) return 0;
  const { modifiedCount } = await store.runs.updateMany(
    {
      flow: flow.id,
      version: { $in: versions },
      open: true,
      $or: [{ wakeAt: null }, { wakeAt: { $gt: soon } }],
    },
    { $set: { wakeAt: soon } },
  );
  return modifiedCount;
}
