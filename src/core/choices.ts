import type { Entry } from './entry.ts';
import { commonLine, isRecord } from './entry.ts';

type Asked = Pick<Entry, 'words' | 'lookup' | 'policy'>;

/**
 * Answers as a text prints them: `{{choices}}` is "OUI ou NON", `{{choice.label}}` one of them. Fields hold their ids
 * and, in `question`, the key of the words that asked.
 */
export function choiceWord(asked: Asked, path: string): string | null {
  const { choices, choice } = asked.words.fields;
  if (path === 'choice.label') return typeof choice === 'string' ? labelOf(asked, choice, null) : null;
  if (path !== 'choices' || !Array.isArray(choices)) return null;
  const labels = choices.map((id, at) => labelOf(asked, String(id), at + 1));
  const last = labels.pop();
  if (last === undefined) return null;
  return labels.length === 0 ? last : `${labels.join(', ')}${commonLine(asked, 'choice.or') ?? ' / '}${last}`;
}

/** The question's own first word for it, else the house's (OUI, NON), else its number in the list. */
function labelOf(asked: Asked, id: string, number: number | null): string {
  return ownWord(asked, id) ?? commonLine(asked, `choice.${id}`) ?? (number === null ? id : String(number));
}

function ownWord({ words, policy }: Asked, id: string): string | null {
  const { question } = words.fields;
  if (!policy.asking || typeof question !== 'string' || isHouseWord(id)) return null;
  const own = policy.asking.words.tree(policy.asking.flow, `${question}.words`, words.locale);
  const first: unknown = isRecord(own) && Array.isArray(own[id]) ? own[id][0] : null;
  return first === null || first === undefined ? null : String(first);
}

const isHouseWord = (id: string): boolean => ['yes', 'no', 'help', 'human'].includes(id);
