import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { whenSignedOut } from './api/client.ts';
import { keys, useMe } from './api/queries.ts';
import type { Me } from './api/shapes.ts';
import { Crash } from './crash.tsx';
import { NotFound } from './not-found.tsx';
import { Failed, Skeleton } from './parts/skeleton.tsx';
import { Toasts } from './parts/toasts.tsx';
import { SignIn, SignInSheet } from './sign-in.tsx';
import { loadWords, startLanguage, useWords } from './words.ts';

/** A page with the words that only it says. */
const AccountPages = lazy(async () => {
  const [{ AccountPages: page }] = await Promise.all([
    import('./account/account-pages.tsx'),
    loadWords('account'),
  ]);
  return { default: page };
});
const InboxPage = lazy(async () => ({ default: (await import('./inbox/inbox-page.tsx')).InboxPage }));
const ManagerPages = lazy(async () => {
  const [{ ManagerPages: page }] = await Promise.all([
    import('./pages/manager-pages.tsx'),
    loadWords('pages'),
  ]);
  return { default: page };
});
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
          <Suspense fallback={<Skeleton />}>
            <InboxPage
              me={me}
              queueName={queue}
              openId={thread ? decodeURIComponent(thread) : null}
              pane={pane ?? null}
            />
          </Suspense>
        )}
      </Route>
      <Route path={/^\/(?<page>contacts|sequences|offers|experiments|compliance|team|health)(?:\/.*)?$/}>
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

const isOutside = (path: string): boolean => /^\/(?:join|reset|forgot)\/?$/u.test(path);

/** What a mail or the sign-in leads to asks for no session; all else stands behind the sign-in. */
export function App() {
  const [path] = useLocation();
  if (!isOutside(path)) return <Behind />;
  return (
    <Crash>
      <Suspense fallback={<Skeleton />}>
        <AccountPages />
      </Suspense>
    </Crash>
  );
}

/** The pages behind the sign-in. A session that ends while one works asks again over the page, so nothing typed is lost. */
function Behind() {
  const { t } = useWords();
  const client = useQueryClient();
  const { data: me, error, isPending, refetch } = useMe();
  const lastMe = useRef<Me | null>(null);
  useEffect(() => whenSignedOut(() => client.setQueryData(keys.me, null)), [client]);
  useEffect(() => {
    if (!me) return;
    lastMe.current = me;
    void startLanguage(me.locale);
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
