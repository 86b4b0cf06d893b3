import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { whenSignedOut } from './api/client.ts';
import { keys, useMe } from './api/queries.ts';
import type { Me } from './api/shapes.ts';
import { Crash } from './crash.tsx';
import { InboxPage } from './inbox/inbox-page.tsx';
import { NotFound } from './not-found.tsx';
import { Failed, Skeleton } from './parts/skeleton.tsx';
import { Toasts } from './parts/toasts.tsx';
import { SignIn, SignInSheet } from './sign-in.tsx';
import { startLanguage, useWords } from './words.ts';

const ManagerPages = lazy(async () => ({
  default: (await import('./pages/manager-pages.tsx')).ManagerPages,
}));
const SandboxPage = lazy(async () => ({ default: (await import('./sandbox/sandbox-page.tsx')).SandboxPage }));

/** A type and not an interface: the router wants its string index. */
type InboxParams = { queue: string; thread?: string; pane?: string };

function Pages({ me }: { me: Me }) {
  return (
    <Switch>
      <Route path="/">
        <Redirect to="/inbox/todo" replace />
      </Route>
      <Route<InboxParams, string> path="/inbox/:queue/:thread?/:pane?">
        {({ queue, thread, pane }) => (
          <InboxPage
            me={me}
            queueName={queue}
            openId={thread ? decodeURIComponent(thread) : null}
            pane={pane ?? null}
          />
        )}
      </Route>
      <Route path={/^\/(?<page>contacts|sequences|experiments|compliance|health)(?:\/.*)?$/}>
        <Suspense fallback={<Skeleton />}>
          <ManagerPages me={me} />
        </Suspense>
      </Route>
      {me.isSandbox && (
        <Route path="/sandbox">
          <Suspense fallback={<Skeleton />}>
            <SandboxPage />
          </Suspense>
        </Route>
      )}
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}

/** The pages behind the sign-in. A session that ends while one works asks again over the page, so nothing typed is lost. */
export function App() {
  const { t } = useWords();
  const client = useQueryClient();
  const { data: me, error, isPending, refetch } = useMe();
  const lastMe = useRef<Me | null>(null);
  useEffect(() => whenSignedOut(() => client.setQueryData(keys.me, null)), [client]);
  useEffect(() => {
    if (!me) return;
    lastMe.current = me;
    startLanguage(me.locale);
  }, [me]);
  if (isPending) return <Skeleton />;
  if (error && !me) return <Failed what={t('problem.start')} error={error} onRetry={() => void refetch()} />;
  const shown = me ?? lastMe.current;
  if (!shown) return <SignIn />;
  return (
    <Crash>
      <Pages me={shown} />
      {!me && <SignInSheet />}
      <Toasts />
    </Crash>
  );
}
