import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import { z } from 'zod';
import { wallTime } from '../../src/core/calendar.ts';
import { intents } from '../../src/core/understood.ts';
import { firstHours, type TeamHours } from '../../src/store/duty.ts';

/* The transcript format of conversation.md §7. */

const cell = z.enum(['fr', 'fr+vous', 'en']);
/** `email`: somebody whom only mail reaches. */
const chatChannel = z.enum(['sms', 'whatsapp', 'email']);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** The same for everybody, or each in their own language; where `fr+vous` is not told apart it reads as `fr`. */
const spoken = z.union([z.string(), z.partialRecord(cell, z.string())]);

const details = z.strictObject({
  segments: z.number().optional(),
  channel: z.string().optional(),
  class: z.string().optional(),
  /** A pattern somewhere in the text. */
  text: spoken.optional(),
  /** The whole text, word for word. */
  says: spoken.optional(),
  why: z.string().optional(),
});
const expected = z.strictObject({
  rule: z.string().optional(),
  intent: z.string().optional(),
  owner: z.string().optional(),
  reason: z.string().nullable().optional(),
  priority: z.string().optional(),
  due: z.string().optional(),
  /** All that was said since, or whatever it was. */
  sent: z.union([z.array(z.string()), z.literal('whatever')]).optional(),
  open: z.string().optional(),
  exit: z.string().nullable().optional(),
  consent: z.record(z.string(), z.string()).optional(),
  answers: z.record(z.string(), scalar).optional(),
  flags: z.array(z.string()).optional(),
  tells: z.array(z.string()).optional(),
  events: z.array(z.string()).optional(),
  blocked: z.string().optional(),
  refused: z.string().optional(),
});

const cue = z.union([
  z.enum(['window closes', 'everyone leaves']),
  z.strictObject({ event: z.tuple([z.string()]).rest(z.record(z.string(), z.unknown())) }),
  z.strictObject({ bot: z.union([z.string(), z.tuple([z.string()]).rest(details)]) }),
  z.strictObject({ skip: z.tuple([z.string(), z.string()]) }),
  z.strictObject({
    me: z.union([spoken, z.number(), z.array(z.string())]),
    by: z.string().optional(),
    /** Said so often in a row, in one message. */
    times: z.number().optional(),
    /** Type of a file sent with it. */
    media: z.string().optional(),
  }),
  z.strictObject({ tap: z.union([z.string(), z.tuple([z.string(), z.string()])]), by: z.string().optional() }),
  z.strictObject({ quote: z.tuple([z.string(), z.string()]) }),
  z.strictObject({ at: z.string() }),
  z.strictObject({ wait: z.string() }),
  z.strictObject({ carrier: z.union([z.string(), z.number()]) }),
  z.strictObject({ expect: expected }),
  z.record(z.string().regex(/^coach \w+$/), z.union([z.string(), z.array(z.unknown())])),
]);

const file = z.strictObject({
  flow: z.string(),
  what: z.string().optional(),
  matrix: z.strictObject({ locale: z.array(cell).default(['fr']), channel: z.array(chatChannel).default(['sms']) }).default({ locale: ['fr'], channel: ['sms'] }),
  given: z.strictObject({
    clock: z.string(),
    contact: z.string(),
    duty: z.record(z.string(), z.string()).default({ nina: 'mon-fri 09:00-19:00' }),
    set: z.record(z.string(), z.unknown()).default({}),
    without: z.array(z.string()).default([]),
    /** Channels that stay beside the cell's own: a phone that has SMS and WhatsApp. */
    keeps: z.array(z.string()).default([]),
    /** They let us send notifications. */
    push: z.boolean().default(false),
    /** How sure the understanding is of a text, whatever it thinks today. */
    heard: z.record(z.string(), z.strictObject({ intent: z.enum(intents), confidence: z.number() })).default({}),
    /** What a late tap does at these nodes, instead of what the flow says. */
    stale: z.record(z.string(), z.enum(['answer', 'explain', 'reopen'])).default({}),
  }),
  /** Faults under which the chat runs again on a real database: the runner of test/faults reads it. */
  faults: z.unknown().optional(),
  chat: z.array(cue),
});

export type Story = z.infer<typeof file>;
export type StoryCue = Story['chat'][number];
export type Expected = z.infer<typeof expected>;
export type Details = z.infer<typeof details>;

/** One test of a story: a column of its matrix. */
export interface Cell {
  readonly locale: z.infer<typeof cell>;
  readonly channel: z.infer<typeof chatChannel>;
}

/** A story where it is written. */
export interface Written {
  readonly name: string;
  readonly file: string;
  /** The line of each cue of the chat. */
  readonly lines: readonly number[];
  readonly story: Story;
}

/** All stories of a folder, by file name; one file may hold several, divided by `---`. */
export function readStories(folder: string): readonly Written[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.chat.yaml'))
    .sort()
    .flatMap((name) => readStory(join(folder, name), readFileSync(join(folder, name), 'utf8')));
}

/** The stories of one file. Throws where it is no story, and says at which line. */
export function readStory(path: string, text: string): readonly Written[] {
  const counter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: counter }) as Document.Parsed[];
  return documents.map((document) => {
    const lineOf = (at: unknown): number => counter.linePos(rangeOf(at)).line;
    const [mistake] = document.errors;
    if (mistake) throw new Error(`${path}: ${mistake.message}`);
    const read = file.safeParse(document.toJS());
    if (!read.success) {
      const place = read.error.issues[0]?.path.slice(0, 2) ?? [];
      throw new Error(`${path}:${lineOf(document.getIn(place, true) ?? document.contents)}: ${z.prettifyError(read.error)}`);
    }
    const title = basename(path, '.chat.yaml');
    return {
      name: read.data.what ? `${title}: ${read.data.what}` : title,
      file: path,
      lines: read.data.chat.map((_, index) => lineOf(document.getIn(['chat', index], true))),
      story: read.data,
    };
  });
}

const rangeOf = (node: unknown): number =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? Number(node.range[0]) : 0;

/** What somebody of this cell reads or writes. */
export function spokenIn({ locale }: Cell, words: z.infer<typeof spoken>): string {
  if (typeof words === 'string') return words;
  const said = words[locale] ?? (locale === 'fr+vous' ? words.fr : undefined);
  if (said === undefined) throw new Error(`nothing is written here for ${locale}: ${JSON.stringify(words)}`);
  return said;
}

export function cellsOf({ matrix }: Story): readonly Cell[] {
  return matrix.locale.flatMap((locale) => matrix.channel.map((channel) => ({ locale, channel })));
}

/** `2026-03-02 18:04 Europe/Paris`. */
export function clockOf(text: string): Date {
  const [date = '', time = '00:00', zone = 'Europe/Paris'] = text.split(' ');
  return wallTime(date, time, zone);
}

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** `mon-fri 09:00-19:00`, the widest of all coaches. */
export function hoursOf(duty: Story['given']['duty']): TeamHours {
  const days: Record<string, { from: string; to: string }[]> = {};
  for (const line of Object.values(duty)) {
    const [range = '', times = ''] = line.split(' ');
    const [first = 'mon', last = first] = range.split('-');
    const [from = '09:00', to = '19:00'] = times.split('-');
    for (let day = weekdays.indexOf(first); day <= weekdays.indexOf(last); day += 1) days[String(day + 1)] = [{ from, to }];
  }
  return { ...firstHours, days };
}
