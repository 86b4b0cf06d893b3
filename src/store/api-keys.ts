import { collectionOf } from './collection.ts';
import type { Store } from './connect.ts';
import { hashOfSecret, newSecret } from './secret.ts';

/** What a key may send to `/v1/events`. */
export const apiScopes = ['track', 'identify'] as const;
export type ApiScope = (typeof apiScopes)[number];

/** A key of another program; `_id` is the SHA-256 of its secret, which nobody can read again. */
export interface ApiKeyDoc {
  readonly _id: string;
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  readonly createdAt: Date;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export const apiKeys = collectionOf<ApiKeyDoc>(
  'apiKeys',
  { name: String, scopes: [String], createdAt: Date, lastUsedAt: Date, revokedAt: Date },
  [{ key: { name: 1 }, unique: true }],
);

const minuteMs = 60_000;

/** @returns the secret, this once. Throws a duplicate key error where the name is taken, also by a revoked key. */
export async function addApiKey(
  store: Store,
  name: string,
  scopes: readonly ApiScope[],
  at: Date,
): Promise<string> {
  const secret = `mona_${newSecret()}`;
  await store.apiKeys.insertOne({
    _id: hashOfSecret(secret),
    name,
    scopes,
    createdAt: at,
    lastUsedAt: null,
    revokedAt: null,
  });
  return secret;
}

/** @returns whether there was such a key in use. It ends with the next request. */
export async function revokeApiKey(store: Store, name: string, at: Date): Promise<boolean> {
  const { matchedCount } = await store.apiKeys.updateOne(
    { name, revokedAt: null },
    { $set: { revokedAt: at } },
  );
  return matchedCount > 0;
}

export const listApiKeys = (store: Store): Promise<ApiKeyDoc[]> =>
  store.apiKeys.find().sort({ createdAt: 1 }).toArray();

/** What the bearer of a secret may send; null for one that is no key, or no more. */
export async function scopesOfKey(
  store: Store,
  secret: string,
  at: Date,
): Promise<readonly ApiScope[] | null> {
  const key = await store.apiKeys.findOne({ _id: hashOfSecret(secret), revokedAt: null });
  if (!key) return null;
  if (!key.lastUsedAt || at.getTime() - key.lastUsedAt.getTime() > minuteMs)
    await store.apiKeys.updateOne({ _id: key._id }, { $set: { lastUsedAt: at } });
  return key.scopes;
}
