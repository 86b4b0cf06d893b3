import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { createUnderstand, type Understand, type UnderstandContext } from '../core/intent.ts';
import { intents } from '../core/understood.ts';
import { readIntentLists } from '../store/intent-files.ts';

const labelledLine = z.looseObject({
  id: z.string(),
  text: z.string(),
  context: z.string(),
  expected: z.enum(intents),
  also: z.array(z.enum(intents)).default([]),
});
export type Labelled = z.infer<typeof labelledLine>;

/** Files of labelled messages, in `test/core/intent`, and what each is for. */
export const labelledFiles = [
  { file: 'samples.jsonl', role: 'the shared samples' },
  { file: 'everyday.jsonl', role: 'tuned on' },
  { file: 'dev.jsonl', role: 'tuned on' },
  { file: 'round-1.jsonl', role: 'tuned on, once read blind' },
  { file: 'round-2.jsonl', role: 'tuned on, once read blind' },
  { file: 'round-3.jsonl', role: 'tuned on, once read blind' },
  { file: 'round-4.jsonl', role: 'tuned on, once read blind' },
  { file: 'round-5.jsonl', role: 'tuned on, once read blind' },
  { file: 'round-6.jsonl', role: 'tuned on, once read blind' },
  { file: 'round-7.jsonl', role: 'tuned on, once read blind' },
  { file: 'round-8.jsonl', role: 'tuned on' },
  { file: 'final.jsonl', role: 'tuned on, once kept aside' },
  { file: 'unseen.jsonl', role: 'tuned on, once kept aside' },
  { file: 'heldout.jsonl', role: 'kept aside, never tuned on' },
  { file: 'apart.jsonl', role: 'tuned on, once looked at' },
  { file: 'fresh.jsonl', role: 'tuned on, once kept aside' },
  { file: 'second.jsonl', role: 'never taught, misread lines looked at once' },
] as const;

/** @throws an error that names the line that is not a labelled message. */
export const readLabelled = (path: string): Labelled[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line, at) => {
      const read = labelledLine.safeParse(JSON.parse(line));
      if (!read.success) throw new Error(`${path}:${String(at + 1)}: ${z.prettifyError(read.error)}`);
      return read.data;
    });

/** The question a labelled line names, open as far as its name tells. */
export const contextNamed = (name: string): UnderstandContext => ({
  locale: 'fr',
  channel: 'sms',
  question:
    name === 'none' ? null : { choices: [], offersHelp: /help|aide/.test(name), isNegative: false, name },
  hasPendingAppointment: false,
});

export interface Read extends Labelled {
  readonly got: string;
  readonly rule: string;
  readonly confidence: number;
}

/** Every line with what was understood; a label that is just as acceptable counts as the expected one. */
export const readAll = (lines: readonly Labelled[], understand: Understand): Read[] =>
  lines.map((line) => {
    const { intent, rule, confidence } = understand(line.text, contextNamed(line.context));
    const expected = line.also.includes(intent) ? intent : line.expected;
    return { ...line, expected, got: intent, rule, confidence };
  });

export const isMisread = ({ expected, got }: Read): boolean => expected !== got;

export interface Figures {
  readonly refusals: number;
  /** Clear refusals that were not heard. */
  readonly missed: readonly Read[];
  readonly innocent: number;
  /** Innocent messages taken for a refusal. */
  readonly falseStops: readonly Read[];
  /** How many of these would be opted out at once; the others are paused and looked at (a soft stop). */
  readonly atOnce: number;
  /** Mean over the intents of the harmonic mean of precision and recall, 0 to 1. */
  readonly macroF1: number;
}

/** Below it a refusal is a soft stop (conversation.md §2.5). */
const optOutFrom = 0.85;

export function figuresOf(lines: readonly Read[]): Figures {
  const refusals = lines.filter(({ expected, also }) => expected === 'stop' && also.length === 0);
  const innocent = lines.filter(({ expected, also }) => expected !== 'stop' && !also.includes('stop'));
  const each = intents.map((intent) => {
    const right = lines.filter(({ expected, got }) => expected === intent && got === intent).length;
    const said = lines.filter(({ got }) => got === intent).length;
    const meant = lines.filter(({ expected }) => expected === intent).length;
    return said + meant === 0 ? 1 : (2 * right) / (said + meant);
  });
  const falseStops = innocent.filter(({ got }) => got === 'stop');
  return {
    refusals: refusals.length,
    missed: refusals.filter(isMisread),
    innocent: innocent.length,
    falseStops,
    atOnce: falseStops.filter(({ confidence }) => confidence >= optOutFrom).length,
    macroF1: each.reduce((sum, one) => sum + one, 0) / each.length,
  };
}

const share = (part: number, whole: number): string =>
  `${((100 * part) / Math.max(1, whole)).toFixed(1)} % (${String(part)}/${String(whole)})`;

function report(file: string, role: string, lines: readonly Read[]): string[] {
  const { refusals, missed, innocent, falseStops, atOnce, macroF1 } = figuresOf(lines);
  return [
    `${file} · ${role} · ${String(lines.length)} messages`,
    `  refusals heard ${share(refusals - missed.length, refusals)} · false stops ${share(falseStops.length, innocent)}, ${String(atOnce)} at once · macro-F1 ${macroF1.toFixed(3)}`,
    ...lines
      .filter(isMisread)
      .map(
        ({ id, context, text, got, rule, confidence, expected }) =>
          `  ${id} (${context}) ${JSON.stringify(text)}: ${got} ${confidence.toFixed(2)} by ${rule}, not ${expected}`,
      ),
  ];
}

const warmRounds = 3;
/** CPU time to measure for, in microseconds. */
const measuredFor = 2_000_000;

/** Messages understood in a second of one core's time, once warm: what else the machine does is not counted. */
export function messagesPerSecond(lines: readonly Labelled[], understand: Understand): number {
  const asked = lines.map(({ text, context }) => ({ text, context: contextNamed(context) }));
  const readThrough = (): void => {
    for (const { text, context } of asked) understand(text, context);
  };
  for (let round = 0; round < warmRounds; round += 1) readThrough();
  const start = process.cpuUsage();
  const spent = (): number => {
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  let rounds = 0;
  while (spent() < measuredFor) {
    readThrough();
    rounds += 1;
  }
  return Math.round((1_000_000 * rounds * asked.length) / spent());
}

/** The figures of every labelled file with what was misread, and how fast it goes. */
export function understandingFigures(localesDir: string, labelledDir: string): string {
  const understand = createUnderstand(readIntentLists(localesDir));
  const read = labelledFiles.map(({ file, role }) => ({
    file,
    role,
    lines: readLabelled(join(labelledDir, file)),
  }));
  const all = read.flatMap(({ lines }) => lines);
  return [
    ...read.flatMap(({ file, role, lines }) => report(file, role, readAll(lines, understand))),
    `${String(all.length)} messages · ${messagesPerSecond(all, understand).toLocaleString('en')} messages a second of one core`,
    '',
  ].join('\n');
}
