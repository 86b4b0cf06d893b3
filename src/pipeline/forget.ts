import type { Arrival } from '../core/arrival.ts';
import type { Filter } from 'mongodb';
import type { ContactDoc } from '../store/contacts.ts';
import { eraseContact, type EraseDeps } from './erase.ts';
import { closeTask, openTask } from './gdpr.ts';

export interface ForgetDeps extends EraseDeps {
  readonly arrive: (arrival: Arrival) => Promise<unknown>;
}

const dayMs = 86_400_000;
/** Three years without a word, a click or a login (CNIL); an open is no sign of life. */
export const silentDays = 3 * 365;
const answerDays = 30;
/** A night's work: each erasure also asks the carrier. */
const mostAtOnce = 200;

const daysBefore = (now: Date, days: number): Date => new Date(now.getTime() - days * dayMs);

/** Whom nobody has heard for three years, and who has no running plan. Both halves stand on an index. */
export function silentSince(now: Date): Filter<ContactDoc>[] {
  const before = daysBefore(now, silentDays);
  const someone = { plan: null, erasedAt: null };
  return [
    { ...someone, lastHumanAt: { $type: 'date', $lte: before } },
    { ...someone, lastHumanAt: null, createdAt: { $lte: before } },
  ];
}

export interface Forgotten {
  readonly [what: string]: number;
  /** Silent for three years: asked once, thirty days to answer. */
  readonly asked: number;
  /** Answered in time: they stay. */
  readonly stayed: number;
  readonly forgotten: number;
}

/**
 * Prospects and former clients who went silent: one question (`Retention Question Due`, which a flow may say), and who gives
 * no sign within thirty days is erased (compliance.md §8). `isDry` only counts.
 */
export async function forgetSilent(deps: ForgetDeps, isDry = false): Promise<Forgotten> {
  const { store, clock } = deps;
  const now = clock.now();
  let [asked, stayed, forgotten] = [0, 0, 0];
  for (const filter of silentSince(now)) {
    const silent = await store.contacts.find(filter).limit(mostAtOnce).toArray();
    for (const { _id } of silent) {
      const open = await store.gdprTasks.findOne({ contactId: _id, kind: 'erasure', doneAt: null });
      if (!open) {
        asked += 1;
        if (!isDry) await ask(deps, _id, now);
      } else if (open.why === 'silent' && !open.begunAt && open.dueAt <= now) {
        forgotten += 1;
        if (!isDry) await eraseContact(deps, _id, 'house');
      }
    }
  }
  for (const task of await store.gdprTasks.find({ why: 'silent', doneAt: null }).toArray()) {
    const contact = await store.contacts.findOne({ _id: task.contactId }, { projection: { lastHumanAt: 1 } });
    if (!contact?.lastHumanAt || contact.lastHumanAt <= task.at) continue;
    stayed += 1;
    if (!isDry) await closeTask(deps, task, 'house');
  }
  return { asked, stayed, forgotten };
}

async function ask(deps: ForgetDeps, contactId: string, now: Date): Promise<void> {
  const task = await openTask(deps, contactId, 'erasure');
  await deps.store.gdprTasks.updateOne(
    { _id: task._id },
    { $set: { why: 'silent', dueAt: new Date(now.getTime() + answerDays * dayMs) } },
  );
  const id = `retention:${task._id}`;
  await deps.arrive({
    id: `event:${id}`,
    kind: 'event',
    contactId,
    receivedAt: now,
    state: 'new',
    tries: 0,
    event: { id, name: 'Retention Question Due', properties: {}, occurredAt: now },
  });
}
