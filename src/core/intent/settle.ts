import type { Understood } from '../understood.ts';
import { answer, confidence } from './answer.ts';
import { fold } from './characters.ts';
import { ownChoice } from './choice.ts';
import type { UnderstandContext } from './context.ts';
import type { Lists } from './lists.ts';
import { greetings, type Normal } from './normalise.ts';
import { isRefusedTwice, isThanked, reservedWord, slippedWord, twice, understandWord } from './reserved.ts';

function emojiOnly(normal: Normal, context: UnderstandContext): Understood {
  const words = new Set(normal.bare);
  if (words.has(':stop')) return answer('stop', 0.75, 'emoji:stop');
  if (!context.question) return answer('other', 0.7, 'emoji');
  const isGlad = words.has(':love') || words.has(':please');
  if (isGlad && !words.has(':yes') && !words.has(':no')) return answer('yes', 0.8, 'emoji:yes');
  if (words.has(':yes') && !words.has(':no')) return answer('yes', 0.85, 'emoji:yes');
  if (words.has(':no') && !words.has(':yes')) return answer('no', 0.85, 'emoji:no');
  return answer('other', 0.7, 'emoji');
}

const settled = new Set(['c est bon', 'c est fait', 'c est regle', 'all good', 'done', 'fait']);
const cancelWords = new Set(['annuler', 'annule', 'annulez', 'annulation'].map(fold));

/** What may stand in a greeting beside its first word. */
const besideGreeting: ReadonlySet<string> = new Set(
  ['hiya', 'good', 'morning', 'evening', 'there', 'mona', 'toi', 'team', 'equipe', 'ca', 'va'].map(fold),
);

/** A whole message that greets and says nothing else: "salut", "hi there", "coucou ça va ?". */
const isGreeting = ({ bare, clauses, hadCourtesy }: Normal): boolean =>
  clauses.length <= 1 &&
  bare.length <= 3 &&
  bare.every((word) => greetings.has(word) || besideGreeting.has(word)) &&
  (hadCourtesy || !['ca', 'va', 'there', 'mona', 'toi'].includes(bare[0] ?? ''));

/** Whole texts that are a word, a choice or emoji; null for a sentence. */
export function settle(normal: Normal, lists: Lists, context: UnderstandContext): Understood | null {
  if (normal.length === 0) return answer('other', 0.6, 'empty');
  if (isGreeting(normal)) return answer('other', 0.86, 'hello');
  const sure = normal.hadCourtesy ? confidence.courteous : confidence.exact;
  const [only, second] = normal.bare;
  if (only !== undefined && second === undefined && cancelWords.has(only)) {
    return context.hasPendingAppointment
      ? answer('other', 0.9, 'word:cancel', ['cancel_ambiguous'])
      : answer('stop', sure, 'word:cancel');
  }
  const reserved = isRefusedTwice(normal, context) ? twice : reservedWord(normal, lists);
  const isCommand = reserved !== null && reserved.kind !== 'yes' && reserved.kind !== 'no';
  if (isCommand && isThanked(reserved.kind, normal)) return answer('other', 0.85, 'thanks', ['thanks']);
  if (isCommand)
    return understandWord(
      reserved.kind,
      reserved.word,
      reserved.isWhole ? sure : confidence.courteous,
      'word',
    );
  const choice = ownChoice(normal, lists, context.question);
  if (choice) return choice;
  if (reserved) {
    const said = understandWord(reserved.kind, reserved.word, sure, 'word');
    // "c'est bon, merci" ends a wait for a person; "ok merci" only takes note of it.
    return normal.hadThanks && settled.has(reserved.word)
      ? { ...said, tags: [...said.tags, 'thanks', 'settled'] }
      : said;
  }
  if (normal.hasEmojiOnly) return emojiOnly(normal, context);
  const slipped = slippedWord(normal, lists);
  return slipped ? understandWord(slipped.kind, slipped.word, confidence.typo, 'typo') : null;
}
