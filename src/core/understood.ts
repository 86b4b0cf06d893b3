/** Intents of the contract; `rule` is the family that hit. */
export const intents = ['stop', 'start', 'help', 'yes', 'no', 'human', 'other'] as const;
export type Intent = (typeof intents)[number];

export type Tag =
  | 'complaint'
  | 'refund'
  | 'danger'
  | 'question'
  | 'erase'
  | 'wrong_person'
  | 'contact'
  | 'fewer'
  /** They ask what writes to them: a program or a person. */
  | 'identity'
  | 'thanks'
  /** Nothing is left to be done for them. */
  | 'settled'
  | 'auto'
  | 'cancel_ambiguous'
  | `scope:${'sms' | 'whatsapp' | 'email' | 'push' | 'all'}`;

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
