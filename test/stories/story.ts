import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { wallTime } from '../../src/core/calendar.ts';
import { firstHours, type TeamHours } from '../../src/store/duty.ts';

/* The transcript format of conversation.md §7. */

const cell = z.enum(['fr', 'fr+vous', 'en']);
const chatChannel = z.enum(['sms', 'whatsapp']);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const details = z.strictObject({
  segments: z.number().optional(),
  channel: z.string().optional(),
  class: z.string().optional(),
  text: z.string().optional(),
  why: z.string().optional(),
});
const expected = z.strictObject({
  rule: z.string().optional(),
  intent: z.string().optional(),
  owner: z.string().optional(),
  reason: z.string().nullable().optional(),
  priority: z.string().optional(),
  due: z.string().optional(),
  sent: z.array(z.string()).optional(),
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
  z.strictObject({ me: z.union([z.string(), z.number(), z.array(z.string())]), by: z.string().optional() }),
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

/** All stories of a folder, by file name; one file may hold several, divided by `---`. */
export function readStories(folder: string): readonly { readonly name: string; readonly story: Story }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.chat.yaml'))
    .sort()
    .flatMap((name) => readFile(folder, name));
}

function readFile(folder: string, name: string): { name: string; story: Story }[] {
  const parts = readFileSync(join(folder, name), 'utf8').split(/^---$/mu);
  return parts.filter((part) => part.trim() !== '').map((part, index) => {
    const read = file.safeParse(parse(part));
    if (!read.success) throw new Error(`${name}, chat ${index + 1}: ${z.prettifyError(read.error)}`);
    const title = basename(name, '.chat.yaml');
    return { name: read.data.what ? `${title}: ${read.data.what}` : title, story: read.data };
  });
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
