import { randomBytes } from 'node:crypto';
import type { CoachDoc } from '../store/coaches.ts';
import type { Locale } from '../core/vocabulary.ts';
import { conflict, notFound } from '../errors.ts';
import type { Store } from '../store/connect.ts';
import { isDuplicateKey } from '../store/duplicate-key.ts';
import { endLinks } from './invitation.ts';
import { createSessions } from './sessions.ts';

export type Role = CoachDoc['role'];

export interface NewMember {
  readonly email: string;
  readonly name: string | null;
  readonly role: Role;
  readonly locale: Locale;
}

export interface TeamDeps {
  readonly store: Store;
  readonly machineNow?: () => number;
  /** Gives a thread back to the queue, by the only way a thread is moved. */
  readonly release: (contactId: string, by: string) => Promise<void>;
}

export interface TeamDoor {
  /** An account that an invitation will open. Throws 409 `member_exists`. */
  add(member: NewMember): Promise<string>;
  /** Throws 404, 409 `not_invited` for someone who came already. */
  needInvited(coachId: string): Promise<CoachDoc>;
  /** The invitation opens nothing, the address may be invited again. */
  revoke(coachId: string): Promise<void>;
  /** Throws 404, 409 `last_manager`. */
  setRole(coachId: string, role: Role): Promise<void>;
  /**
   * Sessions and devices end, threads in their hands go back to the queue. @returns how many. Throws 409 `yourself`,
   * `last_manager`, `not_come` for someone whose invitation is to be revoked instead.
   */
  leave(coachId: string, by: string): Promise<number>;
  /** For whoever lost the phone that makes the codes: they sign in without one, and every session of theirs ends. */
  forgetCode(coachId: string): Promise<void>;
  /** Comes back as they were, with the password they had. */
  comeBack(coachId: string): Promise<void>;
}

/** Who belongs to the team (inbox.md §11). One manager stays, whatever is asked. */
export function createTeam({ store, release, machineNow = Date.now }: TeamDeps): TeamDoor {
  const sessions = createSessions(store, machineNow);

  async function need(coachId: string): Promise<CoachDoc> {
    const coach = await store.coaches.findOne({ _id: coachId });
    if (!coach) throw notFound('no_such_member', 'Nobody in the team has this id.');
    return coach;
  }

  /** Everyone who counts managers writes the same document: two who demote each other at once leave one. */
  async function changeUnlessLast(coachId: string, set: Partial<CoachDoc>): Promise<void> {
    await store.transact(async (session) => {
      await store.settings.updateOne(
        { _id: 'team' },
        { $set: { value: { changedAt: new Date(machineNow()) } } },
        { session, upsert: true },
      );
      const others = await store.coaches.countDocuments(
        { _id: { $ne: coachId }, role: 'manager', status: { $ne: 'invited' }, leftAt: null },
        { session },
      );
      if (others === 0) throw conflict('last_manager', 'The team keeps one manager: name another one first.');
      await store.coaches.updateOne({ _id: coachId }, { $set: set }, { session });
    });
  }

  /** Through the ordinary arrival, one after the other; a thread that moved meanwhile is nobody's any more. */
  async function releaseAll(coachId: string, by: string): Promise<number> {
    const held = await store.threads
      .find(
        { 'own.ownerId': coachId, 'own.state': { $in: ['coach', 'snoozed'] } },
        { projection: { _id: 1 } },
      )
      .toArray();
    for (const { _id } of held) await release(_id, by);
    return held.length;
  }

  return {
    async add({ email, name, role, locale }) {
      const address = email.trim().toLowerCase();
      const _id = randomBytes(12).toString('hex');
      const doc = { email: address, name: name ?? address.split('@')[0] ?? address, role, locale };
      await store.coaches
        .insertOne({
          _id,
          ...doc,
          status: 'invited',
          scrypt: null,
          createdAt: new Date(machineNow()),
          beatAt: null,
        })
        .catch((error: unknown) => {
          if (!isDuplicateKey(error)) throw error;
          throw conflict('member_exists', 'Somebody of the team has this address already.');
        });
      return _id;
    },

    async needInvited(coachId) {
      const coach = await need(coachId);
      if (coach.status !== 'invited') throw conflict('not_invited', 'This person has come already.');
      return coach;
    },

    async revoke(coachId) {
      await this.needInvited(coachId);
      const { deletedCount } = await store.coaches.deleteOne({ _id: coachId, status: 'invited' });
      if (deletedCount === 0) throw conflict('not_invited', 'This person has come already.');
      await endLinks(store, coachId);
    },

    async setRole(coachId, role) {
      const coach = await need(coachId);
      if (coach.role === role) return;
      if (role === 'manager' || coach.status === 'invited')
        await store.coaches.updateOne({ _id: coachId }, { $set: { role } });
      else await changeUnlessLast(coachId, { role });
    },

    async leave(coachId, by) {
      const coach = await need(coachId);
      if (coach.status === 'invited')
        throw conflict('not_come', 'This person has not come yet: revoke the invitation.');
      if (coachId === by) throw conflict('yourself', 'Another manager has to do this.');
      const set = { leftAt: new Date(machineNow()), status: 'closed', beatAt: null } as const;
      if (coach.role === 'manager') await changeUnlessLast(coachId, set);
      else await store.coaches.updateOne({ _id: coachId }, { $set: set });
      await sessions.endAll(coachId);
      await endLinks(store, coachId);
      await store.pushSubscriptions.deleteMany({ owner: { kind: 'coach', id: coachId } });
      await store.presence.deleteMany({ coachId });
      return releaseAll(coachId, by);
    },

    async forgetCode(coachId) {
      await need(coachId);
      await store.coaches.updateOne({ _id: coachId }, { $set: { totp: null } });
      await sessions.endAll(coachId);
    },

    async comeBack(coachId) {
      await need(coachId);
      await store.coaches.updateOne({ _id: coachId }, { $set: { leftAt: null } });
    },
  };
}
