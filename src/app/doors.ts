import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Express } from 'express';
import { monotonicMs } from '../clock.ts';
import type { Channel } from '../core/vocabulary.ts';
import { notFound } from '../errors.ts';
import { createRejects } from '../http/rejects.ts';
import { createServer } from '../http/server.ts';
import type { Jobs } from '../jobs/agenda.ts';
import { createDesk } from '../pipeline/desk.ts';
import { createFiles } from '../pipeline/files.ts';
import { takeMailEvent } from '../pipeline/mail-events.ts';
import { createSecondFactor } from '../pipeline/second-factor.ts';
import { createSessions } from '../pipeline/sessions.ts';
import { createSignIn } from '../pipeline/sign-in.ts';
import { createTeam } from '../pipeline/team.ts';
import { stateOffer } from '../pipeline/state-offer.ts';
import type { Live } from '../reports/live.ts';
import { closeExperiment, planExperiment, startExperiment } from '../pipeline/experiment.ts';
import { pauseSequence, resumeSequence } from '../pipeline/pause.ts';
import { readCompliance } from '../reports/compliance.ts';
import { mediaAddress } from '../reports/media-address.ts';
import { readOffer } from '../reports/offer.ts';
import { readOffers } from '../reports/offers.ts';
import { readDuty } from '../reports/duty.ts';
import { monthlyReport, readCandidates, readExperiments } from '../reports/experiments.ts';
import { readBacklog, readHealth } from '../reports/health.ts';
import { readKpiDifferences, readKpis } from '../reports/kpi.ts';
import { readTeam } from '../reports/team.ts';
import { previewStep, type Model } from '../reports/preview.ts';
import { readPersonas, readSamples } from '../store/cast-files.ts';
import { apiScopes, scopesOfKey, type ApiScope } from '../store/api-keys.ts';
import { identify } from '../store/identify.ts';
import { createActs } from './acts.ts';
import type { House } from './house.ts';
import { watchBacklog } from './metrics.ts';
import { answeredByMail } from './mail-answers.ts';
import { offerUpdated, stateOffers, takeOfferFile } from './offers.ts';
import { readPages } from './pages-words.ts';
import { pushDoors } from './push.ts';
import { createRights } from './rights.ts';
import type { SandboxHouse } from './sandbox.ts';

export interface DoorParts {
  readonly house: House;
  readonly sandbox: SandboxHouse | null;
  /** What the sandbox, or its mailbox alone, answers. */
  readonly mounts: SandboxHouse['mounts'];
  readonly live: Live;
  /** Streams that are open: a deploy says goodbye to each. */
  readonly streams: Set<() => void>;
  readonly jobs: () => Jobs | null;
  /** Names the code that runs: a window from an older one offers to reload. */
  readonly build: string;
}

/** The HTTP server of this process, with what each of its doors may call. */
export function openDoors(parts: DoorParts): Express {
  const { house } = parts;
  watchBacklog(house.metrics.registry, () => readBacklog(house.store, house.clock.now()));
  return createServer({
    log: house.log,
    health: { metrics: house.metrics.registry, notReady: () => notReady(parts) },
    web: house.config.role === 'worker' ? null : webDoors(parts),
    mounts: parts.mounts,
  });
}

