import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import type { OpenQuestion, Understand } from '../core/intent.ts';
import { channels, locales } from '../core/vocabulary.ts';
import { messageOf } from '../errors.ts';
import { loadUnderstanding, type Folders } from './understanding.ts';

const line = z.looseObject({
  id: z.coerce.string(),
  text: z.string(),
  locale: z.string().nullish(),
  channel: z.string().nullish(),
  context: z.string().nullish(),
});

/** A context no flow names still says that a question was open; its name tells whether it offered help. */
const unknownQuestion = (name: string): OpenQuestion => ({
  choices: [],
  offersHelp: /help|aide/.test(name),
  isNegative: false,
  name,
});

function classifyLine(
  source: string,
  understand: Understand,
  questions: ReadonlyMap<string, OpenQuestion>,
): unknown {
  const { id, text, locale, channel, context } = line.parse(JSON.parse(source));
  const isAsked = context !== null && context !== undefined && context !== '' && context !== 'none';
  const { intent, confidence, rule } = understand(text, {
    locale: locales.find((known) => known === locale) ?? 'fr',
    channel: channels.find((known) => known === channel) ?? 'sms',
    question: isAsked ? (questions.get(context) ?? unknownQuestion(context)) : null,
    hasPendingAppointment: false,
  });
  return { id, intent, confidence, rule };
}

const shape = 'a line is JSON, such as {"id":"1","text":"plus de sms svp"}';

function explain(error: unknown): string {
  if (error instanceof SyntaxError) return `${shape}; ${error.message}`;
  return error instanceof z.ZodError ? z.prettifyError(error).replaceAll(/\s*\n\s*/g, ' ') : messageOf(error);
}

/** `mona classify`: a line that cannot be read answers with its error, and the next one is read. */
export async function classify(input: Readable, output: Writable, folders: Folders): Promise<void> {
  const { understand, questions } = loadUnderstanding(folders);
  let number = 0;
  for await (const source of createInterface({ input, crlfDelay: Infinity })) {
    number += 1;
    if (source.trim() === '') continue;
    let answer: unknown;
    try {
      answer = classifyLine(source, understand, questions);
    } catch (error) {
      answer = { error: `line ${String(number)}: ${explain(error)}` };
      process.exitCode = 1;
    }
    output.write(`${JSON.stringify(answer)}\n`);
  }
}
