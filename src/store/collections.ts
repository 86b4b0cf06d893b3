import { addresses } from './addresses.ts';
import { allowances, ghostAllowances } from './allowances.ts';
import { apiKeys } from './api-keys.ts';
import { appointments } from './appointments.ts';
import { arrivals } from './arrivals.ts';
import { assignments } from './assignments.ts';
import { audit } from './audit.ts';
import { canned } from './canned.ts';
import { coaches } from './coaches.ts';
import { consents } from './consents.ts';
import { contacts } from './contacts.ts';
import { decisions } from './decisions.ts';
import { drafts } from './drafts.ts';
import { events } from './events.ts';
import { experiments } from './experiments.ts';
import { exposures } from './exposures.ts';
import { files } from './files.ts';
import { flowVersions } from './flow-versions.ts';
import { flows } from './flows.ts';
import { gdprTasks } from './gdpr-tasks.ts';
import { hits } from './hits.ts';
import { importRows } from './import-rows.ts';
import { imports } from './imports.ts';
import { invitations } from './invitations.ts';
import { items } from './items.ts';
import { kpiDaily } from './kpi-daily.ts';
import { links } from './links.ts';
import { memberships } from './memberships.ts';
import { offerChanges } from './offer-changes.ts';
import { offers } from './offers.ts';
import { outbox } from './outbox.ts';
import { presence } from './presence.ts';
import { promises } from './promises.ts';
import { pushSubscriptions } from './push-subscriptions.ts';
import { reads } from './reads.ts';
import { runs } from './runs.ts';
import { scoreLedger } from './scores.ts';
import { senders } from './senders.ts';
import { sessions } from './sessions.ts';
import { settings } from './settings.ts';
import { suppressions } from './suppressions.ts';
import { templates } from './templates.ts';
import { threads } from './threads.ts';
import { triggerStates } from './trigger-states.ts';
import { wordBundles } from './word-bundles.ts';

/** Every collection of the house (data.md); `store.<name>` is each of them. */
export const collections = {
  addresses,
  allowances,
  apiKeys,
  appointments,
  arrivals,
  assignments,
  audit,
  canned,
  coaches,
  consents,
  contacts,
  decisions,
  drafts,
  events,
  experiments,
  exposures,
  files,
  flowVersions,
  flows,
  gdprTasks,
  ghostAllowances,
  hits,
  importRows,
  imports,
  invitations,
  items,
  kpiDaily,
  links,
  memberships,
  offers,
  offerChanges,
  outbox,
  presence,
  promises,
  pushSubscriptions,
  reads,
  runs,
  scoreLedger,
  senders,
  sessions,
  settings,
  suppressions,
  templates,
  threads,
  triggerStates,
  wordBundles,
} as const;
