import type { Intent, Tag, Understood } from '../understood.ts';
import type { Hit } from './hits.ts';

/* The one table of confidence (conversation.md §2.5); changed only with the labelled files. */
export const confidence = {
  exact: 1,
  courteous: 0.98,
  choice: 0.95,
  typo: 0.9,
  contradicted: -0.25,
  question: -0.2,
  lost: -0.2,
  longFrom: 12,
  least: 0.55,
} as const;

export const answer = (intent: Intent, at: number, rule: string, tags: readonly Tag[] = []): Understood => ({
  intent,
  confidence: Math.round(Math.min(1, Math.max(0, at)) * 100) / 100,
  rule,
  runnerUp: null,
  tags,
});

/** The surest of what was found. */
export function best(hits: readonly Hit[]): Hit | null {
  let top: Hit | null = null;
  for (const hit of hits) if (top === null || hit.confidence > top.confidence) top = hit;
  return top;
}

/** Trouble that needs a person is never argued away. */
export const isGrave = ({ tags }: Understood): boolean =>
  tags.includes('danger') || tags.includes('refund') || tags.includes('complaint');

export const tagsOf = (hits: readonly Hit[]): Tag[] => [
  ...new Set(hits.flatMap(({ family }) => family.tags)),
];
