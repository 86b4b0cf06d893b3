import { useMutation } from '@tanstack/react-query';
import { api, isApiError } from '../api/client.ts';
import { problemText } from '../inbox/problem.ts';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { toast } from '../parts/toasts.tsx';
import styles from '../preferences.module.css';
import { useWords } from '../words.ts';
import { isAboutPassword, NewPasswordField, WhoseField } from './password-field.tsx';

/** One's own password; the other sessions end with the old one. */
export function ChangePassword({ email }: { email: string }) {
  const words = useWords();
  const { t } = words;
  const change = useMutation({
    mutationFn: (entered: { old: string; password: string }) => api('PUT', '/api/me/password', entered),
    onSuccess: () => toast(t('account.changed')),
  });
  const isWrong = isApiError(change.error, 422) && change.error.code === 'password_wrong';
  return (
    <details className={styles.details}>
      <summary>{t('account.change')}</summary>
      <form
        className={styles.factor}
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const entered = new FormData(form);
          change.mutate(
            { old: String(entered.get('old')), password: String(entered.get('password')) },
            { onSuccess: () => form.reset() },
          );
        }}
      >
        <WhoseField email={email} />
        <TextField
          label={t('account.oldPassword')}
          name="old"
          type="password"
          autoComplete="current-password"
          required
          {...(isWrong ? { problem: t('account.weak.password_wrong') } : {})}
        />
        <NewPasswordField error={isWrong ? null : change.error} />
        {change.error && !isAboutPassword(change.error) && (
          <Notice tone="bad">{problemText(change.error, words)}</Notice>
        )}
        <Button type="submit" disabled={change.isPending}>
          {t('account.change')}
        </Button>
      </form>
    </details>
  );
}
