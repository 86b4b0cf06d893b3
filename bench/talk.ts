import { setTimeout as pause } from 'node:timers/promises';
import { post, type Letter, type Outside } from './outside.ts';
import { spread, type Spread } from './spread.ts';

/** What phones saw of one stretch of texting. */
export interface Talk {
  readonly answered: number;
  readonly unanswered: number;
  readonly perSecond: number;
  /** Milliseconds to the webhook's 200, and to the reply at the carrier. */
  readonly accepted: Spread;
  readonly replied: Spread;
}

/** A phone waits no longer. */
const patienceMs = 20_000;

interface Seen {
  readonly acceptedMs: number;
  readonly repliedMs: number | null;
}

async function textOnce(outside: Outside, publicUrl: string, letter: Letter): Promise<Seen> {
  const began = performance.now();
  const reply = outside.nextFor(letter.address);
  const status = await post(letter, publicUrl);
  if (status !== 200) throw new Error(`a webhook was answered with ${String(status)}`);
  const acceptedMs = performance.now() - began;
  const cut = new AbortController();
  const at = await Promise.race([
    reply,
    pause(patienceMs, null, { signal: cut.signal, ref: false }).catch(() => null),
  ]);
  cut.abort();
  return { acceptedMs, repliedMs: at === null ? null : at - began };
}

function talkOf(seen: readonly Seen[], tookMs: number): Talk {
  const replied = seen.flatMap(({ repliedMs }) => repliedMs ?? []);
  return {
    answered: replied.length,
    unanswered: seen.length - replied.length,
    perSecond: (replied.length * 1000) / tookMs,
    accepted: spread(seen.map(({ acceptedMs }) => acceptedMs)),
    replied: spread(replied),
  };
}

/** So many texts at a time, the next one when one was answered: at the webhook, and at the carrier. */
export async function talkInFlight(
  outside: Outside,
  publicUrl: string,
  letters: readonly Letter[],
  { inFlight, forMs }: { readonly inFlight: number; readonly forMs: number },
): Promise<Talk> {
  const seen: Seen[] = [];
  const began = performance.now();
  let next = 0;
  const phone = async (): Promise<void> => {
    for (;;) {
      const letter = letters[next];
      if (!letter || performance.now() - began > forMs) return;
      next += 1;
      seen.push(await textOnce(outside, publicUrl, letter));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, phone));
  return talkOf(seen, performance.now() - began);
}

/** So many texts a second, whatever becomes of those before. */
export async function talkAtRate(
  outside: Outside,
  publicUrl: string,
  letters: readonly Letter[],
  { perSecond }: { readonly perSecond: number },
): Promise<Talk> {
  const began = performance.now();
  const seen = await Promise.all(
    letters.map(async (letter, place) => {
      await pause(Math.max(0, began + (place * 1000) / perSecond - performance.now()));
      return textOnce(outside, publicUrl, letter);
    }),
  );
  return talkOf(seen, performance.now() - began);
}
