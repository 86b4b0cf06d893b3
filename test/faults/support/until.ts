/** Milliseconds between two looks. */
const lookMs = 50;

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Looks again and again until it holds; throws with what it last saw once the time is over. */
export async function until<T>(
  what: string,
  look: () => Promise<T | false | null> | T | false | null,
  mostMs: number,
  tellMore?: () => unknown,
): Promise<T> {
  const endMs = performance.now() + mostMs;
  for (;;) {
    const seen = await look();
    if (seen !== false && seen !== null) return seen;
    if (performance.now() > endMs)
      throw new Error(
        `After ${String(mostMs / 1000)} s still not: ${what}. ${JSON.stringify(tellMore?.() ?? '')}`,
      );
    await pause(lookMs);
  }
}
