import { worldNow, type Scene } from './scene.ts';

/** They came back by themselves, by a word or a login: the silence we had promised them is lifted. */
export function liftSilence(scene: Scene): void {
  const { now } = scene.moment;
  const promised = worldNow(scene).offers.filter(
    ({ kind, contactId, endsAt }) =>
      kind === 'promise' && contactId === scene.contact.id && endsAt && endsAt > now,
  );
  for (const offer of promised) scene.offers.push({ ...offer, endsAt: now, expiresAt: now });
}
