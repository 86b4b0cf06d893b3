import type { Clock } from '../clock.ts';
import type { Arrival, CoachAct } from '../core/arrival.ts';
import type { Decide, Kept, World } from '../core/decide.ts';
import { deskTemplatesFor, type DeskTemplate } from '../core/decide/desk-template.ts';
import { unavailable, unprocessable } from '../errors.ts';
import type { HandBackPreview } from '../http/inbox.ts';
import type { SignedIn } from '../pipeline/sign-in.ts';
import { readCanned, type CannedView } from '../reports/canned.ts';
import { onwardOf } from '../reports/onward.ts';
import { readFuture, type ItemView } from '../reports/thread.ts';
import type { Desk } from '../reports/rows.ts';

export type { ItemView };

export interface ActDeps {
  readonly reads: Desk;
  readonly clock: Clock;
  readonly arrive: (arrival: Arrival) => Promise<unknown>;
  readonly drain: (contactId: string) => Promise<void>;
  readonly decide: Decide;
  readonly worldOf: (contactId: string) => Promise<World | null>;
}

function arrivalOf(clientId: string, contactId: string, coach: SignedIn, act: CoachAct, now: Date): Arrival {
  return {
    id: `coach:${clientId}`,
    kind: 'coach',
    contactId,
    receivedAt: now,
    state: 'new',
    tries: 0,
    coachId: coach.id,
    coachName: coach.name,
    act,
  };
}

/** A coach's act is an arrival like any other: written down, moved at once; the request answers after the commit. */
export function createActs({ reads, clock, arrive, drain, decide, worldOf }: ActDeps) {
  return {
    async act(
      clientId: string,
      contactId: string,
      coach: SignedIn,
      act: CoachAct,
    ): Promise<{ refusal: Kept['refusal'] }> {
      const arrival = arrivalOf(clientId, contactId, coach, act, clock.now());
      await arrive(arrival);
      await drain(contactId);
      const moved = await reads.store.arrivals.findOne(
        { _id: arrival.id },
        { projection: { state: 1, refusal: 1 } },
      );
      if (moved?.state !== 'moved')
        throw unavailable('not_moved', 'This could not be done yet; it is kept and will be tried again.');
      return { refusal: moved.refusal ?? null };
    },

    async readTemplates(contactId: string, coach: SignedIn): Promise<readonly DeskTemplate[]> {
      const world = await worldOf(contactId);
      return world ? deskTemplatesFor(world, coach.name, { now: clock.now(), zone: world.contact.zone }) : [];
    },

    async readCanned(contactId: string, coach: SignedIn): Promise<readonly CannedView[]> {
      const world = await worldOf(contactId);
      const moment = { now: clock.now(), zone: world?.contact.zone ?? 'UTC' };
      return world ? readCanned(reads, world, coach.name, moment) : [];
    },

    /** What handing back would send, by the same function that will decide it: nothing is kept. */
    async previewHandBack(contactId: string, coach: SignedIn, to: string | null): Promise<HandBackPreview> {
      const world = await worldOf(contactId);
      if (!world) return { next: null, held: [], onward: [] };
      const onward = onwardOf(world);
      if (to !== null && !onward.some((place) => place.to === to))
        throw unprocessable('no_such_place', 'The talk cannot go on there.');
      const now = clock.now();
      const act: CoachAct = { do: 'handBack', rev: world.thread.own.rev, to };
      const kept = decide([arrivalOf('preview', contactId, coach, act, now)], world, {
        now,
        zone: world.contact.zone,
      });
      const [row] = kept.rows.filter(({ status }) => status === 'queued');
      const future = await readFuture(reads, contactId);
      return {
        onward,
        next: row ? { text: row.body.text, channel: row.channel, at: row.notBefore } : null,
        held: future
          .filter(({ heldBy }) => heldBy !== null)
          .map(({ stepId, channel, at, heldBy }) => ({ stepId, channel, at, reason: heldBy })),
      };
    },
  };
}
