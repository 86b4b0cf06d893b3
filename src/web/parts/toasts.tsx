import { useSyncExternalStore } from 'react';
import styles from './notice.module.css';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly action?: ToastAction | undefined;
}

/** A way back, for as long as the toast stands. */
interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

const shownMs = 5000;
const actionMs = 10_000;
let toasts: readonly Toast[] = [];
let count = 0;
const listeners = new Set<() => void>();

function put(next: readonly Toast[]): void {
  toasts = next;
  for (const changed of listeners) changed();
}

const drop = (id: number): void => put(toasts.filter((other) => other.id !== id));

/** Says something once, over the page, without taking focus. */
export function toast(text: string, action?: ToastAction): void {
  const id = ++count;
  put([...toasts.slice(-2), { id, text, action }]);
  setTimeout(() => drop(id), action ? actionMs : shownMs);
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className={styles.toasts} role="status" aria-live="polite">
      {shown.map(({ id, text, action }) => (
        <div key={id} className={styles.toast}>
          {text}
          {action && (
            <button
              type="button"
              onClick={() => {
                drop(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
