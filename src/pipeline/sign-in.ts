import { randomBytes } from 'node:crypto';
import { tooMany, unauthorized } from '../errors.ts';
import type { CoachDoc } from '../store/coaches.ts';
import type { Store } from '../store/connect.ts';
import { hashPassword, isPassword } from './password.ts';
import { createSecondFactor } from './second-factor.ts';
import { createSessions } from './sessions.ts';

const mostFailures = 5;
const failureMs = 15 * 60_000;

export interface SignedIn {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: 'coach' | 'manager';
  readonly status: 'available' | 'away' | 'off';
  readonly locale: 'fr' | 'en' | null;
  /** Signing in takes a code of an authenticator too. */
  readonly hasSecondFactor: boolean;
}

export interface NewCoach {
  readonly email: string;
  readonly name: string;
  readonly role: 'coach' | 'manager';
  readonly password: string;
  readonly id?: string;
}

export interface SignInDoor {
  /** @returns the session's secret, for the cookie. Throws 401, the same for an unknown address, 401 `code_needed` after the
   * right password of one who has a second factor, or 429 after 5 failures in 15 min. */
  signIn(
    email: string,
    password: string,
    from: {
      readonly ip: string;
      readonly agent: string | null;
      /** Of the second factor, where the coach has one. */
      readonly code?: string | null;
    },
  ): Promise<{ secret: string; coach: SignedIn }>;
  signOut(secret: string): Promise<void>;
  /** Who holds this session now; the role is read on each request. Null = no session, or an idle or old one. */
  who(secret: string): Promise<SignedIn | null>;
  addCoach(coach: NewCoach): Promise<string>;
  setPassword(coachId: string, password: string): Promise<void>;
}

const signedIn = (doc: CoachDoc): SignedIn => ({
  id: doc._id,
  email: doc.email,
  name: doc.name,
  role: doc.role,
  status: doc.status === 'available' || doc.status === 'away' ? doc.status : 'off',
  locale: doc.locale ?? null,
  hasSecondFactor: Boolean(doc.totp?.confirmedAt),
});

/** Failures by address and by IP, in memory: a restart forgives, a process never grows (oldest go first). */
function createFailures(now: () => number) {
  const failures = new Map<string, number[]>();
  const recent = (key: string): number[] => (failures.get(key) ?? []).filter((at) => now() - at < failureMs);
  return {
    refuse(...names: readonly string[]): void {
      for (const name of names) {
        if (recent(name).length >= mostFailures)
          throw tooMany('too_many_failures', 'Too many failed sign-ins. Wait 15 minutes and try again.');
      }
    },
    note(...names: readonly string[]): void {
      for (const name of names) failures.set(name, [...recent(name), now()]);
      for (const name of failures.keys()) {
        if (failures.size <= 10_000) break;
        failures.delete(name);
      }
    },
    forget(...names: readonly string[]): void {
      for (const name of names) failures.delete(name);
    },
  };
}

/** By the machine's clock, not the product's: a jump of the sandbox forgives nobody. */
export function createSignIn(store: Store, machineNow: () => number = Date.now): SignInDoor {
  const failures = createFailures(machineNow);
  const secondFactor = createSecondFactor(store, machineNow);
  const sessions = createSessions(store, machineNow);
  // An unknown address costs as much as a known one, so that time tells nothing.
  const nobody = hashPassword(randomBytes(16).toString('hex'));

  return {
    async signIn(email, password, { ip, agent, code = null }) {
      const address = email.trim().toLowerCase();
      failures.refuse(`mail:${address}`, `ip:${ip}`);
      const doc = await store.coaches.findOne({ email: address });
      const isRight = await isPassword(password, doc?.scrypt ?? (await nobody));
      // Who has left is refused like a stranger: the answer says nothing of anybody.
      if (!doc?.scrypt || doc.leftAt || !isRight) {
        failures.note(`mail:${address}`, `ip:${ip}`);
        throw unauthorized('sign_in_refused', 'This address and password do not go together.');
      }
      await secondFactor.check(doc, code).catch((error: unknown) => {
        if (code !== null) failures.note(`mail:${address}`, `ip:${ip}`);
        throw error;
      });
      failures.forget(`mail:${address}`);
      if (doc.status === 'invited')
        await store.coaches.updateOne({ _id: doc._id }, { $set: { status: 'available' } });
      return {
        secret: await sessions.open(doc._id, agent),
        coach: signedIn({ ...doc, status: doc.status === 'invited' ? 'available' : doc.status }),
      };
    },

    signOut: (secret) => sessions.end(secret),

    async who(secret) {
      const coachId = await sessions.ownerOf(secret);
      const coach = coachId === null ? null : await store.coaches.findOne({ _id: coachId });
      return coach && !coach.leftAt ? signedIn(coach) : null;
    },

    async addCoach({ email, name, role, password, id }) {
      const _id = id ?? randomBytes(12).toString('hex');
      await store.coaches.insertOne({
        _id,
        email: email.trim().toLowerCase(),
        name,
        role,
        status: 'available',
        scrypt: await hashPassword(password),
        createdAt: new Date(machineNow()),
        beatAt: null,
      });
      return _id;
    },

    async setPassword(coachId, password) {
      await store.coaches.updateOne({ _id: coachId }, { $set: { scrypt: await hashPassword(password) } });
      await sessions.endAll(coachId);
    },
  };
}
