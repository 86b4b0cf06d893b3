import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client.ts';
import { problemText } from '../inbox/problem.ts';
import { Button } from '../parts/button.tsx';
import { Failed, Skeleton } from '../parts/skeleton.tsx';
import { toast } from '../parts/toasts.tsx';
import styles from '../preferences.module.css';
import { span } from '../time.ts';
import { useWords, type Words } from '../words.ts';
import { deviceOf } from './device.ts';

interface Session {
  readonly id: string;
  readonly agent: string | null;
  readonly createdAt: string;
  readonly seenAgoMs: number;
  readonly isThis: boolean;
}

const key = ['sessions'];

function deviceName(agent: string | null, { t }: Words): string {
  const { browser, system } = deviceOf(agent);
  if (browser && system) return t('account.sessions.device', { browser, system });
  return browser ?? system ?? t('account.sessions.unknown');
}

/** A minute is all that is known of when a session was last seen. */
function seen(agoMs: number, { t, language }: Words): string {
  return agoMs < 120_000
    ? t('account.sessions.now')
    : t('account.sessions.seen', { span: span(agoMs, language) });
}

function List() {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const {
    data: sessions,
    error,
    refetch,
  } = useQuery({
    queryKey: key,
    staleTime: 0,
    queryFn: async () => (await api<{ sessions: Session[] }>('GET', '/api/me/sessions')).sessions,
  });
  const onSettled = () => client.invalidateQueries({ queryKey: key });
  const onError = (failure: unknown): void => toast(problemText(failure, words));
  const end = useMutation({
    mutationFn: (id: string) => api('DELETE', `/api/me/sessions/${id}`),
    onSettled,
    onError,
  });
  const endOthers = useMutation({
    mutationFn: () => api<{ ended: number }>('POST', '/api/me/sessions/end-others'),
    onSuccess: ({ ended }) => toast(t('account.sessions.ended', { count: ended })),
    onSettled,
    onError,
  });
  if (error) return <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />;
  if (!sessions) return <Skeleton lines={2} />;
  return (
    <>
      <ul className={styles.sessions}>
        {sessions.map((session) => (
          <li key={session.id}>
            <span className={styles.device}>
              {deviceName(session.agent, words)}
              <span className={styles.seen}>
                {session.isThis ? t('account.sessions.this') : seen(session.seenAgoMs, words)}
              </span>
            </span>
            {!session.isThis && (
              <Button
                isSmall
                aria-label={t('account.sessions.endOf', { device: deviceName(session.agent, words) })}
                disabled={end.isPending}
                onClick={() => end.mutate(session.id)}
              >
                {t('account.sessions.end')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <Button disabled={endOthers.isPending} onClick={() => endOthers.mutate()}>
          {t('account.sessions.endOthers')}
        </Button>
      )}
    </>
  );
}

/** Where one is signed in, read when it is looked at. */
export function Sessions() {
  const { t } = useWords();
  const [isOpen, open] = useState(false);
  return (
    <details className={styles.details} onToggle={(event) => open(event.currentTarget.open)}>
      <summary>{t('account.sessions.title')}</summary>
      {isOpen && <List />}
    </details>
  );
}
