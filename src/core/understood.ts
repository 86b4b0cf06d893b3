import type { Channel, Locale } from './vocabulary.ts';

/** Intents of the contract; `rule` is the family that hit. */
export const intents = ['stop', 'start', 'help', 'yes', 'no', 'human', 'other'] as const;
export type Intent = (typeof intents)[number];

export type Tag = 'complaint' | 'refund' | 'danger' | 'question' | 'erase' | 'wrong_person' | 'contact' | 'fewer' | 'thanks' | 'auto' | 'cancel_ambiguous' | `scope:${'sms' | 'whatsapp' | 'email' | 'push' | 'all'}`;

/** What a text was understood to mean (conversation.md §2). */
export interface Understood {
  readonly intent: Intent;
  /** 0–1, by the one table of conversation.md §2.5. */
  readonly confidence: number;
  /** Family that hit, e.g. `word:stop`, `refusal:stop-writing`, `choice:plan390`. */
  readonly rule: string;
  readonly runnerUp?: { readonly intent: Intent; readonly confidence: number } | null;
  readonly tags: readonly Tag[];
}

/** What an answer is read against: where it was written, and the question that is open, if any. */
export interface UnderstandContext {
  readonly locale: Locale;
  readonly channel: Channel;
  readonly question: {
    /** Choices with the words that name each (label, number, synonyms). */
    readonly choices: readonly { readonly id: string; readonly words: readonly string[] }[];
    /** Words that answer alone, without waiting for more text. */
    readonly exact: readonly string[];
    readonly offersHelp: boolean;
    /** Asked in the negative ("tu ne veux pas … ?"), so that « si » is a yes. */
    readonly isNegative: boolean;
    /** Name of the context, as `mona classify` takes it. */
    readonly name: string | null;
  } | null;
  readonly hasPendingAppointment: boolean;
}

/** The one way a text is understood (core/intent.ts makes it from the lists). */
export type Understand = (text: string, context: UnderstandContext) => Understood;
