import { useSyncExternalStore } from 'react';
import styles from './notice.module.css';

interface Toast {
  readonly id: number;
  readonly text: string;
}

const shownMs = 5000;
let toasts: readonly Toast[] = [];
let count = 0;
const listeners = new Set<() => void>();

function put(next: readonly Toast[]): void {
  toasts = next;
  for (const changed of listeners) changed();
}

/** Says something once, over the page, without taking focus. */
export function toast(text: string): void {
  const id = ++count;
  put([...toasts.slice(-2), { id, text }]);
  setTimeout(() => put(toasts.filter((other) => other.id !== id)), shownMs);
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className={styles.toasts} role="status" aria-live="polite">
      {shown.map(({ id, text }) => (
        <div key={id} className={styles.toast}>
          {text}
        </div>
      ))}
    </div>
  );
}
