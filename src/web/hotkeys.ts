import { useEffect, useRef } from 'react';

/** What a key does. The names are those of `event.key`, so AZERTY and QWERTY agree; `g x` is one after the other. */
export type Hotkeys = Readonly<Record<string, (event: KeyboardEvent) => void>>;

const secondKeyMs = 1200;
const kept = 'mona.keys';

/** One-letter keys can be switched off, for those who speak to their machine (WCAG 2.1.4). */
export const areKeysOn = (): boolean => localStorage.getItem(kept) !== 'off';

export function switchKeys(isOn: boolean): void {
  localStorage.setItem(kept, isOn ? 'on' : 'off');
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

const isOverlaid = (): boolean => document.querySelector('dialog[open]') !== null;

function nameOf(event: KeyboardEvent): string {
  return event.ctrlKey || event.metaKey ? `Ctrl+${event.key.toLowerCase()}` : event.key;
}

/** Listens to keys on the page. Inside a field, or under a dialog, only combinations with Ctrl are heard. */
export function useHotkeys(hotkeys: Hotkeys): void {
  const latest = useRef(hotkeys);
  useEffect(() => {
    latest.current = hotkeys;
  });
  useEffect(() => {
    let first: { key: string; at: number } | null = null;
    const hear = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || event.altKey || isOverlaid()) return;
      const name = nameOf(event);
      if (!name.startsWith('Ctrl+') && (isTyping(event.target) || !areKeysOn())) return;
      const isSecond = first !== null && event.timeStamp - first.at < secondKeyMs;
      const pair = isSecond && first ? latest.current[`${first.key} ${name}`] : undefined;
      first = !isSecond && name === 'g' ? { key: name, at: event.timeStamp } : null;
      const act = pair ?? latest.current[name];
      if (!act || first) return;
      event.preventDefault();
      act(event);
    };
    document.addEventListener('keydown', hear);
    return () => document.removeEventListener('keydown', hear);
  }, []);
}
