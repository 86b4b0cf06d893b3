import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { createBook, type Book } from './book.ts';
import { createContents, fillContent, type Contents } from './contents.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { receiveInbound, type FromPhone, type Received } from './inbound.ts';
import { createLife, type Life } from './life.ts';
import { noJournal, type Journal } from './journal.ts';
import { createMediaStore, type MediaStore } from './media-store.ts';
import { newSid, type Message } from './message.ts';
import { createBlockList, type BlockList } from './opt-out.ts';
import { refusalOf, type Form, type Refusal } from './refusal.ts';
import { countSegments } from './segments.ts';
import { createSenders, isWhatsapp, type Senders, type SenderSettings } from './sender.ts';
import { createWebhooks, type Webhooks } from './webhook.ts';

export interface CarrierOptions {
  readonly accountSid: string;
  /** Signs what the carrier posts; the password of its API. */
  readonly authToken: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly journal?: Journal;
  readonly senders?: readonly SenderSettings[];
  /** Calls to the API in progress, over which it answers 429. Default: 0, without bound. */
  readonly maxConcurrent?: number;
  /** Milliseconds between the stations of a message; `read` null: nobody reads by itself. */
  readonly pace?: Partial<Pace>;
  /** Where a webhook's URL is really reached, which is signed as it stands. Default: there. */
  readonly dial?: (url: string) => string;
  /** Folder of the bytes of media. Default: kept in memory. */
  readonly mediaDir?: string | null;
  readonly webhooks?: { readonly inboundUrl?: string | null; readonly fallbackUrl?: string | null };
}

export interface Pace {
  readonly sentMs: number;
  readonly deliveredMs: number;
  readonly readMs: number | null;
}

/** An answer of the product to a post of ours; for a judge. */
export interface WebhookAnswer {
  readonly sid: string;
  readonly kind: 'inbound' | 'forged';
  readonly status: number | null;
  readonly tries: number;
  readonly ms: number;
  readonly at: number;
}

export interface Counters {
  calls: number;
  accepted: number;
  refused: number;
  callbacks: number;
  callbacksFailed: number;
  inbound: number;
}

/** What the rooms of the carrier share. */
export interface World {
  readonly accountSid: string;
  authToken: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly journal: Journal;
  readonly book: Book;
  readonly contents: Contents;
  readonly media: MediaStore;
  /** Where a URL is really reached. */
  readonly dial: (url: string) => string;
  readonly faults: Faults;
  readonly senders: Senders;
  readonly blocks: BlockList;
  readonly hooks: Webhooks;
  readonly life: Life;
  readonly pace: Pace;
  readonly maxConcurrent: number;
  readonly counters: Counters;
  readonly answers: WebhookAnswer[];
  /** `sender|phone` → instant of the last inbound message: the 24 h window. */
  readonly windows: Map<string, number>;
  /** Sids the list does not show before an instant of the monotonic clock (`list-lags`). */
  readonly hidden: Map<string, number>;
  /** Phone → lets go the message that waits for the next one (`swap-inbound`). */
  readonly held: Map<string, () => void>;
  /** Calls to the API that were not answered yet. */
  inProgress: number;
  inboundUrl: string | null;
  fallbackUrl: string | null;
}

export interface Carrier {
  readonly world: World;
  /** Takes a message, or says why not. */
  accept(form: Form, faults: ReadonlySet<Fault>, calledAt: number): Message | Refusal;
  /** A phone writes to one of our senders. */
  receive(text: FromPhone): Received;
  /** The person opens a WhatsApp message. */
  read(sid: string): void;
  /** Resolves once nothing is on its way; delays that a fault made are not waited for. */
  settle(): Promise<void>;
  reset(): void;
  close(): Promise<void>;
}

export const isRefusal = (outcome: Message | Refusal): outcome is Refusal => 'http' in outcome;

const defaultValidityS = 36_000;

function variablesOf(form: Form): Record<string, string> {
  return form.ContentVariables ? (JSON.parse(form.ContentVariables) as Record<string, string>) : {};
}

