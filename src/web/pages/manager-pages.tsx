import type { ReactNode } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import type { Me } from '../api/shapes.ts';
import { Empty } from '../parts/skeleton.tsx';
import { useWords } from '../words.ts';
import { CompliancePage } from './compliance-page.tsx';
import { ContactsPage } from './contacts-page.tsx';
import { ExperimentsPage } from './experiments-page.tsx';
import { HealthPage } from './health-page.tsx';
import { PageFrame } from './page-frame.tsx';
import { mayOpen, type Page } from './page-links.ts';
import { PersonPage } from './person-page.tsx';
import { OffersPage } from './offers-page.tsx';
import { SequencesPage } from './sequences-page.tsx';
import { TeamPage } from './team-page.tsx';

/** A page that exists and is not for this role: it says so, and asks the server nothing. */
function Guarded({ me, page, children }: { me: Me; page: Page; children: ReactNode }) {
  const { t } = useWords();
  if (mayOpen(page, me)) return children;
  return (
    <PageFrame me={me} page={page} title={t(`pages.${page}`)}>
      <Empty title={t('page.managersOnly')}>
        <p>{t('page.managersOnlyText')}</p>
      </Empty>
    </PageFrame>
  );
}

/** A type and not an interface: the router wants its string index. */
type SequenceParams = { flow?: string; step?: string };

/** The pages beside the inbox; they come in one piece, when the first of them is opened. */
export function ManagerPages({ me }: { me: Me }) {
  return (
    <Switch>
      <Route<{ id: string }, string> path="/contacts/:id">
        {({ id }) => <PersonPage me={me} id={decodeURIComponent(id)} />}
      </Route>
      <Route path="/contacts">
        <ContactsPage me={me} />
      </Route>
      <Route<SequenceParams, string> path="/sequences/:flow?/:step?">
        {({ flow, step }) => <SequencesPage me={me} flow={flow ?? null} step={step ?? null} />}
      </Route>
      <Route<{ key?: string }, string> path="/offers/:key?">
        {({ key }) => <OffersPage me={me} openKey={key ? decodeURIComponent(key) : null} />}
      </Route>
      <Route path="/team">
        <Guarded me={me} page="team">
          <TeamPage me={me} />
        </Guarded>
      </Route>
      <Route path="/experiments">
        <Guarded me={me} page="experiments">
          <ExperimentsPage me={me} />
        </Guarded>
      </Route>
      <Route path="/compliance">
        <Guarded me={me} page="compliance">
          <CompliancePage me={me} />
        </Guarded>
      </Route>
      <Route path="/health">
        <HealthPage me={me} />
      </Route>
      <Route>
        <Redirect to="/contacts" replace />
      </Route>
    </Switch>
  );
}
