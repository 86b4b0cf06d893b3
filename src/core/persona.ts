import { z } from 'zod';
import type { Address, ConsentState, Contact } from './contact.ts';
import { parseDuration } from './flow/time.ts';
import { channels, locales, registers, type Channel } from './vocabulary.ts';

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not a duration. Write it like 90s, 20m, 2h or 3d.`,
  });
  return z.NEVER;
});

const reply = z.strictObject({ after: duration, text: z.string().optional(), tap: z.string().optional() });

const happening = z.strictObject({
  after: duration,
  event: z.string(),
  properties: z.record(z.string(), z.unknown()).default({}),
});

const file = z.strictObject({
  firstName: z.string(),
  lastName: z.string(),
  locale: z.enum(locales).default('fr'),
  register: z.enum(registers).optional(),
  zone: z.string(),
  country: z.string().length(2),
  department: z.string().optional(),
  plan: z.number().optional(),
  /** Days since the plan began, and since anyone heard of them. */
  planAge: duration.optional(),
  idle: duration.optional(),
  mona: z
    .strictObject({
      score: z.number(),
      start: z.number().optional(),
      level: z.string().optional(),
      percentile: z.number().optional(),
    })
    .optional(),
  coach: z.string().optional(),
  tags: z.array(z.string()).default([]),
  segments: z.array(z.string()).default([]),
  traits: z.record(z.string(), z.unknown()).default({}),
  /** With the traits of flows/samples.yaml, those above on top. */
  sampled: z.boolean().default(false),
  addresses: z.partialRecord(z.enum(channels), z.string()),
  consents: z.array(z.enum(channels)),
  /** Event that brings them into a flow, by flow. */
  entry: z
    .record(
      z.string(),
      z.strictObject({ event: z.string(), properties: z.record(z.string(), z.unknown()).default({}) }),
    )
    .default({}),
  /** What else happens to them after they entered a flow, by flow: an audit that is ready, a score that rises. */
  events: z.record(z.string(), z.array(happening)).default({}),
  /** What they answer to a message, by `<flow>.<words key>`. */
  replies: z.record(z.string(), reply).default({}),
});

type File = z.infer<typeof file>;

/** One of the cast (data.md): who they are, how to reach them, what they answer. */
export interface Persona {
  readonly key: string;
  readonly contact: Contact;
  readonly addresses: readonly Address[];
  readonly consents: ConsentState;
  readonly coachId: string | null;
  readonly entry: File['entry'];
  readonly events: File['events'];
  readonly replies: File['replies'];
}

/** Reads flows/personas/<key>.yaml, already parsed from YAML, as of an instant. */
export function parsePersona(
  key: string,
  raw: unknown,
  now: Date,
  samples: Readonly<Record<string, unknown>>,
): Persona {
  const persona = file.parse(raw);
  return {
    key,
    contact: contactOf(key, persona, now, samples),
    addresses: Object.entries(persona.addresses).map(([channel, value]) =>
      addressOf(key, channel as Channel, value, now),
    ),
    consents: Object.fromEntries(
      persona.consents.map((channel) => [`${channel}:marketing`, 'granted'] as const),
    ),
    coachId: persona.coach ?? null,
    entry: persona.entry,
    events: persona.events,
    replies: persona.replies,
  };
}

function contactOf(
  id: string,
  persona: File,
  now: Date,
  samples: Readonly<Record<string, unknown>>,
): Contact {
  const { planAge, idle, mona } = persona;
  return {
    id,
    userId: id,
    firstName: persona.firstName,
    lastName: persona.lastName,
    locale: persona.locale,
    register: persona.register ?? null,
    zone: persona.zone,
    zoneSource: 'profile',
    country: persona.country,
    department: persona.department ?? null,
    plan: persona.plan ?? null,
    planSince: planAge === undefined ? null : before(now, planAge),
    coachId: persona.coach ?? null,
    tags: persona.tags,
    mona: mona ? { ...mona, at: before(now, 0) } : null,
    points: 0,
    heat: null,
    lastHumanAt: idle === undefined ? null : before(now, idle),
    traits: { ...(persona.sampled ? samples : {}), ...persona.traits },
    segments: persona.segments,
    erasedAt: null,
  };
}

const before = (now: Date, ms: number): Date => new Date(now.getTime() - ms);

function addressOf(contactId: string, channel: Channel, value: string, now: Date): Address {
  return { id: `${channel}:${value}`, contactId, channel, value, verifiedAt: now, softFails: 0 };
}
