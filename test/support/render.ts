import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { claimScope } from '../../src/core/claim.ts';
import type { Contact } from '../../src/core/contact.ts';
import type { Duty, Offer } from '../../src/core/decide.ts';
import { compileFlow } from '../../src/core/flow/compile.ts';
import type { Flow } from '../../src/core/flow/definition.ts';
import type { Keywords, Policy } from '../../src/core/library.ts';
import type { RenderPolicy, Rendered, Unrendered } from '../../src/core/render.ts';
import { render } from '../../src/core/render.ts';
import type { RowWords } from '../../src/core/row.ts';
import type { RunState } from '../../src/core/run.ts';
import { samplesAt, type Samples } from '../../src/core/samples.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { valuesOf } from '../../src/core/values.ts';
import type { Channel, Moment } from '../../src/core/vocabulary.ts';
import { createWords } from '../../src/core/words.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** A Tuesday at noon in Paris. */
export const noon = new Date('2027-03-02T11:00:00Z');
export const moment: Moment = { now: noon, zone: 'Europe/Paris' };

const namespaces = (locale: string): Record<string, unknown> =>
  Object.fromEntries(
    readdirSync(new URL(`locales/${locale}`, root))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => [file.replace('.yaml', ''), parse(read(`locales/${locale}/${file}`)) as unknown]),
  );

/** The trees of the shipped words, by locale and namespace. */
export const trees = { fr: namespaces('fr'), en: namespaces('en') } as const;
export const words = createWords(trees);
export const keywords = parse(read('flows/keywords.yaml')) as Keywords;
export const samples: Samples = samplesAt(parse(read('flows/samples.yaml')), noon);

const flows = new Map<string, Flow>();

export function readFlow(id: string): Flow {
  const known = flows.get(id);
  if (known) return known;
  const compiled = compileFlow(read(`flows/${id}.yaml`), `flows/${id}.yaml`, 1);
  if ('mistakes' in compiled) throw new Error(JSON.stringify(compiled.mistakes, null, 2));
  flows.set(id, compiled.flow);
  return compiled.flow;
}

const days = (count: number): Date => new Date(noon.getTime() - count * 86_400_000);

/** Camille, in the middle of a month with MONA 290: everything the product may tell of a client. */
export function aClient(over: Partial<Contact> = {}): Contact {
  return {
    id: 'camille',
    firstName: 'Camille',
    locale: 'fr',
    zone: 'Europe/Paris',
    zoneSource: 'profile',
    country: 'FR',
    plan: 290,
    planSince: days(21),
    tags: [],
    mona: { score: 67, start: 52, at: noon },
    points: 0,
    heat: null,
    lastHumanAt: days(42),
    traits: samples.traits,
    segments: ['upsell_open'],
    ...over,
  };
}

const onDuty: Duty = {
  isOnDuty: true,
  coaches: [{ id: 'nina', name: 'Nina' }],
  until: new Date('2027-03-02T18:00:00Z'),
  nextOpening: new Date('2027-03-03T08:00:00Z'),
  hours: { fr: 'du lundi au vendredi, 9 h–19 h', en: 'Monday to Friday, 9:00–19:00' },
};
export const offDuty: Duty = { ...onDuty, isOnDuty: false, coaches: [], until: null };

const policy = {
  handoff: { vipMs: 600_000, highMs: 1_800_000, normalMs: 7_200_000, pushMs: 60_000 },
  links: Object.fromEntries(
    Object.keys((parse(read('flows/policy.yaml')) as { links: object }).links)
      .filter((key) => key !== 'preferences')
      .map((key) => [key, `/l/${key}`]),
  ),
  publisher: { name: 'MONA x SPARK', notice: 'contact@mona-spark.example' },
} as unknown as Policy;

export interface Asked {
  readonly contact?: Contact;
  readonly offers?: readonly Offer[];
  readonly duty?: Duty;
  readonly run?: RunState | null;
  readonly coach?: string | null;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly words?: Partial<RowWords>;
  readonly policy?: Partial<RenderPolicy>;
  readonly lookup?: typeof words;
  readonly links?: Readonly<Record<string, string>>;
}

/** A step or node of a shipped flow, rendered for Camille with the sandbox's samples unless told otherwise. */
export function rendered(
  flow: string,
  key: string,
  channel: Channel,
  asked: Asked = {},
): Rendered | Unrendered {
  const contact = asked.contact ?? aClient();
  const duty = asked.duty ?? onDuty;
  const coach = asked.coach === undefined ? 'Nina' : asked.coach;
  const compiled = flow === 'common' ? null : readFlow(flow);
  const snapshot: Snapshot = {
    contact,
    duty,
    offers: [],
    policy: { ...policy, links: { ...policy.links, ...asked.links } },
    priority: 'normal',
    coach: coach === null ? null : { id: 'nina', name: coach },
    publicUrl: 'https://mona.example',
  };
  const sender = asked.policy?.sender ?? channel;
  const values = valuesOf({
    contact,
    snapshot,
    run: asked.run ?? null,
    claims: claimScope(asked.offers ?? samples.offers, contact, duty, moment),
    publicUrl: 'https://mona.example',
    keywords: asked.policy?.keywords ?? keywords,
    sender,
    fields: asked.fields ?? {},
    moment,
  });
  const rowWords: RowWords = {
    flow,
    version: 1,
    key,
    locale: contact.locale,
    register: contact.register ?? (channel === 'email' ? 'vous' : 'tu'),
    fields: asked.fields ?? {},
    claims: compiled?.steps.find(({ id }) => id === key)?.claims ?? [],
    ...asked.words,
  };
  return render(rowWords, channel, values, asked.lookup ?? words, {
    class: 'service',
    fields: compiled?.fields ?? {},
    keywords,
    sender,
    publicUrl: 'https://mona.example',
    ...asked.policy,
  });
}

/** The body, or a failure that says what was missing. */
export function body(flow: string, key: string, channel: Channel, asked: Asked = {}): Rendered {
  const outcome = rendered(flow, key, channel, asked);
  if ('missing' in outcome) throw new Error(`${flow}:${key} ${channel} ${outcome.missing}: ${outcome.what}`);
  return outcome;
}

/** Camille's own comeback plan, which ends tomorrow. */
export const ownComeback: Offer = {
  key: 'offer.comeback',
  kind: 'reservation',
  value: { percent: 50, code: 'RESTART50' },
  asOf: noon,
  maxAgeMs: 0,
  endsAt: new Date('2027-03-03T22:59:00Z'),
  contactId: 'camille',
};

export const without = (...keys: readonly string[]): Offer[] =>
  samples.offers.filter(({ key }) => !keys.includes(key));
