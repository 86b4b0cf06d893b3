import { readEndpoint } from '../channels/push/index.ts';
import type { PushDoors } from '../http/push.ts';
import { renew, subscribe } from '../pipeline/subscribe.ts';
import type { House } from './house.ts';

/** What the door for browsers may call. */
export function pushDoors(house: House): Omit<PushDoors, 'session' | 'webDir'> {
  const { config, tokens, pushUrl } = house;
  return {
    key: config.vapid.publicKey,
    mayCall: (endpoint) => readEndpoint(endpoint, pushUrl) !== null,
    contactOf: (text) => {
      const token = tokens.read(text);
      return token?.kind === 'push' ? token.contactId : null;
    },
    subscribeContact: (id, subscription, isYes) =>
      subscribe(house, { kind: 'contact', id }, subscription, isYes),
    subscribeCoach: (id, subscription) => subscribe(house, { kind: 'coach', id }, subscription, true),
    renew: (oldEndpoint, subscription) => renew(house, oldEndpoint, subscription),
  };
}
