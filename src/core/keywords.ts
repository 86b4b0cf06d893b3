import { z } from 'zod';
import type { Keywords } from './library.ts';

const word = z.string().min(1);

const sender = z.strictObject({
  optOut: z.enum(['advanced', 'default', 'none']),
  help: z.enum(['carrier', 'us']),
  encoding: z.literal('gsm').optional(),
  canReceive: z.boolean().optional(),
  optOutLine: word.optional(),
});

const reserved = z.strictObject({
  do: z.enum(['opt-out', 'opt-in', 'help', 'handoff', 'legal-notice']),
  prompt: z.union([word, z.array(word).min(1)]),
});

/** The shape of flows/keywords.yaml (conversation.md §2.2): who answers the reserved words, and how we print them. */
export const keywordsShape = z.strictObject({
  senders: z.record(word, sender),
  words: z.strictObject({
    stop: reserved,
    start: reserved,
    help: reserved,
    human: reserved,
    contact: reserved,
  }),
});

/** @throws ZodError where the value is not of that shape. */
export const parseKeywords = (raw: unknown): Keywords => keywordsShape.parse(raw);
