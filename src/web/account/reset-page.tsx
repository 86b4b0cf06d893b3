import { useMutation } from '@tanstack/react-query';
import { Link } from 'wouter';
import { api } from '../api/client.ts';
import { problemText } from '../inbox/problem.ts';
import { Button } from '../parts/button.tsx';
import { Notice } from '../parts/notice.tsx';
import { Failed, Skeleton } from '../parts/skeleton.tsx';
import styles from '../sign-in.module.css';
import { useWords } from '../words.ts';
import { isVoid, useLink, useLinkSecret } from './link-secret.ts';
import { Outside, ToSignIn } from './outside.tsx';
import { isAboutPassword, NewPasswordField, WhoseField } from './password-field.tsx';

function ResetForm({ secret, email }: { secret: string; email: string }) {
  const words = useWords();
  const { t } = words;
  const reset = useMutation({
    mutationFn: (password: string) => api('POST', '/api/password/reset', { secret, password }),
  });
  if (reset.isSuccess)
    return (
      <Outside title={t('account.reset.done')} lead={t('account.reset.doneText')}>
        <ToSignIn />
      </Outside>
    );
  return (
    <Outside title={t('account.reset.title')} lead={t('account.reset.lead', { email })}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          reset.mutate(String(new FormData(event.currentTarget).get('password')));
        }}
      >
        <WhoseField email={email} />
        <NewPasswordField error={reset.error} />
        {reset.error && !isAboutPassword(reset.error) && (
          <Notice tone="bad">
            {isVoid(reset.error) ? t('account.void.reset') : problemText(reset.error, words)}
          </Notice>
        )}
        <Button type="submit" look="primary" disabled={reset.isPending}>
          {t('account.reset.save')}
        </Button>
      </form>
    </Outside>
  );
}

/** A new password, by the link of a mail. */
export function ResetPage() {
  const { t } = useWords();
  const secret = useLinkSecret();
  const { data, error, refetch } = useLink<{ email: string; locale: string }>('/api/password/look', secret);
  if (data) return <ResetForm secret={secret} email={data.email} />;
  if (!error) return <Skeleton />;
  if (!isVoid(error)) return <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />;
  return (
    <Outside title={t('account.void.title')} lead={t('account.void.reset')}>
      <p className={styles.way}>
        <Link href="/forgot" className={styles.link}>
          {t('account.forgot.again')}
        </Link>
      </p>
      <ToSignIn />
    </Outside>
  );
}
