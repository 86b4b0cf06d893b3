import type { CollectionName } from './connect.ts';

/** Why the house holds it (GDPR 30): words under `purposes` in locales/<locale>/register.yaml. */
export type DataPurpose =
  'contract' | 'messaging' | 'marketing' | 'proof' | 'measuring' | 'security' | 'desk';

/** What it is about: words under `categories`. */
export type DataCategory =
  'identity' | 'reach' | 'words' | 'behaviour' | 'wishes' | 'score' | 'trace' | 'staff' | 'device';

/** What erasure does. `keep` leaves the document with nothing in it that names or quotes anybody. */
export type Erasure =
  | { readonly do: 'delete' }
  /** Fields take these values; metadata (instants, statuses, counts) stay. */
  | { readonly do: 'blank'; readonly set: Readonly<Record<string, unknown>> }
  /** Nothing personal is in it once its contact has no name; it stays as proof or as a count. */
  | { readonly do: 'keep' };

/** A filter that finds one contact's documents. */
export type Held = Readonly<Record<string, unknown>>;

/** What one collection holds on people, and what becomes of it: the register, the bundle and erasure all read this. */
export interface PersonalData {
  readonly purpose: DataPurpose;
  readonly categories: readonly DataCategory[];
  /** Days from `keptFrom`; null = as long as the contact. */
  readonly keptDays: number | null;
  /** Documents of one contact; null where the house's own people are meant. */
  readonly of: ((contactId: string) => Held) | null;
  readonly erasure: Erasure;
  /** Left out of the bundle: keys of ours, not data on the person. */
  readonly hidden?: readonly string[];
}

const own = (contactId: string): Held => ({ _id: contactId });
const theirs = (contactId: string): Held => ({ contactId });
const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const beginning = (contactId: string): Held => ({
  _id: { $regex: `^${literal(contactId)}:` },
});
const gone: Erasure = { do: 'delete' };
const month = 30.5;
/** Thirteen months. */
export const bodyDays = Math.floor(13 * month);
const year = 365;

/**
 * Every collection, with what it holds on people; null = on nobody. A collection that is missing here does not compile:
 * nobody can begin to keep data on people without saying why, how long, and what erasure does (compliance.md §8).
 */
