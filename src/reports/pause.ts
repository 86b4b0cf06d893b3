import type { Desk } from './rows.ts';
import { needFlow, type Count } from './sequence.ts';

/** What pausing a sequence would hold, or resuming it let go, before anyone decides (inbox.md §13). */
export interface PausePreview {
  readonly isPaused: boolean;
  /** Messages written and waiting, by step: a pause holds them, a resume asks the guard about each. */
  readonly waiting: readonly Count[];
  /** Of those, the ones that are no longer true or too late by now: a resume leaves them unsaid. */
  readonly expired: number;
  /** Runs that have a step due within a week. */
  readonly dueSoon: number;
  readonly open: number;
}

const soonMs = 7 * 86_400_000;

export async function previewPause(desk: Desk, id: string): Promise<PausePreview> {
  const flow = needFlow(desk, id);
  const { store } = desk;
  const now = desk.now();
  const queued = { status: 'queued', 'guard.flow': flow.id, by: 'bot' } as const;
  const [pointer, waiting, expired, dueSoon, open] = await Promise.all([
    store.flows.findOne({ _id: id }, { projection: { pausedAt: 1 } }),
    store.outbox
      .aggregate<Count>([
        { $match: { ...queued, expiresAt: { $gt: now }, stepKey: { $type: 'string' } } },
        { $group: { _id: '$stepKey', count: { $sum: 1 } } },
        { $project: { _id: 0, key: '$_id', count: 1 } },
        { $sort: { key: 1 } },
      ])
      .toArray(),
    store.outbox.countDocuments({ ...queued, expiresAt: { $lte: now } }),
    store.runs.countDocuments({
      flow: id,
      open: true,
      stepKey: { $type: 'string' },
      wakeAt: { $lte: new Date(now.getTime() + soonMs) },
    }),
    store.runs.countDocuments({ flow: id, open: true }),
  ]);
  return { isPaused: Boolean(pointer?.pausedAt), waiting, expired, dueSoon, open };
}
