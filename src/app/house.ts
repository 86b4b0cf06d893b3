import { randomBytes } from 'node:crypto';
import { actionOf, retriesOf } from '../channels/twilio/error-codes.ts';
import type { ShiftedClock } from '../clock.ts';
import type { Config, TwilioConfig } from '../config.ts';
import { createDecide, judgeAtClaim, type Decide, type Kept, type World } from '../core/decide.ts';
import { createUnderstand } from '../core/intent.ts';
import { trackLinks } from '../core/track.ts';
import type { Log } from '../log.ts';
import { createAccounts, type AccountsDoor } from '../pipeline/accounts.ts';
import { createArrive, type Arrive } from '../pipeline/arrive.ts';
import { createDispatch, type Dispatch, type Ticket } from '../pipeline/dispatch.ts';
import { createDrain, type Drain } from '../pipeline/drain.ts';
import type { Candidate } from '../pipeline/due.ts';
import { ownSenders, type Ownership } from '../pipeline/own-senders.ts';
import { createReceipts, type Receipts } from '../pipeline/receipt.ts';
import { createTellCoaches, type TellWords } from '../pipeline/tell-coaches.ts';
import { createTokens, type Tokens } from '../pipeline/tokens.ts';
import type { Desk } from '../reports/rows.ts';
import type { Store } from '../store/connect.ts';
import { readIntentLists } from '../store/intent-files.ts';
import type { LiveLibrary } from '../store/library.ts';
import { loadWorlds } from '../store/world.ts';
import { openCarriers, type Carriers } from './carriers.ts';
import type { Metrics } from './metrics.ts';
import { readPages } from './pages-words.ts';

/** What every door of a running house holds. */
export interface House {
  readonly config: Config;
  readonly publicUrl: string;
  readonly log: Log;
  readonly clock: ShiftedClock;
  readonly store: Store;
  readonly library: LiveLibrary;
  readonly carriers: Carriers;
  readonly metrics: Metrics;
  readonly tokens: Tokens;
  /** Base of the sandbox's push service; null off the sandbox. */
  readonly pushUrl: string | null;
  readonly decide: Decide;
  readonly arrive: Arrive;
  readonly drain: Drain;
  readonly dispatch: Dispatch;
  /** Tells coaches on their devices; never rejects. */
  readonly tell: (contactId: string, tells: Kept['tells']) => Promise<void>;
  readonly receipts: Receipts;
  readonly accounts: AccountsDoor;
  readonly ownership: Ownership;
  readonly reads: Desk;
  worldOf(contactId: string): Promise<World | null>;
  /** Resolves once nothing that was set going moves any more. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface HouseParts {
  readonly config: Config;
  readonly publicUrl: string;
  readonly account: TwilioConfig;
  readonly mailboxUrl: string | null;
  readonly pushUrl: string | null;
  readonly log: Log;
  readonly clock: ShiftedClock;
  readonly store: Store;
  readonly library: LiveLibrary;
  readonly metrics: Metrics;
}

/** A process that only answers sends nothing. */
const nobody: Ownership = {
  owns: () => false,
  renew: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};

/** With a shared limiter every worker may send; without it each sender belongs to one worker at a time. */
async function own(
  { config, store, log }: HouseParts,
  carriers: Carriers,
  onTaken: () => void,
): Promise<Ownership> {
  if (config.role === 'web') return nobody;
  if (config.redisUrl) return { ...nobody, owns: () => true };
  const ownership = ownSenders({
    store,
    senders: carriers.senders.map(({ key }) => key),
    by: randomBytes(8).toString('hex'),
    log,
    onTaken,
  });
  await ownership.renew();
  return ownership;
}

const tellWords = (localesDir: string): Record<string, TellWords> =>
  Object.fromEntries(Object.entries(readPages(localesDir)).map(([locale, { coaches }]) => [locale, coaches]));

/** A relay that does not answer keeps nobody waiting longer than this. */
const letterMs = 8_000;

function accountsOf({ config, publicUrl, log, store }: HouseParts, { email }: Carriers): AccountsDoor {
  return createAccounts({
    store,
    publicUrl,
    post: (letter) => email.post(letter, AbortSignal.timeout(letterMs)),
    words: Object.fromEntries(
      Object.entries(readPages(config.localesDir)).map(([locale, { accounts }]) => [locale, accounts]),
    ),
    log,
  });
}

/** Introduces the rooms to each other, once: what stands here stands until `close`. */
export async function furnish(parts: HouseParts): Promise<House> {
  const { config, publicUrl, log, clock, store, library, metrics } = parts;
  const { counters } = metrics;
  const tokens = createTokens(config.secrets.session);
  const carriers = await openCarriers({ ...parts, twilio: parts.account, tokens });
  const { senders } = carriers;
  const world = () => ({ now: clock.now(), publicUrl, senders });
  const decide = createDecide(createUnderstand(readIntentLists(config.localesDir)));
  // The sender of the house is built last, of parts that already ring for it.
  let dispatch: Dispatch | null = null;
  const bell = (): void => dispatch?.bell();
  const reserve = (candidate: Candidate): Ticket | null => dispatch?.reserve(candidate) ?? null;
  const telling = new Set<Promise<void>>();
  const tellCoaches = createTellCoaches({
    store,
    clock,
    publicUrl,
    notify: (subscriptions, notification) => carriers.push.notify(subscriptions, notification),
    words: tellWords(config.localesDir),
    log,
  });
  const tell = (contactId: string, tells: Kept['tells']): void => {
    const told = tellCoaches(contactId, tells).finally(() => telling.delete(told));
    telling.add(told);
  };
  const drain = createDrain({ store, library, clock, decide, bell, reserve, tell, log, publicUrl, senders });
  const arrive = createArrive({
    store,
    defaults: config.defaults,
    onArrived: (contactId) => void drain.drain(contactId),
  });
  const receipts = createReceipts({ store, clock, arrive, codes: { actionOf, retriesOf }, log, counters });
  const accounts = accountsOf(parts, carriers);
  const ownership = await own(parts, carriers, bell);
  const sending = createDispatch({
    store,
    clock,
    channels: config.role === 'web' ? {} : carriers.paced,
    receipts,
    loadWorlds: (ids, session, unread) => loadWorlds(store, library, ids, { ...world(), unread }, session),
    judge: judgeAtClaim,
    // The sandbox's mailbox trusts everyone.
    ...(config.email.smtpUrl ? { warming: new Set(carriers.email.channel.senders) } : {}),
    track: (row, { consents }, secret) =>
      trackLinks(row, {
        secret,
        publicUrl,
        hosts: config.linkHosts,
        seesOpens: consents['email:open_tracking'] === 'granted',
      }),
    owns: (sender) => ownership.owns(sender),
    log,
    counters,
  });
  dispatch = sending;
  return {
    config,
    publicUrl,
    log,
    clock,
    store,
    library,
    carriers,
    metrics,
    tokens,
    pushUrl: parts.pushUrl,
    decide,
    arrive,
    drain,
    dispatch: sending,
    tell: tellCoaches,
    receipts,
    accounts,
    ownership,
    reads: { store, library, now: () => clock.now() },
    worldOf: async (contactId) =>
      (await loadWorlds(store, library, [contactId], world())).get(contactId) ?? null,
    async settle() {
      await drain.settle();
      await sending.settle();
      await receipts.settle();
      await Promise.all(telling);
      await accounts.settle();
    },
    async close() {
      await drain.stop();
      await Promise.all(telling);
      await accounts.settle();
      await sending.stop();
      await receipts.settle();
      await ownership.stop();
      await carriers.stop();
    },
  };
}
