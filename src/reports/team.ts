import type { CoachDoc } from '../store/coaches.ts';
import type { Store } from '../store/connect.ts';

export interface MemberView {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: CoachDoc['role'];
  readonly state: 'invited' | 'active' | 'left';
  readonly status: 'available' | 'away' | 'off';
  readonly hasSecondFactor: boolean;
  readonly since: Date;
  readonly leftAt: Date | null;
  /** Since the last request of any of their sessions, by the clock that those live by; null for someone signed in nowhere. */
  readonly seenAgoMs: number | null;
  /** Threads in their hands, asleep or awake. */
  readonly held: number;
  /** Until when the invitation opens the account; null where none does. */
  readonly invitedUntil: Date | null;
}

export interface TeamView {
  readonly members: readonly MemberView[];
  /** What was done to the team last, newest first. */
  readonly trail: readonly {
    readonly at: Date;
    readonly who: string;
    readonly did: string;
    readonly member: string | null;
    readonly detail: Readonly<Record<string, unknown>>;
  }[];
}

/** What the trail of the team tells; what coaches do with artists stands on those artists' own pages. */
export const teamActs = [
  'member_invited',
  'member_invited_again',
  'invitation_revoked',
  'invitation_accepted',
  'role_changed',
  'member_left',
  'member_returned',
  'password_reset',
  'password_changed',
  'second_factor_on',
  'second_factor_off',
  'code_forgotten',
  'session_ended',
  'sessions_ended',
] as const;

const trailMost = 30;

/** Everyone who is or was of the team: those invited first, those who left last. */
export async function readTeam(store: Store, machineNow: () => number = Date.now): Promise<TeamView> {
  const [coaches, links, seen, held, acts] = await Promise.all([
    store.coaches.find().sort({ name: 1 }).toArray(),
    store.invitations
      .find({ kind: 'invite', usedAt: null, expiresAt: { $gt: new Date(machineNow()) } })
      .toArray(),
    store.sessions
      .aggregate<{ _id: string; seenAt: Date }>([
        { $group: { _id: '$coachId', seenAt: { $max: '$seenAt' } } },
      ])
      .toArray(),
    store.threads
      .aggregate<{ _id: string; count: number }>([
        { $match: { 'own.state': { $in: ['coach', 'snoozed'] } } },
        { $group: { _id: '$own.ownerId', count: { $sum: 1 } } },
      ])
      .toArray(),
    store.audit
      .find({ contactId: null, did: { $in: [...teamActs] } })
      .sort({ at: -1 })
      .limit(trailMost)
      .toArray(),
  ]);
  const until = new Map(links.map(({ coachId, expiresAt }) => [coachId, expiresAt]));
  const last = new Map(seen.map(({ _id, seenAt }) => [_id, seenAt]));
  const inHand = new Map(held.map(({ _id, count }) => [_id, count]));
  const names = new Map(coaches.map(({ _id, name }) => [_id, name]));
  const agoOf = (at: Date | undefined): number | null =>
    at ? Math.max(0, machineNow() - at.getTime()) : null;
  const rank = { invited: 0, active: 1, left: 2 } as const;
  const members = coaches.map((doc) => ({
    ...memberOf(doc),
    seenAgoMs: agoOf(last.get(doc._id)),
    held: inHand.get(doc._id) ?? 0,
    invitedUntil: until.get(doc._id) ?? null,
  }));
  return {
    members: members.sort((one, other) => rank[one.state] - rank[other.state]),
    trail: acts.map(({ at, who, did, detail }) => {
      const { member, ...rest } = detail ?? {};
      const id = typeof member === 'string' ? member : null;
      return {
        at,
        who: names.get(who) ?? who,
        did,
        member: id === null ? null : (names.get(id) ?? null),
        detail: rest,
      };
    }),
  };
}

function memberOf(doc: CoachDoc): Omit<MemberView, 'seenAgoMs' | 'held' | 'invitedUntil'> {
  return {
    id: doc._id,
    email: doc.email,
    name: doc.name,
    role: doc.role,
    state: doc.leftAt ? 'left' : doc.status === 'invited' ? 'invited' : 'active',
    status: doc.status === 'available' || doc.status === 'away' ? doc.status : 'off',
    hasSecondFactor: Boolean(doc.totp?.confirmedAt),
    since: doc.createdAt,
    leftAt: doc.leftAt ?? null,
  };
}
