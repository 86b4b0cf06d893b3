import { localDate } from '../core/calendar.ts';
import { claimScope } from '../core/claim.ts';
import type { Contact } from '../core/contact.ts';
import type { Duty, Offer, World } from '../core/decide.ts';
import { compose } from '../core/decide/compose.ts';
import type { Flow, Step } from '../core/flow/definition.ts';
import type { Persona } from '../core/persona.ts';
import { isUnrendered } from '../core/render.ts';
import type { RowButton } from '../core/row.ts';
import type { RunState } from '../core/run.ts';
import { newThread } from '../core/thread.ts';
import type { Channel, Locale, Register } from '../core/vocabulary.ts';
import { notFound } from '../errors.ts';
import { needFlow } from './sequence.ts';
import type { Desk } from './rows.ts';

/** A person of the cast and sample facts, so that a text can be read before anyone receives it. */
export interface Model {
  readonly persona: Persona;
  readonly samples: readonly Offer[];
  readonly publicUrl: string;
}

export interface PreviewAsk {
  readonly flow: string;
  readonly step: string;
  readonly channel?: Channel;
  readonly locale: Locale;
  readonly register: Register;
  readonly variant: string | null;
  /** As if nobody had stated this fact: the honest form of the text. */
  readonly without?: string;
}

export interface ClaimView {
  readonly key: string;
  readonly state: 'live' | 'sample' | 'none';
}

export interface PreviewView {
  readonly name: string;
  readonly channel: Channel;
  readonly subject: string | null;
  readonly text: string | null;
  readonly html: string | null;
  readonly buttons: readonly RowButton[];
  readonly segments: number | null;
  readonly encoding: 'gsm' | 'ucs2' | null;
  readonly characters: number;
  /** What kept it from being written; null = it is whole. */
  readonly missing: { readonly why: string; readonly what: string } | null;
  readonly claims: readonly ClaimView[];
  readonly variants: readonly string[];
  readonly channels: readonly Channel[];
}

/** A message as it would leave to one of the cast, by the renderer that sends: live facts first, samples where there is none. */
export async function previewStep(desk: Desk, model: Model, ask: PreviewAsk): Promise<PreviewView> {
  const flow = needFlow(desk, ask.flow);
  const step = flow.steps.find(({ id }) => id === ask.step);
  if (!step) throw notFound('no_such_step', 'This sequence has no step of this name.');
  const now = desk.now();
  const live = await desk.store.offers.find({ contactId: null }).toArray();
  const liveKeys = new Set(live.filter((offer) => isFresh(offer, now)).map(({ key }) => key));
  const offers = [
    ...model.samples.filter(({ key }) => !liveKeys.has(key)),
    ...live.filter(({ key }) => liveKeys.has(key)),
  ].filter(({ key }) => key !== ask.without);
  const channel = ask.channel ?? step.channel;
  const contact = { ...model.persona.contact, coachId: coach.id, locale: ask.locale, register: ask.register };
  const run = runOf(flow, model.persona, now);
  const facts = [...offers, ...placeKept(flow, step, offers, contact.id, now)];
  const world: World = {
    ...quietWorld(desk, contact, now),
    offers: facts,
    runs: [run],
    publicUrl: model.publicUrl,
  };
  const moment = { now, zone: contact.zone };
  const stated = claimScope(facts, contact, world.duty, moment);
  const body = compose(
    { channel, sender: channel, class: classOf(step), runId: run.id },
    {
      flow: flow.id,
      version: flow.version,
      key: step.id,
      variant: ask.variant,
      locale: ask.locale,
      register: ask.register,
      fields: {},
      claims: step.claims,
    },
    world,
    moment,
  );
  const said = isUnrendered(body) ? null : body;
  return {
    name: contact.firstName ?? '',
    channel,
    subject: said?.subject ?? null,
    text: said?.text ?? null,
    html: said?.html ?? null,
    buttons: said?.buttons ?? [],
    segments: said?.segments ?? null,
    encoding: said?.encoding ?? null,
    characters: [...(said?.text ?? '')].length,
    missing: isUnrendered(body) ? { why: body.missing, what: body.what } : null,
    claims: step.claims.map((key) => ({
      key,
      state: liveKeys.has(key) ? 'live' : key in stated ? 'sample' : 'none',
    })),
    variants: variantsOf(desk, flow, step, channel, ask.locale),
    channels: [step.channel, ...step.fallback],
  };
}

