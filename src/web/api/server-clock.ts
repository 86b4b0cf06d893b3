import { useEffect, useState } from 'react';

let aheadMs = 0;

/** Sets this page's idea of the server's time: the sandbox's clock may stand days ahead of the machine's. */
export function hearServerNow(now: string): void {
  const at = Date.parse(now);
  if (!Number.isNaN(at)) aheadMs = at - Date.now();
}

/** The server's time, in milliseconds. Every countdown reads it. */
export const serverNow = (): number => Date.now() + aheadMs;

/** The server's time, again every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    setNow(serverNow());
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
