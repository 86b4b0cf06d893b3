import type { World } from './carrier.ts';
import type { Message } from './message.ts';

/** The carrier's word for a `MediaUrl` that gave it nothing. */
export const mediaNotCollected = 63019;
const timeoutMs = 10_000;

async function collect(world: World, sid: string, url: string): Promise<string | null> {
  try {
    const response = await fetch(world.dial(url), { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) return null;
    world.media.put(sid, new Uint8Array(await response.arrayBuffer()));
    return response.headers.get('content-type');
  } catch {
    return null;
  }
}

/** Fetches what a message asked to carry, as the carrier does before it sends on. False where an address gave nothing. */
export async function collectMedia(world: World, message: Message): Promise<boolean> {
  const types = await Promise.all(message.media.map(({ sid, url }) => collect(world, sid, url)));
  message.media = message.media.map((media, place) => ({ ...media, type: types[place] ?? media.type }));
  world.book.note(message, 'redacted');
  return types.every((type) => type !== null);
}