async function notReady({ house, jobs }: DoorParts): Promise<readonly string[]> {
  const { store, config } = house;
  const isThere = await store.connection
    .getClient()
    .db(store.connection.name)
    .command({ ping: 1 })
    .then(
      () => true,
      () => false,
    );
  if (!isThere) return ['the database does not answer'];
  const missing = await store.missingIndexes();
  return [
    ...missing.map((index) => `the index ${index} is missing`),
    ...(config.role !== 'web' && jobs() === null ? ['the worker has not started'] : []),
  ];
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The key of the configuration may all; others what they were made for. */
async function scopesOfBearer(
  { config, store, clock }: House,
  key: string,
): Promise<readonly ApiScope[] | null> {
  if (timingSafeEqual(digest(key), digest(config.secrets.apiKey))) return apiScopes;
  return scopesOfKey(store, key, clock.now());
}

function webDoors({
  house,
  sandbox,
  live,
  streams,
  build,
}: DoorParts): NonNullable<Parameters<typeof createServer>[0]['web']> {
  const { config, publicUrl, clock, store, carriers, receipts, arrive, drain, decide, reads, tokens } = house;
  const desk = createDesk(store, clock);
  const files = createFiles({ store, clock, publicUrl });
  const switches = { store, clock, bell: () => house.dispatch.bell() };
  const rejects = createRejects(monotonicMs);
  const acts = createActs({
    reads,
    clock,
    decide,
    arrive,
    drain: (contactId) => drain.drain(contactId, { now: true }),
    worldOf: (contactId) => house.worldOf(contactId),
  });
  return {
    webDir: config.webDir,
    rejects,
    webhooks: {
      parseInbound: (request) => carriers.twilio.parseInbound(request),
      parseReceipt: (request) => carriers.twilio.parseReceipt(request),
      parseMail: (request) => carriers.email.parseInbound(request),
      parseMailEvents: (request) => carriers.email.parseEvents(request),
      arrive: ({ arrivalId, inbound, isAutomatic }) =>
        arrive({
          id: arrivalId,
          kind: 'inbound',
          contactId: null,
          receivedAt: clock.now(),
          inbound: isAutomatic ? { ...inbound, isAutomatic } : inbound,
        }),
      takeReceipt: (receipt) => receipts.take(receipt),
      takeMailEvent: (event) => takeMailEvent({ store, clock, receipts, arrive }, event),
    },
    events: {
      scopesOf: (key) => scopesOfBearer(house, key),
      now: () => clock.now(),
      track: async (identity, all) => {
        const at = clock.now();
        const events = all.filter(({ name }) => name !== offerUpdated);
        await stateOffers(house, all);
        if (events.length === 0 && all.length > 0) return;
        const contactId = await identify(store, { ...identity, at }, config.defaults);
        // A contact's arrivals are moved by their instant: those of one request keep the order they were sent in.
        const later = (index: number): Date => new Date(at.getTime() + index);
        await Promise.all(
          events.map((event, index) =>
            arrive({ id: `event:${event.id}`, kind: 'event', contactId, receivedAt: later(index), event }),
          ),
        );
      },
    },
    mailPages: answeredByMail({
      store,
      clock,
      tokens,
      arrive,
      sender: carriers.email.channel.senders[0] ?? 'email',
      words: readPages(config.localesDir),
      pushKey: config.vapid.publicKey,
    }),
    push: pushDoors(house),
    session: {
      signIn: createSignIn(store),
      secondFactor: createSecondFactor(store),
      desk,
      publicUrl: () => publicUrl,
      isSandbox: sandbox !== null,
      build,
    },
    inbox: { reads, desk, files, ...acts },
    files: {
      files,
      desk,
      readMedia: async (itemId, place) => {
        const address = await mediaAddress(store, itemId, place);
        if (address === null) return null;
        return address === '' ? { is: 'gone' } : carriers.twilio.fetchMedia(address);
      },
    },
    account: { accounts: house.accounts, sessions: createSessions(store) },
    team: {
      read: () => readTeam(store),
      team: createTeam({ store, release: (contactId, by) => releaseThread(house, acts, contactId, by) }),
      accounts: house.accounts,
      desk,
    },
    sequences: {
      readKpis: (range) => readKpis(store, range),
      readDifferences: () => readKpiDifferences(store),
    },
    experiments: {
      read: () => readExperiments(reads),
      readCandidates: () => readCandidates(reads),
      readMonth: async (month) => monthlyReport(await readExperiments(reads), month),
      plan: (plan) => planExperiment({ store, clock }, plan),
      start: async (plan, by) => {
        const started = await startExperiment({ store, clock }, plan, by);
        await desk.note(by, 'experiment_started', null, { experiment: plan.key, flow: plan.flow });
        return started;
      },
      close: async (key, winner, by) => {
        const version = await closeExperiment({ store, clock }, key, winner, by);
        await desk.note(by, winner ? 'experiment_promoted' : 'experiment_stopped', null, {
          experiment: key,
          ...(winner ? { winner, version } : {}),
        });
        await house.library.refresh();
        return version;
      },
    },
    rights: { ...createRights(house), now: () => clock.now() },
    contacts: { reads, desk },
    spine: {
      reads,
      desk,
      preview: (ask) => previewStep(reads, modelFor(house, ask.flow), ask),
      pause: (flow) => pauseSequence(switches, flow),
      resume: (flow) => resumeSequence(switches, flow),
    },
    offers: {
      read: () => readOffers(reads),
      readOne: (key, locale) => readOffer(reads, (flow) => modelFor(house, flow), key, locale),
      state: async (fields, who) => {
        const stated = await stateOffer(house, fields, who);
        await desk.note(who, 'offer_stated', null, { key: String(fields.key), state: stated.state });
        return stated;
      },
      takeFile: (file, who) => takeOfferFile(house, file, who),
    },
    oversight: {
      compliance: () => readCompliance(reads),
      health: () =>
        readHealth(reads, {
          senders: carriers.senders.map(({ key, channel }) => ({ key, mps: mpsOf(config, channel) })),
          rejected: rejects.read(),
          // On the sandbox the mailbox is a page of its own, and reaches whom it should.
          reachesMailboxes: config.email.smtpUrl !== null || sandbox !== null,
          upMs: Math.round(process.uptime() * 1000),
        }),
    },
    stream: {
      live,
      reads,
      desk,
      build,
      onOpen: (end) => {
        streams.add(end);
        return () => streams.delete(end);
      },
    },
    duty: () => readDuty(store, clock.now()),
  };
}

/** Messages a second that a sender may use; notifications have no such bound. */
const mpsOf = ({ mps }: House['config'], channel: Channel): number | null =>
  channel === 'push' ? null : mps[channel];

/** A thread of somebody who left goes back to the queue, as their own hand would have given it. */
async function releaseThread(
  { store }: House,
  { act }: ReturnType<typeof createActs>,
  contactId: string,
  by: string,
): Promise<void> {
  const [thread, manager] = await Promise.all([
    store.threads.findOne({ _id: contactId }, { projection: { own: 1 } }),
    store.coaches.findOne({ _id: by }),
  ]);
  if (!thread || !manager) return;
  const who = { ...manager, id: by, status: 'off', locale: null, hasSecondFactor: false } as const;
  await act(randomUUID(), contactId, who, { do: 'release', rev: thread.own.rev });
}

/** Whom a sequence is shown as said to: one of the cast that enters it, with the sample facts of now. */
function modelFor({ config, clock, publicUrl }: House, flow: string): Model {
  const now = clock.now();
  const personas = readPersonas(config.flowsDir, now);
  const persona = personas.find(({ entry }) => flow in entry) ?? personas[0];
  if (!persona) throw notFound('no_persona', 'flows/personas is empty: nobody to show the text for.');
  return { persona, samples: readSamples(config.flowsDir, now).offers, publicUrl };
}