function mediaOf(form: Form): Message['media'] {
  const urls = form.MediaUrl === undefined ? [] : [form.MediaUrl].flat();
  return urls.map((url) => ({ sid: newSid('ME'), url, type: 'image/jpeg' }));
}

function draft(
  world: World,
  form: Form,
  faults: ReadonlySet<Fault>,
  calledAt: number,
): Omit<Message, 'index'> {
  const content = form.ContentSid ? world.contents.find(form.ContentSid) : undefined;
  const filled = content ? fillContent(content, variablesOf(form)) : { body: form.Body ?? '', buttons: [] };
  const media = mediaOf(form);
  const to = form.To ?? '';
  const now = world.clock.now().getTime();
  return {
    ...filled,
    sid: newSid(media.length > 0 ? 'MM' : 'SM'),
    direction: 'outbound-api',
    from: form.From ?? world.senders.numberOf(form.MessagingServiceSid ?? ''),
    to,
    serviceSid: form.MessagingServiceSid ?? null,
    contentSid: form.ContentSid ?? null,
    media,
    segments: isWhatsapp(to) ? 1 : countSegments(filled.body),
    status: form.MessagingServiceSid ? 'accepted' : 'queued',
    errorCode: null,
    createdAt: now,
    updatedAt: now,
    sentAt: null,
    calledAt,
    callback: form.StatusCallback ?? null,
    validityS: Number(form.ValidityPeriod ?? defaultValidityS),
    repliedTo: null,
    faults: [...faults],
  };
}

/** Opens the 24 h windows again that the book shows. */
function rememberWindows(world: World): void {
  for (const message of world.book.all) {
    if (message.direction === 'inbound')
      world.windows.set(`${message.to}|${message.from}`, message.createdAt);
  }
}

/** A twin of the carrier: takes messages, posts receipts, plays phones, and goes wrong on request. */
export function createCarrier(options: CarrierOptions): Carrier {
  const journal = options.journal ?? noJournal;
  const book = createBook(journal);
  const dial = options.dial ?? ((url: string) => url);
  const world: World = {
    accountSid: options.accountSid,
    authToken: options.authToken,
    clock: options.clock,
    log: options.log,
    journal,
    book,
    contents: createContents(journal),
    media: createMediaStore(options.mediaDir ?? null),
    dial,
    faults: createFaults(),
    senders: createSenders(options.senders ?? []),
    blocks: createBlockList(journal),
    hooks: createWebhooks(() => world.authToken, dial),
    life: createLife(),
    pace: { sentMs: 0, deliveredMs: 0, readMs: null, ...options.pace },
    maxConcurrent: options.maxConcurrent ?? 0,
    counters: { calls: 0, accepted: 0, refused: 0, callbacks: 0, callbacksFailed: 0, inbound: 0 },
    answers: [],
    windows: new Map(),
    hidden: new Map(),
    held: new Map(),
    inProgress: 0,
    inboundUrl: options.webhooks?.inboundUrl ?? null,
    fallbackUrl: options.webhooks?.fallbackUrl ?? null,
  };
  rememberWindows(world);
  return {
    world,
    accept: (form, faults, calledAt) => {
      const refusal = refusalOf(world, form);
      if (refusal) {
        world.counters.refused += 1;
        return refusal;
      }
      world.counters.accepted += 1;
      return book.add(draft(world, form, faults, calledAt));
    },
    receive: (text) => receiveInbound(world, text),
    read: (sid) => {
      const message = book.find(sid);
      if (message?.status === 'delivered' && isWhatsapp(message.to))
        world.life.move(world, message, 'read', null);
    },
    settle: () => world.life.settle(),
    reset: () => {
      book.clear();
      world.contents.clear();
      world.media.clear();
      world.faults.clear();
      world.blocks.clear();
      for (const map of [world.windows, world.hidden, world.held]) map.clear();
      world.answers.length = 0;
      Object.assign(world.counters, {
        calls: 0,
        accepted: 0,
        refused: 0,
        callbacks: 0,
        callbacksFailed: 0,
        inbound: 0,
      });
    },
    close: async () => {
      world.life.stop();
      world.hooks.close();
      journal.close();
    },
  };
}
