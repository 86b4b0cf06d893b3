import { useState } from 'react';
import { isApiError } from '../api/client.ts';
import { TextField } from '../parts/field.tsx';
import styles from '../sign-in.module.css';
import { useWords } from '../words.ts';

/** A code of the server that is about the new password itself. */
export const isAboutPassword = (error: unknown): boolean =>
  isApiError(error, 422) && Boolean(error.code?.startsWith('password_'));

/** A password to choose: the rule stands beside it before anything is typed, and it can be read. */
export function NewPasswordField({ error, label }: { error: unknown; label?: string }) {
  const { t, known } = useWords();
  const [isShown, show] = useState(false);
  const problem =
    isAboutPassword(error) && isApiError(error)
      ? known(`account.weak.${error.code ?? ''}`, t('account.weak.password_short'))
      : undefined;
  return (
    <>
      <TextField
        label={label ?? t('account.newPassword')}
        hint={t('account.rule')}
        name="password"
        type={isShown ? 'text' : 'password'}
        autoComplete="new-password"
        minLength={12}
        maxLength={200}
        required
        {...(problem ? { problem } : {})}
      />
      <label className={styles.show}>
        <input type="checkbox" checked={isShown} onChange={(event) => show(event.target.checked)} />
        {t('account.show')}
      </label>
    </>
  );
}

/** Whose password it is, unseen: a password manager keeps the new word beside the right name. */
export function WhoseField({ email }: { readonly email: string }) {
  return (
    <input
      className="spoken"
      name="username"
      autoComplete="username"
      value={email}
      readOnly
      tabIndex={-1}
      aria-hidden="true"
    />
  );
}
