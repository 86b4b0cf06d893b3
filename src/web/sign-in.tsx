import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Link } from 'wouter';
import { api, isApiError } from './api/client.ts';
import { keys } from './api/queries.ts';
import { Button } from './parts/button.tsx';
import { Dialog } from './parts/dialog.tsx';
import { TextField } from './parts/field.tsx';
import { Notice } from './parts/notice.tsx';
import { CodeField } from './second-factor.tsx';
import styles from './sign-in.module.css';
import { useWords } from './words.ts';
import mark from './icon.svg';

/** The password was right; the code is still to come, or was not. */
const wantsCode = (error: unknown): boolean =>
  isApiError(error, 401) && (error.code === 'code_needed' || error.code === 'code_refused');

function problemKey(error: unknown): string {
  if (wantsCode(error)) return 'signIn.codeRefused';
  if (isApiError(error, 401)) return 'signIn.refused';
  if (isApiError(error, 429)) return 'signIn.tooMany';
  return isApiError(error, 0) ? 'problem.status.0' : 'problem.status.500';
}

function SignInForm() {
  const { t } = useWords();
  const client = useQueryClient();
  const [isCodeAsked, setIsCodeAsked] = useState(false);
  const signIn = useMutation({
    mutationFn: (entered: { email: string; password: string; code?: string }) =>
      api('POST', '/api/session', entered),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.me }),
    onError: (error) => wantsCode(error) && setIsCodeAsked(true),
  });
  const isFirstAsk = isApiError(signIn.error, 401) && signIn.error.code === 'code_needed';
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const code = String(form.get('code') ?? '').replaceAll(' ', '');
    signIn.mutate({
      email: String(form.get('email')).trim(),
      password: String(form.get('password')),
      ...(code === '' ? {} : { code }),
    });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextField
        label={t('signIn.email')}
        name="email"
        type="email"
        autoComplete="username"
        required
        autoFocus
      />
      <TextField
        label={t('signIn.password')}
        name="password"
        type="password"
        autoComplete="current-password"
        required
      />
      {isCodeAsked && <CodeField isFirst />}
      {signIn.error && !isFirstAsk && <Notice tone="bad">{t(problemKey(signIn.error))}</Notice>}
      <Button type="submit" look="primary" disabled={signIn.isPending}>
        {t(signIn.isPending ? 'signIn.entering' : 'signIn.enter')}
      </Button>
    </form>
  );
}

export function SignIn() {
  const { t } = useWords();
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <img className={styles.mark} src={mark} alt="" />
        <h1>{t('product')}</h1>
        <p className={styles.lead}>{t('signIn.lead')}</p>
        <SignInForm />
        <p className={styles.way}>
          <Link href="/forgot" className={styles.link}>
            {t('signIn.forgot')}
          </Link>
        </p>
      </div>
    </main>
  );
}

/** The same form over the page, when the session ended: what was typed underneath stays. */
export function SignInSheet() {
  const { t } = useWords();
  return (
    <Dialog title={t('signIn.again')} onClose={() => undefined}>
      <p>{t('signIn.kept')}</p>
      <SignInForm />
    </Dialog>
  );
}
