import { randomUUID } from 'node:crypto';
import type { Arrival, Inbound } from '../../src/core/arrival.ts';
import type { Address, ConsentRecord, Contact } from '../../src/core/contact.ts';
import type { Kept } from '../../src/core/decide.ts';
import type { Item } from '../../src/core/item.ts';
import type { Library } from '../../src/core/library.ts';
import type { Row } from '../../src/core/row.ts';
import type { RunState } from '../../src/core/run.ts';
import { newThread, type Thread } from '../../src/core/thread.ts';
import type { Channel } from '../../src/core/vocabulary.ts';
import { addressId, reversedOf } from '../../src/store/addresses.ts';
import type { CoachDoc } from '../../src/store/coaches.ts';
import { toDoc, type DocOf } from '../../src/store/collection.ts';
import type { Store } from '../../src/store/connect.ts';
import { foldName } from '../../src/store/contacts.ts';

/** Where the stories begin: a Monday evening in Paris. */
export const monday = new Date('2026-03-02T17:04:00Z');

export const ourSms = 'sms:+33644640000';
export const ourWhatsapp = 'whatsapp:+33644640001';
/** Senders as `app.ts` gives them to the worlds. */
export const ourSenders = [
  { key: ourSms, channel: 'sms' },
  { key: ourWhatsapp, channel: 'whatsapp' },
  { key: 'email:bonjour@mona.example', channel: 'email' },
] as const;

let count = 0;
const newId = (what: string): string => `${what}-${String((count += 1))}-${randomUUID().slice(0, 8)}`;
/** From the range kept for fiction, then on. */
const newNumber = (): string => `+3363998${String(1000 + (count += 1)).padStart(4, '0')}`;

/** The cast of data.md: always the same people. */
export const cast = {
  lea: {
    firstName: 'Léa',
    lastName: 'Martin',
    plan: 290,
    register: 'tu',
    zone: 'Europe/Paris',
    country: 'FR',
    mona: { score: 67, at: monday },
    traits: { genre: 'R&B', city: 'Lyon' },
  },
  karim: {
    firstName: 'Karim',
    lastName: 'Benali',
    plan: 290,
    register: 'vous',
    zone: 'Europe/Paris',
    country: 'FR',
    traits: { genre: 'hip-hop', city: 'Marseille' },
  },
  ines: {
    firstName: 'Inès',
    lastName: 'Duval',
    plan: 490,
    register: 'tu',
    zone: 'Europe/Paris',
    country: 'FR',
    department: '67',
    mona: { score: 91, at: monday },
    traits: { genre: 'electro', city: 'Strasbourg' },
  },
  jo: {
    firstName: 'Jo',
    lastName: 'Perry',
    locale: 'en',
    register: null,
    zone: 'Europe/London',
    country: 'GB',
  },
  camille: {
    firstName: 'Camille',
    lastName: 'Hoarau',
    zone: 'Indian/Reunion',
    country: 'RE',
    department: '974',
  },
} as const satisfies Record<string, Partial<Contact>>;

export function someContact(over: Partial<Contact> = {}): Contact {
  return {
    id: newId('contact'),
    userId: null,
    firstName: 'Léa',
    lastName: 'Martin',
    locale: 'fr',
    register: 'tu',
    zone: 'Europe/Paris',
    zoneSource: 'profile',
    country: 'FR',
    department: null,
    plan: null,
    planSince: null,
    coachId: null,
    tags: [],
    mona: null,
    points: 0,
    heat: null,
    lastHumanAt: null,
    traits: {},
    segments: [],
    erasedAt: null,
    ...over,
  };
}

export function someThread(contactId: string, over: Partial<Thread> = {}): Thread {
  return { ...newThread(contactId, monday), ...over };
}

export function someRun(contactId: string, over: Partial<RunState> = {}): RunState {
  return {
    id: newId('run'),
    contactId,
    flow: 'nurturing',
    version: 1,
    words: 'words',
    runKey: 'default',
    rev: 1,
    open: true,
    phase: 'sending',
    exitReason: null,
    enteredAt: monday,
    anchorAt: monday,
    anchorOn: '2026-03-02',
    zone: 'Europe/Paris',
    stepKey: null,
    plan: [],
    waits: [],
    wakeAt: null,
    goalDeadline: null,
    register: 'tu',
    answers: {},
    arms: {},
    done: {},
    talk: null,
    past: [],
    hold: null,
    handoff: null,
    seen: [],
    entry: {},
    ...over,
  };
}

