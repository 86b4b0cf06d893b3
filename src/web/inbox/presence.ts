import { useCallback, useEffect, useRef } from 'react';
import { api } from '../api/client.ts';

const beatMs = 20_000;
const typingMs = 20_000;

/** Tells the others that one is here, every 20 s, and at once when one begins to type: the bot waits for it. */
export function usePresence(thread: string): { readonly typed: () => void } {
  const typedAt = useRef(0);
  const beat = useCallback(() => {
    const isTyping = Date.now() - typedAt.current < typingMs;
    const mode = document.hidden ? 'away' : isTyping ? 'typing' : 'viewing';
    void api('POST', '/api/presence', { thread, mode }).catch(() => undefined);
  }, [thread]);
  useEffect(() => {
    beat();
    const timer = setInterval(beat, beatMs);
    document.addEventListener('visibilitychange', beat);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', beat);
      void api('POST', '/api/presence', { thread, mode: 'away' }).catch(() => undefined);
    };
  }, [thread, beat]);
  const typed = useCallback(() => {
    const wasTyping = Date.now() - typedAt.current < typingMs;
    typedAt.current = Date.now();
    if (!wasTyping) beat();
  }, [beat]);
  return { typed };
}
