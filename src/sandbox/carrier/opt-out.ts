import type { Journal } from './journal.ts';

/** Who answers STOP on a sender: the carrier unmarked, the carrier with `OptOutType`, or nobody but the product. */
export type OptOut = 'default' | 'advanced' | 'none';
export type OptOutType = 'STOP' | 'START' | 'HELP';
export type OptOutWords = Readonly<Record<OptOutType, readonly string[]>>;

/** The carrier's own lists (twilio-and-whatsapp.md §10); French words are not in them. */
export const defaultWords: OptOutWords = {
  STOP: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
  START: ['START', 'UNSTOP', 'YES'],
  HELP: ['HELP', 'INFO'],
};

/** A single word, any case; "STOP SVP" is not matched. */
export function optOutTypeOf(text: string, words: OptOutWords): OptOutType | null {
  const word = text.trim().toUpperCase();
  const types = Object.keys(words) as OptOutType[];
  return types.find((type) => words[type].includes(word)) ?? null;
}

/** Which phones have stopped which senders. Nobody can read or edit it by API; only the person's START clears it. */
export interface BlockList {
  has(sender: string, phone: string): boolean;
  set(sender: string, phone: string, isBlocked: boolean): void;
  list(): readonly string[];
  clear(): void;
}

export function createBlockList(journal: Journal): BlockList {
  const blocked = new Set<string>();
  const put = (key: string, isBlocked: boolean): void => {
    if (isBlocked) blocked.add(key);
    else blocked.delete(key);
  };
  for (const line of journal.replay('block')) {
    const { key, isBlocked } = line as { key: string; isBlocked: boolean };
    put(key, isBlocked);
  }
  return {
    has: (sender, phone) => blocked.size > 0 && blocked.has(`${sender}|${phone}`),
    set: (sender, phone, isBlocked) => {
      put(`${sender}|${phone}`, isBlocked);
      journal.append('block', { key: `${sender}|${phone}`, isBlocked });
    },
    list: () => [...blocked],
    clear: () => blocked.clear(),
  };
}
