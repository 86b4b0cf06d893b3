import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { conflict, notFound } from '../errors.ts';
import type { Store } from '../store/connect.ts';
import type { GdprKind, GdprTaskDoc } from '../store/gdpr-tasks.ts';

export interface GdprDeps {
  readonly store: Store;
  readonly clock: Clock;
}

/** The same day so many months later, or the last day of that month (Regulation 1182/71: a month ends on its own date). */
export function monthsAfter(at: Date, months: number): Date {
  const day = at.getUTCDate();
  const later = new Date(at);
  later.setUTCDate(1);
  later.setUTCMonth(later.getUTCMonth() + months);
  const last = new Date(Date.UTC(later.getUTCFullYear(), later.getUTCMonth() + 1, 0)).getUTCDate();
  later.setUTCDate(Math.min(day, last));
  return later;
}

/** The open request of this kind, or a new one, due a month after it was made. */
export async function openTask(
  { store, clock }: GdprDeps,
  contactId: string,
  kind: GdprKind,
): Promise<GdprTaskDoc> {
  const open = await store.gdprTasks.findOne({ contactId, kind, doneAt: null }, { sort: { at: 1 } });
  if (open) return open;
  const at = clock.now();
  const task: GdprTaskDoc = {
    _id: randomBytes(12).toString('hex'),
    contactId,
    kind,
    at,
    dueAt: monthsAfter(at, 1),
    doneAt: null,
  };
  await store.gdprTasks.insertOne(task);
  return task;
}

export async function closeTask(
  { store, clock }: GdprDeps,
  { _id }: Pick<GdprTaskDoc, '_id'>,
  by: string,
  set: Partial<GdprTaskDoc> = {},
): Promise<void> {
  await store.gdprTasks.updateOne(
    { _id },
    { $set: { ...set, doneAt: clock.now(), by }, $unset: { left: '' } },
  );
}

/** Two months more, once, and only where the person is told why within the first month. */
export async function extendTask({ store, clock }: GdprDeps, id: string, why: string): Promise<Date> {
  const task = await store.gdprTasks.findOne({ _id: id });
  if (!task) throw notFound('no_such_task', `There is no request "${id}".`);
  const now = clock.now();
  if (task.doneAt) throw conflict('task_done', 'This request has been answered.');
  if (task.extended) throw conflict('extended_before', 'This request was extended before: once is all.');
  if (now > task.dueAt)
    throw conflict(
      'too_late',
      `The notice is owed within the first month, which ended ${isoDay(task.dueAt)}.`,
    );
  const dueAt = monthsAfter(task.at, 3);
  await store.gdprTasks.updateOne({ _id: id }, { $set: { dueAt, extended: { at: now, why } } });
  return dueAt;
}

const isoDay = (at: Date): string => at.toISOString().slice(0, 10);
