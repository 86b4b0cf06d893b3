import { Route, Switch } from 'wouter';
import { ForgotPage } from './forgot-page.tsx';
import { JoinPage } from './join-page.tsx';
import { ResetPage } from './reset-page.tsx';

/** Pages that a mail or the sign-in leads to: nobody need be signed in. */
export function AccountPages() {
  return (
    <Switch>
      <Route path="/join">
        <JoinPage />
      </Route>
      <Route path="/reset">
        <ResetPage />
      </Route>
      <Route>
        <ForgotPage />
      </Route>
    </Switch>
  );
}
