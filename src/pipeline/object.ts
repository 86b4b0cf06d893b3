import type { Arrival } from '../core/arrival.ts';
import { channels, type Channel } from '../core/vocabulary.ts';
import { notFound } from '../errors.ts';
import { closeTask, openTask, type GdprDeps } from './gdpr.ts';
import { note } from './note.ts';

export interface ObjectDeps extends GdprDeps {
  readonly arrive: (arrival: Arrival) => Promise<unknown>;
  /** Resolves once the contact's arrivals have been moved, or cannot be now. */
  readonly drain: (contactId: string) => Promise<void>;
}

/**
 * A person objects to marketing (GDPR 21(2)): absolute, on every channel or on one, by the way a STOP takes: an arrival, a
 * commit that writes the thread. `by` is who wrote it down for them. 404 for nobody.
 */
export async function objectToMarketing(
  deps: ObjectDeps,
  contactId: string,
  by: string,
  only: Channel | null = null,
): Promise<{ readonly isMoved: boolean }> {
  const { store, clock } = deps;
  const contact = await store.contacts.findOne(
    { _id: contactId, erasedAt: null },
    { projection: { _id: 1 } },
  );
  if (!contact) throw notFound('no_such_contact', `There is no contact "${contactId}".`);
  const task = await openTask(deps, contactId, 'objection');
  const at = clock.now();
  const ids: string[] = [];
  for (const channel of only ? [only] : channels) {
    const id = `objection:${task._id}:${channel}`;
    ids.push(`event:${id}`);
    await deps.arrive({
      id: `event:${id}`,
      kind: 'event',
      contactId,
      receivedAt: at,
      state: 'new',
      tries: 0,
      event: {
        id,
        name: 'Consent Withdrawn',
        properties: { channel, purpose: 'marketing', evidence: { taskId: task._id, by } },
        occurredAt: at,
      },
    });
  }
  await deps.drain(contactId);
  const waiting = await store.arrivals.countDocuments({ _id: { $in: ids }, state: { $ne: 'moved' } });
  if (waiting === 0) await closeTask(deps, task, by);
  await note(deps, {
    who: by,
    did: 'objected',
    contactId,
    detail: { channel: only ?? 'all' },
    isProof: true,
  });
  return { isMoved: waiting === 0 };
}
