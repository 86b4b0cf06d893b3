import { notFound } from '../errors.ts';
import type { Store } from '../store/connect.ts';
import type { InvitationDoc } from '../store/invitations.ts';
import { hashOfSecret, newSecret } from '../store/secret.ts';

export type LinkKind = InvitationDoc['kind'];

/** How long a link opens something (inbox.md §11). */
export const linkMs: Readonly<Record<LinkKind, number>> = { invite: 72 * 3_600_000, reset: 3_600_000 };

/** The same for a forged, a used, a replaced and an expired link: which of them it is is nobody's business. */
const voidLink = () =>
  notFound('link_void', 'This link has been used, has expired, or was replaced by a newer one.');

/** A new link of a kind for a coach; the ones before it open nothing any more. @returns its secret, kept nowhere. */
export async function makeLink(
  store: Store,
  coachId: string,
  kind: LinkKind,
  now: Date,
): Promise<{ readonly secret: string; readonly expiresAt: Date }> {
  const secret = newSecret();
  const expiresAt = new Date(now.getTime() + linkMs[kind]);
  await endLinks(store, coachId, kind);
  await store.invitations.insertOne({
    _id: hashOfSecret(secret),
    coachId,
    kind,
    createdAt: now,
    expiresAt,
    usedAt: null,
  });
  return { secret, expiresAt };
}

export async function endLinks(store: Store, coachId: string, kind?: LinkKind): Promise<void> {
  await store.invitations.deleteMany({ coachId, ...(kind ? { kind } : {}) });
}

const openOf = (secret: string, kind: LinkKind, now: Date) => ({
  _id: hashOfSecret(secret),
  kind,
  usedAt: null,
  expiresAt: { $gt: now },
});

/** What a link stands for; nothing is used up. Throws 404 `link_void`. */
export async function needLink(
  store: Store,
  secret: string,
  kind: LinkKind,
  now: Date,
): Promise<InvitationDoc> {
  const found = await store.invitations.findOne(openOf(secret, kind, now));
  if (!found) throw voidLink();
  return found;
}

/** Uses a link up: of two who come with the same one at once, one is refused. Throws 404 `link_void`. */
export async function takeLink(
  store: Store,
  secret: string,
  kind: LinkKind,
  now: Date,
): Promise<InvitationDoc> {
  const taken = await store.invitations.findOneAndUpdate(openOf(secret, kind, now), {
    $set: { usedAt: now },
  });
  if (!taken) throw voidLink();
  return taken;
}