export const personalData: Readonly<Record<CollectionName, PersonalData | null>> = {
  contacts: {
    purpose: 'contract',
    categories: ['identity', 'score', 'wishes'],
    keptDays: null,
    of: own,
    // pipeline/erase.ts leaves a tombstone: that there was somebody, the language of their pages, and when it ended.
    erasure: { do: 'keep' },
  },
  addresses: { purpose: 'contract', categories: ['reach'], keptDays: null, of: theirs, erasure: gone },
  consents: {
    purpose: 'proof',
    categories: ['wishes'],
    keptDays: 5 * year,
    of: theirs,
    erasure: { do: 'blank', set: { evidence: { erased: true } } },
  },
  suppressions: {
    purpose: 'proof',
    categories: ['wishes'],
    keptDays: null,
    of: null,
    erasure: { do: 'keep' },
  },
  pushSubscriptions: {
    purpose: 'messaging',
    categories: ['device'],
    keptDays: null,
    of: (id) => ({ 'owner.kind': 'contact', 'owner.id': id }),
    erasure: gone,
  },
  memberships: { purpose: 'marketing', categories: ['behaviour'], keptDays: null, of: theirs, erasure: gone },
  scoreLedger: { purpose: 'marketing', categories: ['behaviour'], keptDays: null, of: theirs, erasure: gone },
  triggerStates: {
    purpose: 'marketing',
    categories: ['behaviour'],
    keptDays: null,
    of: theirs,
    erasure: gone,
  },
  allowances: { purpose: 'marketing', categories: ['trace'], keptDays: 8, of: own, erasure: gone },
  assignments: {
    purpose: 'measuring',
    categories: ['trace'],
    keptDays: bodyDays,
    of: theirs,
    erasure: gone,
  },
  exposures: { purpose: 'measuring', categories: ['trace'], keptDays: bodyDays, of: theirs, erasure: gone },
  ghostAllowances: { purpose: 'measuring', categories: ['trace'], keptDays: 8, of: own, erasure: gone },
  appointments: {
    purpose: 'contract',
    categories: ['behaviour'],
    keptDays: bodyDays,
    of: theirs,
    erasure: gone,
  },
  promises: { purpose: 'desk', categories: ['words'], keptDays: bodyDays, of: theirs, erasure: gone },
  arrivals: {
    purpose: 'messaging',
    categories: ['words', 'reach', 'trace'],
    keptDays: 90,
    of: theirs,
    // Stays until its 90 days are over, empty: the carrier may bring the same message again, and it must be known.
    erasure: { do: 'blank', set: { inbound: null, event: null, act: null, address: null, error: null } },
  },
  threads: {
    purpose: 'messaging',
    categories: ['words', 'reach'],
    keptDays: null,
    of: own,
    erasure: {
      do: 'blank',
      set: {
        open: null,
        collectSince: null,
        collectUntil: null,
        windows: {},
        last: null,
        lastInbound: null,
        waitingSince: null,
        flags: [],
        tags: [],
        recent: { heard: [], answered: [] },
        softStops: [],
        'own.state': 'resolved',
        'own.ownerId': null,
        'own.dueAt': null,
        'own.dueKind': null,
        'own.reason': null,
        'own.snooze': null,
        'own.undo': null,
      },
    },
  },
  items: {
    purpose: 'messaging',
    categories: ['words'],
    keptDays: bodyDays,
    of: theirs,
    erasure: {
      do: 'blank',
      set: { text: '', media: [], button: null, data: null, understood: null, why: { rule: 'erased' } },
    },
  },
  runs: {
    purpose: 'messaging',
    categories: ['behaviour', 'words'],
    keptDays: null,
    of: theirs,
    erasure: {
      do: 'blank',
      set: { entry: {}, answers: {}, talk: null, past: [], hold: null, handoff: null },
    },
  },
  outbox: {
    purpose: 'messaging',
    categories: ['words', 'reach'],
    keptDays: bodyDays,
    of: theirs,
    erasure: {
      do: 'blank',
      set: { body: { text: '' }, address: '', words: null, inFlightKey: null, 'guard.when': null },
    },
    hidden: ['token', 'leaseUntil', 'inFlightKey'],
  },
  decisions: {
    purpose: 'proof',
    categories: ['trace'],
    keptDays: 400,
    of: theirs,
    erasure: { do: 'blank', set: { facts: {} } },
  },
  events: {
    purpose: 'contract',
    categories: ['behaviour'],
    keptDays: null,
    of: theirs,
    erasure: { do: 'blank', set: { properties: {} } },
  },
  links: { purpose: 'measuring', categories: ['behaviour'], keptDays: bodyDays, of: theirs, erasure: gone },
  hits: {
    purpose: 'measuring',
    categories: ['behaviour', 'device'],
    keptDays: bodyDays,
    of: theirs,
    erasure: { do: 'blank', set: { ip: null, agent: null } },
  },
  offers: {
    purpose: 'contract',
    categories: ['behaviour'],
    keptDays: 3 * year,
    of: theirs,
    erasure: gone,
  },
  presence: { purpose: 'desk', categories: ['staff'], keptDays: 1, of: theirs, erasure: gone },
  drafts: { purpose: 'desk', categories: ['words', 'staff'], keptDays: null, of: beginning, erasure: gone },
  reads: {
    purpose: 'desk',
    categories: ['staff'],
    keptDays: null,
    of: (id) => ({ _id: { $regex: `:${literal(id)}$` } }),
    erasure: gone,
  },
  audit: {
    purpose: 'proof',
    categories: ['trace', 'staff'],
    keptDays: year,
    of: theirs,
    erasure: { do: 'blank', set: { detail: null } },
  },
  gdprTasks: {
    purpose: 'proof',
    categories: ['wishes', 'trace'],
    keptDays: 5 * year,
    of: theirs,
    erasure: { do: 'keep' },
  },
  importRows: {
    purpose: 'contract',
    categories: ['identity', 'reach'],
    keptDays: 90,
    of: theirs,
    erasure: gone,
  },
  files: {
    purpose: 'messaging',
    categories: ['words'],
    keptDays: 30,
    of: theirs,
    erasure: gone,
    hidden: ['key', 'bytes'],
  },
  coaches: { purpose: 'security', categories: ['staff'], keptDays: null, of: null, erasure: { do: 'keep' } },
  sessions: { purpose: 'security', categories: ['staff'], keptDays: 7, of: null, erasure: { do: 'keep' } },
  invitations: { purpose: 'security', categories: ['staff'], keptDays: 3, of: null, erasure: { do: 'keep' } },
  apiKeys: null,
  offerChanges: null,
  canned: null,
  experiments: null,
  flowVersions: null,
  flows: null,
  imports: null,
  kpiDaily: null,
  senders: null,
  settings: null,
  templates: null,
  wordBundles: null,
};

/** Collections that hold something on contacts, with what erasure does there. */
export const contactData: readonly (readonly [
  CollectionName,
  PersonalData & { readonly of: (contactId: string) => Held },
])[] = (Object.keys(personalData) as CollectionName[]).flatMap((name) => {
  const data = personalData[name];
  return data?.of ? [[name, { ...data, of: data.of }] as const] : [];
});
