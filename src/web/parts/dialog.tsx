import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useWords } from '../words.ts';
import { Button } from './button.tsx';
import styles from './dialog.module.css';

interface Props {
  title: string;
  onClose: () => void;
  /** Buttons of the last line. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A question over the page. The browser keeps focus inside and gives it back when it closes. */
export function Dialog({ title, onClose, actions, children }: Props) {
  const { t } = useWords();
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    const before = document.activeElement;
    dialog.showModal();
    // Whoever opened it came for what it asks, not for its way out.
    (dialog.querySelector<HTMLElement>('input, select, [type=submit]:not(:disabled)') ?? dialog).focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      className={styles.dialog}
      tabIndex={-1}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <header className={styles.head}>
        <h2 id={titleId}>{title}</h2>
        <Button look="quiet" icon="close" aria-label={t('act.close')} onClick={onClose} />
      </header>
      <div className={styles.body}>{children}</div>
      {actions && <footer className={styles.foot}>{actions}</footer>}
    </dialog>
  );
}
