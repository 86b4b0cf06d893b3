import { useMutation } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import { problemText } from '../inbox/problem.ts';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import styles from '../sign-in.module.css';
import { useWords } from '../words.ts';
import { Outside, ToSignIn } from './outside.tsx';

/** Asks for a link; the page says the same whether anybody has that address. */
export function ForgotPage() {
  const words = useWords();
  const { t } = words;
  const ask = useMutation({ mutationFn: (email: string) => api('POST', '/api/password/forgot', { email }) });
  if (ask.isSuccess)
    return (
      <Outside title={t('account.forgot.sent')} lead={t('account.forgot.sentText', { email: ask.variables })}>
        <p>{t('account.forgot.nothing')}</p>
        <ToSignIn />
      </Outside>
    );
  return (
    <Outside title={t('account.forgot.title')} lead={t('account.forgot.lead')}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate(String(new FormData(event.currentTarget).get('email')).trim());
        }}
      >
        <TextField
          label={t('signIn.email')}
          name="email"
          type="email"
          autoComplete="username"
          required
          autoFocus
        />
        {ask.error && <Notice tone="bad">{problemText(ask.error, words)}</Notice>}
        <Button type="submit" look="primary" disabled={ask.isPending}>
          {t('account.forgot.ask')}
        </Button>
      </form>
      <ToSignIn />
    </Outside>
  );
}
