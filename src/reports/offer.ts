import type { Flow, Step } from '../core/flow/definition.ts';
import type { Channel, Locale } from '../core/vocabulary.ts';
import { notFound } from '../errors.ts';
import { claimsOf, leansOn, readOffers, type OfferView } from './offers.ts';
import { previewStep, type Model } from './preview.ts';
import type { Desk } from './rows.ts';

/** What a message says while the fact is true, and what becomes of it when it is not. */
export interface Consequence {
  readonly flow: string;
  readonly step: string;
  readonly channel: Channel;
  readonly subject: string | null;
  /** Null where the text cannot be written even now. */
  readonly text: string | null;
  /** The honest form; null where the message is not sent at all, for this reason. */
  readonly without: { readonly subject: string | null; readonly text: string } | null;
  readonly skipped: string | null;
  /** The step asks for the fact before it is even written. */
  readonly isCondition: boolean;
}

export interface OfferChange {
  readonly at: Date;
  readonly who: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface OfferPage {
  /** Null for a claim that nobody has stated anything for. */
  readonly offer: OfferView | null;
  readonly consequences: readonly Consequence[];
  readonly history: readonly OfferChange[];
}

const changesMost = 20;

/** One fact with all that leans on it. Throws 404 for a key that no text says and nobody stated. */
export async function readOffer(
  desk: Desk,
  modelFor: (flow: string) => Model,
  key: string,
  locale: Locale,
): Promise<OfferPage> {
  const { offers } = await readOffers(desk);
  const offer = offers.find((one) => one.key === key) ?? null;
  const leaning = leaningSteps(desk, key);
  if (!offer && leaning.length === 0)
    throw notFound('no_such_offer', 'No text leans on this fact, and nobody has stated it.');
  const [consequences, history] = await Promise.all([
    Promise.all(
      leaning.map(({ flow, step }) => whatIf(desk, modelFor(flow.id), { flow, step, key, locale })),
    ),
    historyOf(desk, key),
  ]);
  return { offer, consequences, history };
}

interface Leaning {
  readonly flow: Flow;
  readonly step: Step;
}

function leaningSteps({ library }: Desk, key: string): readonly Leaning[] {
  const named = new Set(
    [...claimsOf(library)].flatMap(([claim, steps]) => (leansOn(claim, key) ? steps : [])),
  );
  return library.published.flatMap((flow) =>
    flow.steps.filter(({ id }) => named.has(`${flow.id}.${id}`)).map((step) => ({ flow, step })),
  );
}

/** The message twice, by the renderer that sends: with the fact and without it. */
async function whatIf(
  desk: Desk,
  model: Model,
  { flow, step, key, locale }: Leaning & { readonly key: string; readonly locale: Locale },
): Promise<Consequence> {
  const register = step.channel === 'email' ? 'vous' : 'tu';
  const ask = { flow: flow.id, step: step.id, locale, register, variant: null } as const;
  const [now, otherwise] = await Promise.all([
    previewStep(desk, model, ask),
    previewStep(desk, model, { ...ask, without: key }),
  ]);
  return {
    flow: flow.id,
    step: step.id,
    channel: now.channel,
    subject: now.subject,
    text: now.text,
    without: otherwise.text === null ? null : { subject: otherwise.subject, text: otherwise.text },
    skipped: otherwise.missing?.why ?? null,
    isCondition: JSON.stringify(step.when ?? null).includes(`claim.${key}`),
  };
}

async function historyOf({ store }: Desk, key: string): Promise<readonly OfferChange[]> {
  const [changes, coaches] = await Promise.all([
    store.offerChanges.find({ key }).sort({ at: -1 }).limit(changesMost).toArray(),
    store.coaches.find({}, { projection: { name: 1 } }).toArray(),
  ]);
  const names = new Map(coaches.map(({ _id, name }) => [_id, name]));
  return changes.map(({ at, who, before, after }) => ({ at, who: names.get(who) ?? who, before, after }));
}
