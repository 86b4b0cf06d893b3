import { createHash, randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { tooMany, unauthorized, unprocessable } from '../errors.ts';
import type { CoachDoc } from '../store/coaches.ts';
import type { Store } from '../store/connect.ts';
import { createSecondFactor } from './second-factor.ts';

/** inbox.md §11. Two hashes at a time: each takes 128 MB. */
const cost: ScryptOptions = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 1024 * 1024 };
const keyLength = 32;
const atOnce = 2;
const leastCharacters = 12;
const idleMs = 12 * 3_600_000;
const absoluteMs = 7 * 86_400_000;
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

let underWay = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (underWay >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  underWay += 1;
  try {
    return await work();
  } finally {
    underWay -= 1;
    waiting.shift()?.();
  }
}

const derive = (password: string, salt: Buffer): Promise<Buffer> =>
  inTurn(
    () =>
      new Promise((resolve, reject) => {
        scrypt(password.normalize('NFC'), salt, keyLength, cost, (error, key) => {
          if (error) reject(error);
          else resolve(key);
        });
      }),
  );

async function hashPassword(password: string): Promise<string> {
  if (password.length < leastCharacters)
    throw unprocessable('password_short', `A password takes at least ${String(leastCharacters)} characters.`);
  const salt = randomBytes(16);
  return `${salt.toString('base64')}.${(await derive(password, salt)).toString('base64')}`;
}

async function isPassword(password: string, kept: string): Promise<boolean> {
  const [salt = '', key = ''] = kept.split('.');
  const expected = Buffer.from(key, 'base64');
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64')), expected);
}

const sessionId = (secret: string): string => createHash('sha256').update(secret).digest('hex');

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

/** Sessions live by the machine's clock, not the product's: a jump of the sandbox signs nobody out. */
export function createSignIn(store: Store, machineNow: () => number = Date.now): SignInDoor {
  const failures = createFailures(machineNow);
  const secondFactor = createSecondFactor(store, machineNow);
  // An unknown address costs as much as a known one, so that time tells nothing.
  const nobody = hashPassword(randomBytes(16).toString('hex'));

  async function open(coachId: string, agent: string | null): Promise<string> {
    const secret = randomBytes(32).toString('base64url');
    const now = machineNow();
    await store.sessions.insertOne({
      _id: sessionId(secret),
      coachId,
      createdAt: new Date(now),
      seenAt: new Date(now),
      expiresAt: new Date(now + absoluteMs),
      agent: agent?.slice(0, 200) ?? null,
    });
    return secret;
  }

  return {
    async signIn(email, password, { ip, agent, code = null }) {
      const address = email.trim().toLowerCase();
      failures.refuse(`mail:${address}`, `ip:${ip}`);
      const doc = await store.coaches.findOne({ email: address });
      const isRight = await isPassword(password, doc?.scrypt ?? (await nobody));
      if (!doc?.scrypt || !isRight) {
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
        secret: await open(doc._id, agent),
        coach: signedIn({ ...doc, status: doc.status === 'invited' ? 'available' : doc.status }),
      };
    },

    async signOut(secret) {
      await store.sessions.deleteOne({ _id: sessionId(secret) });
    },

    async who(secret) {
      const now = machineNow();
      const session = await store.sessions.findOne({ _id: sessionId(secret) });
      if (!session || session.expiresAt.getTime() <= now || now - session.seenAt.getTime() > idleMs)
        return null;
      // A minute's truth is enough for an idle limit of hours.
      if (now - session.seenAt.getTime() > 60_000)
        await store.sessions.updateOne({ _id: session._id }, { $set: { seenAt: new Date(now) } });
      const coach = await store.coaches.findOne({ _id: session.coachId });
      return coach ? signedIn(coach) : null;
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
      await store.sessions.deleteMany({ coachId });
    },
  };
}
