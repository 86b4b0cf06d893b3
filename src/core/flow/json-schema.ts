import { z } from 'zod';
import { comparisons } from './expression.ts';
import { flowShape } from './schema.ts';
import { condition, duration } from './shape.ts';
import { nodeKinds } from './steps/index.ts';

type Json = Record<string, unknown>;

/**
 * The authoring format as JSON Schema (draft 7), made from the same zod shapes that compile it, so that an editor completes
 * and checks what `mona flows lint` reads. What only the lints know (targets, words, order) is not in it.
 */
export function flowJsonSchema(): Json {
  const schema = jsonOf(flowShape);
  const properties = schema['properties'] as Json;
  properties['nodes'] = {
    type: 'object',
    description: hints['nodes'],
    propertyNames: { pattern: '^[a-z0-9]+(?:-[a-z0-9]+)*$' },
    additionalProperties: { anyOf: Object.values(nodeKinds).map(({ shape }) => jsonOf(shape)) },
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A flow of MONA x SPARK: flows/<id>.yaml, spec 1',
    ...explained(schema),
    definitions: { condition: conditionSchema },
  };
}

function jsonOf(shape: z.ZodType): Json {
  const schema = z.toJSONSchema(shape, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (isSame(zodSchema, condition)) replace(jsonSchema, { $ref: '#/definitions/condition' });
      if (isSame(zodSchema, duration))
        replace(jsonSchema, { type: 'string', pattern: durationPattern, description: '90s, 10m, 2h or 3d' });
    },
  }) as Json;
  Reflect.deleteProperty(schema, '$schema');
  return schema;
}

const isSame = (one: unknown, other: unknown): boolean => one === other;

function replace(schema: object, by: Json): void {
  for (const key of Object.keys(schema)) Reflect.deleteProperty(schema, key);
  Object.assign(schema, by);
}

/** As `parseDuration` reads it. */
const durationPattern = '^\\d+[smhd]$';

const scalar: Json = { type: ['string', 'number', 'boolean', 'null'] };

const conditionSchema: Json = {
  type: 'object',
  description: 'All must hold. Paths begin with contact. run. answers. event. claim. duty. or seen.<Event>',
  properties: {
    any: {
      type: 'array',
      minItems: 1,
      items: { $ref: '#/definitions/condition' },
      description: 'One of these is enough.',
    },
    not: { $ref: '#/definitions/condition', description: 'This must not hold.' },
  },
  additionalProperties: {
    anyOf: [
      scalar,
      {
        type: 'object',
        minProperties: 1,
        additionalProperties: false,
        properties: Object.fromEntries(
          comparisons.map((op) => [op, { anyOf: [scalar, { type: 'array', items: scalar }] }]),
        ),
      },
    ],
  },
};

/** What an editor shows beside a field, by its name. */
const hints: Readonly<Record<string, string>> = {
  spec: 'The format: 1.',
  id: 'Small letters, digits and hyphens. Of a flow: the name of its file. Of a step: ends in its channel (j1-sms, j0-email, open-wa).',
  kind: 'sequence (default): messages by the calendar, with a goal. notices: steps without a goal. talk: answers only.',
  was: 'Old ids, so that nobody gets the same message twice.',
  entry: 'What brings someone in: an event, or a segment.',
  on: 'Name of an event, or a list of names.',
  where: 'Only where this holds.',
  unless: 'Not where this holds.',
  run: 'Property of the event that keys parallel runs.',
  anchor: 'Property of the event with the instant that is J0: steps may lie before it (J0-24h).',
  topic: 'A later notification of the same topic takes its place on the device.',
  reentry: 'once, per-run, or { after: 90d }.',
  goal: 'Reached, the run ends at once.',
  exits: 'Events that end the run, each with its result.',
  class: 'service goes to anyone with a contract; marketing needs consent and a way out.',
  priority: '0 to 100, 50 unless said: which sequence speaks first.',
  segments: 'SMS parts a text may cost before a warning; 4 unless said.',
  channels: 'Every channel that this flow may speak or answer by.',
  fields:
    'Each {{placeholder}} of the texts: required (else the step is skipped), fallback (other words) or omit (its line goes).',
  steps: 'Messages we send first, in the order of their times.',
  nodes: 'What an answer does, by id. One verb each: ask, say, do, branch, split, handoff.',
  at: 'J0, J0+2h, J7 or J7 12:30, on the clock of the contact.',
  fallback: 'Channels to try when the first one never may.',
  open: 'The question that this message asks: a node with ask.',
  when: 'Skipped where this does not hold.',
  claims: 'Facts that the text leans on, such as price.390.',
  ask: 'Words of the question: the id of the step that asks it, or a key of its own.',
  choices: 'Answers: yes, no, help, human, or your own with words in locales/.',
  go: 'A node, rest (the talk closes, the timeline goes on) or end.<result>.',
  invalid: 'What follows answers that are none, one rung each; the last one leads to a person or to rest.',
  noReply: 'What follows silence, e.g. [{ after: 2d, go: rest }].',
  stale: 'What a late tap does: answer (default), explain or reopen.',
  say: 'Words to say: a key of locales/<lng>/<flow>.yaml, or common:<key>.',
  handoff: 'Gives the thread to a person.',
};

/** The same schema with what each field means. */
function explained(value: Json): Json {
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, child]) => [
        key,
        key === 'properties' ? hinted(child as Json) : walk(child),
      ]),
    );
  };
  const hinted = (properties: Json): Json =>
    Object.fromEntries(
      Object.entries(properties).map(([name, child]) => {
        const inner = walk(child) as Json;
        const hint = hints[name];
        return [
          name,
          hint && inner['description'] === undefined && inner['$ref'] === undefined
            ? { description: hint, ...inner }
            : inner,
        ];
      }),
    );
  return walk(value) as Json;
}
