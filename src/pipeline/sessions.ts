import type { Store } from '../store/connect.ts';
import { hashOfSecret, newSecret } from '../store/secret.ts';
import type { SessionDoc } from '../store/sessions.ts';

const idleMs = 12 * 3_600_000;
const absoluteMs = 7 * 86_400_000;
/** A minute's truth is enough for an idle limit of hours. */
const seenEveryMs = 60_000;

/** A sign-in of one's own, as its owner reads it. `id` names it and opens nothing. */
export interface OpenSession {
  readonly id: string;
  readonly agent: string | null;
  readonly createdAt: Date;
  readonly seenAt: Date;
  /** Since it was seen, by the clock that sessions live by. */
  readonly seenAgoMs: number;
}

export interface Sessions {
  /** @returns the secret, for the cookie; only its hash is kept. */
  open(coachId: string, agent: string | null): Promise<string>;
  /** Whose session it is now; null for none, an idle or an old one. Notes that it was seen. */
  ownerOf(secret: string): Promise<string | null>;
  end(secret: string): Promise<void>;
  /** Those that still open something, the last seen first. */
  listOf(coachId: string): Promise<readonly OpenSession[]>;
  /** False where this coach has no such session. */
  endOne(coachId: string, id: string): Promise<boolean>;
  /** Every one of the coach's but that of `secret`; all of them without one. @returns how many ended. */
  endAll(coachId: string, secret?: string): Promise<number>;
  idOf(secret: string): string;
}

/** A part of the hash of the hash: what a page shows must not be what the database is asked for. */
const nameOf = (key: string): string => hashOfSecret(key).slice(0, 16);

/** Sessions live by the machine's clock, not the product's: a jump of the sandbox signs nobody out. */
export function createSessions(store: Store, machineNow: () => number = Date.now): Sessions {
  const isOver = ({ expiresAt, seenAt }: SessionDoc): boolean =>
    expiresAt.getTime() <= machineNow() || machineNow() - seenAt.getTime() > idleMs;

  return {
    async open(coachId, agent) {
      const secret = newSecret();
      const now = machineNow();
      await store.sessions.insertOne({
        _id: hashOfSecret(secret),
        coachId,
        createdAt: new Date(now),
        seenAt: new Date(now),
        expiresAt: new Date(now + absoluteMs),
        agent: agent?.slice(0, 200) ?? null,
      });
      return secret;
    },

    async ownerOf(secret) {
      const session = await store.sessions.findOne({ _id: hashOfSecret(secret) });
      if (!session || isOver(session)) return null;
      if (machineNow() - session.seenAt.getTime() > seenEveryMs)
        await store.sessions.updateOne({ _id: session._id }, { $set: { seenAt: new Date(machineNow()) } });
      return session.coachId;
    },

    async end(secret) {
      await store.sessions.deleteOne({ _id: hashOfSecret(secret) });
    },

    async listOf(coachId) {
      const docs = await store.sessions.find({ coachId }).sort({ seenAt: -1 }).toArray();
      return docs
        .filter((doc) => !isOver(doc))
        .map(({ _id, agent, createdAt, seenAt }) => ({
          id: nameOf(_id),
          agent: agent ?? null,
          createdAt,
          seenAt,
          seenAgoMs: Math.max(0, machineNow() - seenAt.getTime()),
        }));
    },

    async endOne(coachId, id) {
      const docs = await store.sessions.find({ coachId }, { projection: { _id: 1 } }).toArray();
      const found = docs.find(({ _id }) => nameOf(_id) === id);
      if (!found) return false;
      return (await store.sessions.deleteOne({ _id: found._id })).deletedCount === 1;
    },

    async endAll(coachId, secret) {
      const others = secret === undefined ? {} : { _id: { $ne: hashOfSecret(secret) } };
      return (await store.sessions.deleteMany({ coachId, ...others })).deletedCount;
    },

    idOf: (secret) => nameOf(hashOfSecret(secret)),
  };
}
