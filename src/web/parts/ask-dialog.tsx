import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useWords } from '../words.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import styles from './ask-dialog.module.css';

interface Props {
  title: string;
  /** What the second button says it does. */
  confirm: string;
  /** Not to be confirmed now: something is missing, or it is being done. */
  isBusy?: boolean;
  onConfirm: (fields: FormData, form: HTMLFormElement) => void;
  onClose: () => void;
  children: ReactNode;
}

/** A question with two ways out: leave it, or do it. Enter does it, wherever in it one stands. */
export function AskDialog({ title, confirm, isBusy = false, onConfirm, onClose, children }: Props) {
  const { t } = useWords();
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  // Where there was nothing to fill in and nothing to confirm yet, nobody has focus: the answer gets it.
  useEffect(() => {
    const dialog = form.current?.closest('dialog');
    if (!isBusy && document.activeElement === dialog)
      dialog?.querySelector<HTMLElement>('[type=submit]')?.focus();
  }, [isBusy]);
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button type="submit" form={id} look="primary" disabled={isBusy}>
            {confirm}
          </Button>
        </>
      }
    >
      <form
        ref={form}
        id={id}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) onConfirm(new FormData(event.currentTarget), event.currentTarget);
        }}
      >
        {children}
      </form>
    </Dialog>
  );
}
