import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Router } from 'express';
import { parse } from 'yaml';
import type { ShiftedClock } from '../clock.ts';
import type { Config, TwilioConfig } from '../config.ts';
import type { Entry } from '../core/flow/definition.ts';
import type { Log } from '../log.ts';
import { keepOffers, seedCast } from '../pipeline/seed.ts';
import { createSignIn } from '../pipeline/sign-in.ts';
import { createTokens } from '../pipeline/tokens.ts';
import { travel, type Destination } from '../pipeline/travel.ts';
import { createSandbox, type Phone, type Sandbox, type SandboxOptions } from '../sandbox/api.ts';
import { dialler, openMailHouse } from '../sandbox/mail-house.ts';
import { readPersonas, readSamples } from '../store/cast-files.ts';
import type { Store } from '../store/connect.ts';
import type { LiveLibrary } from '../store/library.ts';
import { sandboxSenders } from './carriers.ts';

export interface SandboxHouse {
  readonly account: TwilioConfig;
  readonly mailboxUrl: string;
  readonly pushUrl: string;
  /** Null where another coach came before the cast: whoever that is signs in with a password of their own. */
  readonly demo: { readonly email: string; readonly password: string } | null;
  readonly mounts: readonly {
    readonly path: string;
    readonly router: Router;
    readonly needsCoach: boolean;
  }[];
  /** Gives the page's clock its engine, once the pipeline stands. */
  enter(playDue: () => Promise<void>, onJump: () => void): void;
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface OwnMailbox {
  readonly url: string;
  readonly mounts: SandboxHouse['mounts'];
  settle(): Promise<void>;
  close(): void;
}

type MailboxDeps = Pick<SandboxDeps, 'config' | 'publicUrl' | 'localUrl' | 'clock' | 'log'>;

export interface SandboxDeps {
  readonly config: Config;
  readonly publicUrl: string;
  /** Where this process itself is reached, whatever PUBLIC_URL says. */
  readonly localUrl: string;
  readonly clock: ShiftedClock;
  readonly log: Log;
  readonly store: Store;
  readonly library: LiveLibrary;
}

const accountSid = `AC${'0'.repeat(32)}`;
const demoEmail = 'nina@example.org';
/** A beat no older than this at a jump is a window that is open: its coach stays on duty on the other side. */
const openWindowMs = 60_000;

/** The account of the carrier that stands at this address of ours. */
export const sandboxAccount = (authToken: string, localUrl: string): TwilioConfig => ({
  accountSid,
  authToken,
  previousToken: null,
  apiBaseUrl: `${localUrl}/sandbox/carrier`,
  messagingServiceSid: null,
  smsFrom: sandboxSenders.sms,
  whatsappFrom: sandboxSenders.whatsapp,
});

/**
 * Beside real texts and without a relay, mail goes to the mailbox of this process, kept in DATA_DIR. What it reports goes to
 * the product's door: this process's own, or, of a worker, the one under PUBLIC_URL.
 */
export function openOwnMailbox({ config, clock, log, publicUrl, localUrl }: MailboxDeps): OwnMailbox | null {
  if (config.sandbox || config.email.smtpUrl) return null;
  log.warn({ file: 'sandbox/mail.jsonl' }, 'no SMTP_URL: mail is kept in DATA_DIR and reaches nobody');
  const productUrl = (): string => publicUrl;
  const mail = openMailHouse({
    clock,
    log,
    dataDir: config.dataDir,
    productUrl,
    dial: dialler(productUrl, config.role === 'worker' ? undefined : () => localUrl),
    emailSecret: config.email.webhookSecret,
  });
  return {
    url: `${localUrl}${mail.path}`,
    mounts: [{ path: '/sandbox/mail', router: mail.router, needsCoach: false }],
    settle: () => mail.mailbox.settle(),
    close: () => {
      mail.close();
    },
  };
}

/** The twin of the outside world, its cast and its facts; nothing of it exists beside real carriers. */
export async function openSandbox(deps: SandboxDeps): Promise<SandboxHouse> {
  const { config, clock, store, localUrl } = deps;
  if (!config.sandbox) throw new Error('The sandbox stands only without Twilio credentials.');
  const password = config.sandbox.demoPassword;
  await seedOnce(deps, password);
  const isSeeded = (await store.coaches.countDocuments({ email: demoEmail })) > 0;
  await keepOffers(store, readSamples(config.flowsDir, clock.now()).offers);
  let playDue: () => Promise<void> = () => Promise.resolve();
  let onJump: () => void = () => undefined;
  const sandbox = createSandbox(
    sandboxOptions(deps, config.sandbox.authToken, (to) => jump(deps, to, playDue).finally(onJump)),
  );
  return {
    account: sandboxAccount(config.sandbox.authToken, localUrl),
    mailboxUrl: `${localUrl}${sandbox.mailPath}`,
    pushUrl: `${localUrl}${sandbox.pushPath}`,
    demo: isSeeded ? { email: demoEmail, password } : null,
    mounts: mountsOf(sandbox),
    enter: (play, jumped) => {
      playDue = play;
      onJump = jumped;
    },
    settle: () => sandbox.settle(),
    close: () => sandbox.close(),
  };
}

const mountsOf = (sandbox: Sandbox): SandboxHouse['mounts'] => [
  { path: '/sandbox/carrier', router: sandbox.carrierRouter as Router, needsCoach: false },
  { path: '/sandbox/mail', router: sandbox.mailRouter, needsCoach: false },
  { path: sandbox.pushPath, router: sandbox.pushRouter, needsCoach: false },
  { path: '/sandbox/partner', router: sandbox.partnerRouter, needsCoach: false },
  { path: '/api/sandbox', router: sandbox.apiRouter, needsCoach: true },
];

function sandboxOptions(
  deps: SandboxDeps,
  authToken: string,
  move: (to: Destination) => Promise<unknown>,
): SandboxOptions {
  const { config, clock, log, store, library, publicUrl } = deps;
  const tokens = createTokens(config.secrets.session);
  return {
    accountSid,
    authToken,
    clock,
    log,
    dataDir: config.dataDir,
    productUrl: () => publicUrl,
    localUrl: () => deps.localUrl,
    emailSecret: config.email.webhookSecret,
    pushTokenOf: (contactId) => tokens.sign({ kind: 'push', contactId }),
    apiKey: config.secrets.apiKey,
    senders: [
      { address: sandboxSenders.sms, optOut: 'none' },
      { address: `whatsapp:${sandboxSenders.whatsapp}`, optOut: 'none' },
    ],
    words: partnerWords(config.localesDir),
    cast: () => phonesOf(store),
    flows: () =>
      Promise.resolve(
        library.published.flatMap((flow) =>
          flow.entry.flatMap((entry) =>
            entry.on
              .slice(0, 1)
              .map((event) => ({ id: flow.id, event, properties: sampleProperties(entry, clock.now()) })),
          ),
        ),
      ),
    aheadMs: () => clock.aheadMs,
    travel: move,
    pace: { sentMs: 0, deliveredMs: 0, readMs: null },
  };
}

/** An hour to come that a sample names: far enough for what is said a day before. */
const sampleAheadMs = 26 * 3_600_000;

/** Properties that make an event enter a flow: what its `where` compares with, and a key of its own for a new run. */
function sampleProperties({ where, run, anchor }: Entry, now: Date): Record<string, unknown> {
  const wanted = Object.entries((where ?? {}) as Record<string, unknown>).flatMap(([path, value]) =>
    path.startsWith('event.') && typeof value !== 'object'
      ? [[path.slice('event.'.length), value] as const]
      : [],
  );
  return {
    ...Object.fromEntries(wanted),
    ...(run ? { [run]: 'sandbox' } : {}),
    ...(anchor ? { [anchor]: new Date(now.getTime() + sampleAheadMs).toISOString() } : {}),
  };
}

const partnerWords = (localesDir: string): SandboxOptions['words'] => {
  const read = (locale: string) =>
    parse(readFileSync(join(localesDir, locale, 'partner.yaml'), 'utf8')) as SandboxOptions['words']['fr'];
  return { fr: read('fr'), en: read('en') };
};

async function phonesOf(store: Store): Promise<readonly Phone[]> {
  const addresses = await store.addresses
    .find({ channel: { $in: ['sms', 'whatsapp', 'email'] } })
    .sort({ _id: 1 })
    .limit(60)
    .toArray();
  const contacts = new Map(
    (await store.contacts.find({ _id: { $in: addresses.map(({ contactId }) => contactId) } }).toArray()).map(
      (doc) => [doc._id, doc],
    ),
  );
  return addresses.map(({ channel, value, contactId }) => {
    const contact = contacts.get(contactId);
    return {
      key: `${contactId}-${channel}`,
      name: [contact?.firstName, contact?.lastName].filter(Boolean).join(' ') || value,
      channel: channel as Phone['channel'],
      address: value,
      contactId,
      userId: contact?.userId ?? null,
      locale: contact?.locale ?? 'fr',
    };
  });
}

/** The demo coach, the manager and the cast, on an empty database only: a second start finds everything as it was. */
async function seedOnce({ store, config, clock }: SandboxDeps, password: string): Promise<void> {
  if ((await store.coaches.countDocuments()) === 0) {
    const { addCoach } = createSignIn(store);
    await addCoach({ id: 'nina', email: demoEmail, name: 'Nina', role: 'manager', password });
    await addCoach({ id: 'sam', email: 'sam@example.org', name: 'Sam', role: 'manager', password });
  }
  if ((await store.contacts.estimatedDocumentCount()) === 0)
    await seedCast(store, readPersonas(config.flowsDir, clock.now()), clock.now());
}

/** Moves the product's clock; facts are as fresh on the other side, and coaches whose window is open are still there. */
async function jump(
  { store, clock, config }: SandboxDeps,
  destination: Destination,
  playDue: () => Promise<void>,
) {
  const present = await store.coaches
    .find({ beatAt: { $gt: new Date(clock.now().getTime() - openWindowMs) } }, { projection: { _id: 1 } })
    .toArray();
  const setClock = async (at: Date): Promise<void> => {
    const aheadMs = Math.max(clock.aheadMs, at.getTime() - Date.now());
    await store.settings.updateOne(
      { _id: 'clock' },
      { $max: { 'value.aheadMs': aheadMs } },
      { upsert: true },
    );
    clock.setAheadMs(aheadMs);
    await store.coaches.updateMany(
      { _id: { $in: present.map(({ _id }) => _id) } },
      { $set: { beatAt: clock.now() } },
    );
    await keepOffers(store, readSamples(config.flowsDir, clock.now()).offers);
  };
  return travel({ store, clock, setClock, playDue }, destination);
}
