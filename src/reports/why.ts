import { notFound } from '../errors.ts';
import type { Desk } from './rows.ts';

/** Why a message went, or why nothing did: the item's own why, its row's life, and each answer of the guard in order. */
export async function readWhy({ store }: Pick<Desk, 'store'>, itemId: string) {
  const item = await store.items.findOne({ _id: itemId });
  if (!item) throw notFound('no_such_item', 'There is no item with this id.');
  const [row, run] = await Promise.all([
    item.rowId ? store.outbox.findOne({ _id: item.rowId }) : null,
    item.runId ? store.runs.findOne({ _id: item.runId }) : null,
  ]);
  const decisions = item.rowId
    ? await store.decisions.find({ rowId: item.rowId }).sort({ at: 1 }).toArray()
    : [];
  const held = decisions.findLast(({ verdict }) => verdict === 'wait');
  return {
    rule: item.why.rule,
    flow: item.why.flow ?? run?.flow ?? null,
    version: run?.version ?? null,
    step: item.why.step ?? row?.stepKey ?? null,
    node: item.why.node ?? row?.node ?? null,
    reason: item.why.reason ?? row?.reason ?? null,
    intent: item.understood?.intent ?? null,
    confidence: item.understood?.confidence ?? null,
    runnerUp: item.understood?.runnerUp ?? null,
    nextAt: row?.status === 'queued' ? row.notBefore : (held?.until ?? null),
    decisions: decisions.map(({ at, asked, rule, verdict, until, reason }) => ({
      at,
      asked,
      rule,
      verdict,
      until,
      reason,
    })),
    history: row?.history ?? [],
    detail: item.why.detail ?? null,
  };
}
