import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { api } from './api/client.ts';
import { keys } from './api/queries.ts';
import type { Me } from './api/shapes.ts';
import { problemText } from './inbox/problem.ts';
import { Button } from './parts/button.tsx';
import { TextField } from './parts/field.tsx';
import { Notice } from './parts/notice.tsx';
import { toast } from './parts/toasts.tsx';
import styles from './preferences.module.css';
import { useWords } from './words.ts';

interface Begun {
  readonly secret: string;
  readonly uri: string;
}

/** The code of an authenticator, as it is typed. */
export function CodeField({ isFirst = false }: { isFirst?: boolean }) {
  const { t } = useWords();
  return (
    <TextField
      label={t('signIn.code')}
      hint={t('signIn.codeHint')}
      name="code"
      inputMode="numeric"
      autoComplete="one-time-code"
      pattern="[0-9 ]{6,7}"
      required
      autoFocus={isFirst}
    />
  );
}

const codeIn = (event: FormEvent<HTMLFormElement>): string =>
  String(new FormData(event.currentTarget).get('code')).replaceAll(' ', '');

function CodeForm({ verb, send }: { verb: string; send: (code: string) => Promise<unknown> }) {
  const words = useWords();
  const client = useQueryClient();
  const sending = useMutation({
    mutationFn: send,
    onSuccess: async () => {
      toast(words.t(`secondFactor.did.${verb}`));
      await client.invalidateQueries({ queryKey: keys.me });
    },
  });
  return (
    <form
      className={styles.factor}
      onSubmit={(event) => {
        event.preventDefault();
        sending.mutate(codeIn(event));
      }}
    >
      <CodeField />
      {sending.error && <Notice tone="bad">{problemText(sending.error, words)}</Notice>}
      <Button type="submit" disabled={sending.isPending}>
        {words.t(`secondFactor.${verb}`)}
      </Button>
    </form>
  );
}

function Setup({ begun }: { begun: Begun }) {
  const { t } = useWords();
  return (
    <>
      <p>{t('secondFactor.setUp')}</p>
      <p>
        <code className={styles.secret}>{begun.secret.replaceAll(/(.{4})(?=.)/gu, '$1 ')}</code>{' '}
        <a href={begun.uri}>{t('secondFactor.open')}</a>
      </p>
      <CodeForm verb="confirm" send={(code) => api('PUT', '/api/me/second-factor', { code })} />
    </>
  );
}

/** A coach's second factor: set up, and ended, with a code each. */
export function SecondFactor({ me }: { me: Me }) {
  const words = useWords();
  const begin = useMutation({ mutationFn: () => api<Begun>('POST', '/api/me/second-factor') });
  if (me.coach.hasSecondFactor)
    return (
      <details className={styles.details}>
        <summary>{words.t('secondFactor.on')}</summary>
        <CodeForm verb="end" send={(code) => api('POST', '/api/me/second-factor/end', { code })} />
      </details>
    );
  return (
    <details className={styles.details}>
      <summary>{words.t('secondFactor.off')}</summary>
      {begin.data ? (
        <Setup begun={begin.data} />
      ) : (
        <>
          <p>{words.t('secondFactor.why')}</p>
          {begin.error && <Notice tone="bad">{problemText(begin.error, words)}</Notice>}
          <Button disabled={begin.isPending} onClick={() => begin.mutate()}>
            {words.t('secondFactor.begin')}
          </Button>
        </>
      )}
    </details>
  );
}
