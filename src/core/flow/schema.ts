import { z } from 'zod';
import { locales, registers } from '../vocabulary.ts';
import { channel, condition, duration, matcher, names, slugPattern, text } from './shape.ts';

/*
 * The authoring format of flows/<id>.yaml, spec 1 (conversation.md §3). Nodes are read by their verb: steps/<kind>.ts
 * holds the shape of each.
 */

const slug = z.string().regex(slugPattern, {
  error: 'is no id: small letters, digits and hyphens (`_ . :` mean something to i18next)',
});

const oneClass = z.enum(['marketing', 'service']);

const stepClass = z.union([
  oneClass,
  z.strictObject({ full: z.literal('marketing'), core: z.literal('service') }),
]);

const lateThen = z.union([
  z.enum(['skip', 'send', 'exit']),
  z.string().regex(/^variant:.+$/, { error: 'is none of skip, send, exit, variant:<name>' }),
]);

const section = z.strictObject({
  when: condition.optional(),
  open: text.optional(),
  class: oneClass.optional(),
});

export const stepShape = z.strictObject({
  id: text,
  was: z.array(text).optional(),
  at: z.string(),
  channel,
  fallback: z.array(channel).optional(),
  open: text.optional(),
  class: stepClass.optional(),
  when: condition.optional(),
  claims: z.array(text).optional(),
  sections: z.record(text, section).optional(),
  wait: z.strictObject({ on: names, until: z.string(), else: text }).optional(),
  variant: z
    .array(z.strictObject({ when: condition, use: text }))
    .min(1)
    .optional(),
  window: z.strictObject({ from: z.string(), to: z.string() }).optional(),
  late: z.strictObject({ max: duration.optional(), then: lateThen.optional() }).optional(),
  perishable: text.optional(),
  experiment: text.optional(),
  times: z.record(text, z.string()).optional(),
  reserve: z.strictObject({ offer: text, until: z.string() }).optional(),
  promise: z.strictObject({ silence: duration }).optional(),
  topic: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/, { error: 'is no topic: at most 32 letters, digits, hyphens' })
    .optional(),
});

const entryFields = {
  on: names.optional(),
  segment: text.optional(),
  where: condition.optional(),
  unless: condition.optional(),
  run: text.optional(),
  anchor: text.optional(),
  reentry: z.union([z.enum(['once', 'per-run']), z.strictObject({ after: duration })]).optional(),
};

/** Where a flow has several entries, each plans the steps it names, or holds them itself. */
const listedEntry = z.strictObject({
  ...entryFields,
  steps: z.array(z.union([z.string(), stepShape])).optional(),
});

export const flowShape = z.strictObject({
  spec: z.literal(1),
  id: slug,
  kind: z.enum(['sequence', 'notices', 'talk']).optional(),
  was: z.array(text).optional(),
  entry: z.union([z.array(listedEntry).min(1), z.strictObject(entryFields)]).optional(),
  goal: z.strictObject({ ...matcher, within: duration }).optional(),
  exits: z.array(z.strictObject({ ...matcher, result: text })).optional(),
  class: oneClass.optional(),
  priority: z.number().int().min(0).max(100).optional(),
  exclusive: z.boolean().optional(),
  segments: z.number().int().min(1).optional(),
  channels: z.array(channel).min(1),
  locales: z.array(z.enum(locales)).min(1).optional(),
  registers: z.partialRecord(z.enum(locales), z.array(z.enum(registers)).min(1)).optional(),
  fields: z.record(text, z.enum(['required', 'fallback', 'omit'])).optional(),
  steps: z.array(stepShape).optional(),
  nodes: z.record(text, z.record(z.string(), z.unknown())).optional(),
  migrate: z
    .strictObject({
      from: text,
      nodes: z.record(text, text).optional(),
      steps: z.record(text, text).optional(),
    })
    .optional(),
});

export type AuthoredFlow = z.output<typeof flowShape>;
export type AuthoredStep = z.output<typeof stepShape>;
export type AuthoredEntry = z.output<typeof listedEntry>;