const keptMs = 35 * 3_600_000;

/** The place that the sequence keeps for its reader, where the text speaks of one: as `reserve` would have made it. */
function placeKept(
  { steps }: Flow,
  { reserve, claims }: Step,
  offers: readonly Offer[],
  contactId: string,
  now: Date,
): readonly Offer[] {
  const speaks = reserve !== undefined || claims.some((claim) => claim.startsWith('reservation.'));
  const kept = reserve ?? steps.find((step) => step.reserve)?.reserve;
  const base = offers.find(({ key }) => key === kept?.offer);
  if (!speaks || !kept || !base) return [];
  const value = { ...(base.value as object), offer: kept.offer };
  const endsAt = new Date(now.getTime() + keptMs);
  return [{ ...base, kind: 'reservation', value, asOf: now, endsAt, expiresAt: endsAt, contactId }];
}

const isFresh = ({ asOf, maxAgeMs, endsAt }: Offer, now: Date): boolean =>
  asOf.getTime() + maxAgeMs > now.getTime() && (!endsAt || endsAt > now);

const classOf = (step: Step) => (typeof step.class === 'string' ? step.class : 'marketing');

function variantsOf(
  { library }: Desk,
  flow: Flow,
  step: Step,
  channel: Channel,
  locale: Locale,
): readonly string[] {
  const tree = library
    .words(library.wordsOf(flow.id))
    .tree(flow.id, `${step.id}.${channel}.variants`, locale);
  return typeof tree === 'object' && tree !== null ? Object.keys(tree) : [];
}

/** A run of that person which began now: what a text may say of its own plan. */
function runOf(flow: Flow, { contact, entry }: Persona, now: Date): RunState {
  return {
    id: 'preview',
    contactId: contact.id,
    flow: flow.id,
    version: flow.version,
    words: '',
    runKey: 'preview',
    rev: 0,
    open: true,
    phase: 'sending',
    exitReason: null,
    enteredAt: now,
    anchorAt: now,
    anchorOn: localDate(now, contact.zone),
    zone: contact.zone,
    stepKey: null,
    plan: [],
    waits: [],
    wakeAt: null,
    goalDeadline: null,
    register: null,
    answers: {},
    arms: {},
    done: {},
    talk: null,
    past: [],
    hold: null,
    handoff: null,
    seen: [],
    entry: entry[flow.id]?.properties ?? {},
  };
}

/** Somebody who signs; whoever it will be, the text has room for a name. */
const coach = { id: 'nina', name: 'Nina' } as const;
const openMs = 4 * 3_600_000;

/** Coaches are there and WhatsApp's window is open: the text as it is meant. */
function quietWorld({ library }: Desk, contact: Contact, now: Date): World {
  const duty: Duty = {
    isOnDuty: true,
    coaches: [coach],
    until: new Date(now.getTime() + openMs),
    nextOpening: null,
    hours: {},
  };
  return {
    contact,
    addresses: [],
    consents: {},
    suppressions: [],
    thread: { ...newThread('preview', now), windows: { whatsapp: now } },
    runs: [],
    quoted: [],
    rows: [],
    duty,
    coachNames: { [coach.id]: coach.name },
    offers: [],
    allowances: [],
    senders: [],
    pausedFlows: [],
    appointments: [],
    library,
    publicUrl: '',
    silencedUntil: null,
  };
}
