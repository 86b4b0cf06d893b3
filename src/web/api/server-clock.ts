import { useEffect, useState } from 'react';

let aheadMs = 0;
const listeners = new Set<() => void>();
/** Less than this is the way the news took, and moves no countdown. */
const stirMs = 1_000;

/** Sets this page's idea of the server's time: the sandbox's clock may stand days ahead of the machine's. */
export function hearServerNow(now: string): void {
  const at = Date.parse(now);
  if (Number.isNaN(at)) return;
  const before = aheadMs;
  aheadMs = at - Date.now();
  if (Math.abs(aheadMs - before) > stirMs) for (const stirred of listeners) stirred();
}

/** The server's time, in milliseconds. Every countdown reads it. */
export const serverNow = (): number => Date.now() + aheadMs;

/** The server's time, again every `everyMs`, and at once when its clock was moved. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const tick = (): void => setNow(serverNow());
    const timer = setInterval(tick, everyMs);
    listeners.add(tick);
    tick();
    return () => {
      clearInterval(timer);
      listeners.delete(tick);
    };
  }, [everyMs]);
  return now;
}