export function someRow(contactId: string, over: Partial<Row> = {}): Row {
  const id = over.id ?? newId('row');
  return {
    id,
    contactId,
    class: 'reply',
    channel: 'sms',
    sender: ourSms,
    address: '+33639980001',
    priority: 10,
    words: null,
    body: { text: 'Bonjour' },
    status: 'queued',
    reason: null,
    code: null,
    notBefore: monday,
    expiresAt: new Date(monday.getTime() + 3_600_000),
    after: null,
    attempt: 0,
    lapses: 0,
    token: null,
    leaseUntil: null,
    claimedAt: null,
    inFlightKey: null,
    sid: null,
    history: [{ at: monday, status: 'queued' }],
    itemId: `${id}-item`,
    runId: null,
    stepKey: null,
    node: null,
    waitId: null,
    again: 0,
    by: 'bot',
    guard: { exclusive: false, asksQuestion: false, expectsReply: false },
    createdAt: monday,
    ...over,
  };
}

export function someItem(contactId: string, seq: number, over: Partial<Item> = {}): Item {
  return {
    id: newId('item'),
    contactId,
    seq,
    kind: 'in',
    at: monday,
    channel: 'sms',
    text: 'oui',
    why: { rule: 'test' },
    ...over,
  };
}

export function someInbound(over: Partial<Inbound> = {}): Inbound {
  return {
    channel: 'sms',
    sender: ourSms,
    address: '+33639980001',
    text: 'oui',
    media: [],
    button: null,
    repliedTo: null,
    optOutType: null,
    profileName: null,
    sid: newId('SM'),
    ...over,
  };
}

/** A text that came in, as arrive() takes it. */
export function aText(text: string, over: Partial<Inbound> & { readonly at?: Date } = {}) {
  const { at = monday, ...rest } = over;
  const inbound = someInbound({ text, ...rest });
  return {
    kind: 'inbound',
    id: `twilio:AC1:${inbound.sid}`,
    contactId: null,
    receivedAt: at,
    inbound,
  } as const;
}

/** A decision that keeps nothing but the thread's next `rev`. */
export function nothingKept(thread: Thread, over: Partial<Kept> = {}): Kept {
  return {
    thread: { ...thread, rev: thread.rev + 1 },
    items: [],
    runs: [],
    rows: [],
    rowChanges: [],
    decisions: [],
    consents: [],
    suppress: [],
    contactSet: {},
    addressSet: [],
    events: [],
    emitted: [],
    offers: [],
    tells: [],
    gdprTasks: [],
    refusal: null,
    isCollecting: false,
    ...over,
  };
}

/** A decision that shows each text as an item, answers it with one row, and notes everything else. */
export function echo(
  arrivals: readonly Arrival[],
  { thread }: { readonly thread: Thread },
  { now }: { readonly now: Date },
): Kept {
  const items = arrivals
    .filter(({ state }) => state === 'new')
    .map((arrival, index): Item => ({
      id: `${arrival.id}:item`,
      contactId: thread.id,
      seq: thread.seq + index + 1,
      kind: arrival.kind === 'inbound' ? 'in' : 'event',
      at: now,
      text: arrival.kind === 'inbound' ? arrival.inbound.text : null,
      arrivalId: arrival.id,
      why: { rule: 'echo' },
    }));
  const last = arrivals.at(-1);
  const rows =
    last?.kind === 'inbound'
      ? [someRow(thread.id, { id: `${last.id}/1`, itemId: `${last.id}:item`, address: last.inbound.address })]
      : [];
  return nothingKept(thread, {
    thread: { ...thread, rev: thread.rev + 1, seq: thread.seq + items.length, collectUntil: null },
    items,
    rows,
  });
}

/** A library with nothing published: enough for what only stores and moves. */
export const emptyLibrary: Library = {
  flow: () => null,
  published: [],
  wordsOf: () => '',
  words: () => ({ raw: () => null, tree: () => null }),
  keywords: {
    senders: {},
    words: {
      stop: { do: 'opt-out', prompt: 'STOP' },
      start: { do: 'opt-in', prompt: 'START' },
      help: { do: 'help', prompt: 'HELP' },
      human: { do: 'handoff', prompt: 'COACH' },
      contact: { do: 'legal-notice', prompt: 'CONTACT' },
    },
  },
  policy: {} as Library['policy'],
};

export interface ContactParts extends Partial<Contact> {
  /** Addresses by channel; a new number by SMS unless said. */
  readonly reach?: Partial<Record<Channel, string>>;
  /** Channels with consent to marketing. */
  readonly consent?: readonly Channel[];
  readonly thread?: Partial<Thread>;
}

export interface KeptContact {
  readonly contact: Contact;
  readonly addresses: readonly Address[];
  readonly thread: Thread;
}

/** Builders that keep what they build. */
export function createBuilders(store: Store) {
  return {
    /** A contact with addresses, consents and a thread: `await aContact({ ...cast.camille, consent: ['sms'] })`. */
    async aContact({
      reach = { sms: newNumber() },
      consent = [],
      thread: over = {},
      ...parts
    }: ContactParts = {}): Promise<KeptContact> {
      const contact = someContact(parts);
      const addresses = Object.entries(reach).map(([channel, value]): Address => ({
        id: addressId(channel as Channel, value),
        contactId: contact.id,
        channel: channel as Channel,
        value,
        verifiedAt: monday,
        wrongPersonAt: null,
        providerBlocked: null,
        softFails: 0,
      }));
      const thread = someThread(contact.id, over);
      await store.contacts.insertOne({
        ...toDoc(contact),
        nameFolded: foldName(contact.firstName, contact.lastName),
        createdAt: monday,
      });
      await store.threads.insertOne(toDoc(thread));
      if (addresses.length > 0) {
        await store.addresses.insertMany(
          addresses.map((address) => ({ ...toDoc(address), ...reversedOf(address.value) })),
        );
      }
      if (consent.length > 0) {
        await store.consents.insertMany(
          consent.map((channel) => ({ ...toDoc(someConsent(contact.id, { channel })), order: 0 })),
        );
      }
      return { contact, addresses, thread };
    },
    async aRun(contactId: string, over: Partial<RunState> = {}): Promise<RunState> {
      const run = someRun(contactId, over);
      await store.runs.insertOne({ ...toDoc(run), ...(run.open ? {} : { closedAt: monday }) });
      return run;
    },
    async aRow(contactId: string, over: Partial<Row> = {}): Promise<Row> {
      const row = someRow(contactId, over);
      await store.outbox.insertOne(toDoc(row));
      return row;
    },
    async anItem(contactId: string, seq: number, over: Partial<Item> = {}): Promise<Item> {
      const item = someItem(contactId, seq, over);
      await store.items.insertOne(toDoc(item));
      return item;
    },
    /** An arrival that is stored and not yet moved. */
    async anArrival(
      contactId: string,
      arrival: { readonly id: string; readonly kind: Arrival['kind']; readonly receivedAt: Date },
    ): Promise<void> {
      const { id, ...rest } = arrival;
      await store.arrivals.insertOne({
        ...rest,
        _id: id,
        contactId,
        state: 'new',
        tries: 0,
      } as DocOf<Arrival>);
    },
    async aCoach(over: Partial<CoachDoc> = {}): Promise<CoachDoc> {
      const id = newId('coach');
      const coach: CoachDoc = {
        _id: id,
        email: `${id}@example.org`,
        name: 'Nina',
        role: 'coach',
        status: 'available',
        beatAt: monday,
        createdAt: monday,
        ...over,
      };
      await store.coaches.insertOne(coach);
      return coach;
    },
  };
}

export function someConsent(contactId: string, over: Partial<ConsentRecord> = {}): ConsentRecord {
  return {
    id: newId('consent'),
    contactId,
    channel: 'sms',
    purpose: 'marketing',
    action: 'granted',
    at: monday,
    source: 'form',
    wordingId: 'w1',
    evidence: { form: 'f1' },
    actor: 'contact',
    ...over,
  };
}
