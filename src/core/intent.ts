import { fold } from './intent/characters.ts';
import { createClassifier, type Likelihood } from './intent/classifier.ts';
import type { Asked } from './intent/features.ts';
import { findHits, meet, type Found, type Hit } from './intent/hits.ts';
import { parseLists, type IntentLists, type Lists, type WordKind } from './intent/lists.ts';
import { greetings, normalise, type Clause, type Normal } from './intent/normalise.ts';
import { read } from './intent/spelling.ts';
import { isSlip } from './intent/typo.ts';
import { intents, type Intent, type Tag, type Understood } from './understood.ts';
import type { Channel, Locale } from './vocabulary.ts';

export type { IntentLists } from './intent/lists.ts';

/** What was asked, as far as understanding an answer needs it. */
export interface OpenQuestion {
  /** Own choices with the words that name them; `yes no help human` carry their intent. */
  readonly choices: readonly { readonly id: string; readonly words: readonly string[] }[];
  /** It offers help: "non j'y arrive pas" asks for it. */
  readonly offersHelp: boolean;
  /** A negative question: "si !" is a yes. */
  readonly isNegative: boolean;
  /** Name of the question's context (`mona classify`). */
  readonly name: string | null;
}

export interface UnderstandContext {
  /** Only breaks ties: French and English are always both read. */
  readonly locale: Locale;
  readonly channel: Channel;
  readonly question: OpenQuestion | null;
  /** ANNULER may concern an appointment. */
  readonly hasPendingAppointment: boolean;
}

export type Understand = (text: string, context: UnderstandContext) => Understood;

/* The one table of confidence (conversation.md §2.5); changed only with the labelled files. */
const confidence = {
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

const wordIntent: Readonly<Record<WordKind, Intent>> = {
  stop: 'stop',
  start: 'start',
  help: 'help',
  human: 'human',
  contact: 'other',
  fewer: 'other',
  yes: 'yes',
  no: 'no',
};
const typoKinds: readonly WordKind[] = ['stop', 'help', 'human'];

const answer = (intent: Intent, at: number, rule: string, tags: readonly Tag[] = []): Understood => ({
  intent,
  confidence: Math.round(Math.min(1, Math.max(0, at)) * 100) / 100,
  rule,
  runnerUp: null,
  tags,
});

const isShortCode = (word: string): boolean => /^\d{5}$/.test(word);

const shortestGlued = 4;
const onAndOn = /^(stop){2,8}$/;

interface Reserved {
  readonly kind: WordKind;
  readonly word: string;
}

/** No reserved word is said in more words than this. */
const longestSaid = 5;

function reservedAmong(
  said: readonly string[],
  kindOf: ReadonlyMap<string, WordKind>,
  lists: Lists,
): Reserved | null {
  const [first] = said;
  if (first === undefined) return null;
  const words = said.some(isShortCode) ? said.filter((word, at) => at === 0 || !isShortCode(word)) : said;
  const find = (word: string): Reserved | null => {
    const kind = kindOf.get(word);
    return kind === undefined ? null : { kind, word };
  };
  if (words.length === 1) return find(first);
  const whole = words.length > longestSaid ? null : find(words.join(' '));
  if (whole) return whole;
  const isCoachCalled =
    lists.words.help.has(first) && words.slice(1).every((word) => lists.words.human.has(word));
  if (isCoachCalled) return { kind: 'help', word: first };
  return words.every((word) => word === first) ? find(first) : null;
}

/** The whole message is a reserved word, courtesy and a short code apart; a command may also have fillers around it. */
function reservedWord(normal: Normal, lists: Lists): (Reserved & { readonly isWhole: boolean }) | null {
  const { bare, core, glued } = normal;
  const whole = reservedAmong(bare, lists.kindOf, lists);
  if (whole) return { ...whole, isWhole: true };
  const inner = core.length < bare.length ? reservedAmong(core, lists.commandOf, lists) : null;
  if (inner) return { ...inner, isWhole: false };
  const isBroken = glued.length >= shortestGlued && lists.words.stop.has(glued);
  return isBroken || onAndOn.test(glued) ? { kind: 'stop', word: glued, isWhole: false } : null;
}

function slippedWord(normal: Normal, lists: Lists): Reserved | null {
  const [word, second] = normal.core;
  if (word === undefined || second !== undefined || word.length < 4 || lists.spelling.known.has(word))
    return null;
  for (const kind of typoKinds)
    for (const target of lists.words[kind])
      if (!target.includes(' ') && target.length >= 4 && isSlip(word, target)) return { kind, word: target };
  return null;
}

function best(hits: readonly Hit[]): Hit | null {
  let top: Hit | null = null;
  for (const hit of hits) if (top === null || hit.confidence > top.confidence) top = hit;
  return top;
}
const tagsOf = (hits: readonly Hit[]): Tag[] => [...new Set(hits.flatMap(({ family }) => family.tags))];

/** The widest first: a refusal of everything beside a channel is one of everything. */
const scopes = ['scope:all', 'scope:sms', 'scope:email', 'scope:whatsapp', 'scope:push'] as const;
const scopeWords = new Map(
  [
    'tout tous toutes toute all everything everywhere partout',
    'sms texto textos text texts texting',
    'mail mails email emails courriel courriels newsletter newsletters',
    'whatsapp',
    'notif notifs notification notifications push',
  ].flatMap((words, scope) => words.split(' ').map((word) => [fold(word), scope] as const)),
);

/** What a refusal covers: the channel its words name, or all; nothing named is the channel it came by. */
function scopeOf(words: readonly string[], tags: readonly Tag[]): Tag[] {
  if (tags.includes('erase')) return ['scope:all'];
  let widest: number = scopes.length;
  for (const word of words) widest = Math.min(widest, scopeWords.get(word) ?? widest);
  const scope = scopes[widest];
  return scope === undefined ? [] : [scope];
}

const wordsOf = (clause: Clause | undefined): string[] => clause?.tokens.map(({ word }) => word) ?? [];

/** "arrêtez tout, ne m'envoyez plus rien": one clause that says all is enough; else the clearest one names the channel. */
function scopeOfAll(normal: Normal, top: Hit, hits: readonly Hit[], tags: readonly Tag[]): Tag[] {
  const named = [...new Set(hits.map(({ clause }) => clause))].flatMap((clause) =>
    scopeOf(wordsOf(normal.clauses[clause]), tags),
  );
  return named.includes('scope:all') ? ['scope:all'] : scopeOf(wordsOf(normal.clauses[top.clause]), tags);
}

/** A keyword inside a sentence: meant where it stands alone at an end of its clause or the text is short. */
function keywordConfidence(hit: Hit, clause: Clause, normal: Normal): number {
  const isAtAnEnd =
    hit.span.start === 0 ||
    hit.span.end === clause.tokens.length ||
    isShortCode(clause.tokens[hit.span.end]?.word ?? '');
  let at = normal.length <= 4 || isAtAnEnd ? 0.9 : 0.75;
  if (clause.isQuestion) at += confidence.question;
  if (normal.length > confidence.longFrom) at += confidence.lost;
  return at;
}

const exclaimed = new Set(['arrete', 'arreter', 'stop'].map(fold));
const denying = new Set(['jamais', 'never']);

/** "Arrête, évidemment que je veux !", "Arrêter ? Jamais": one familiar word, taken back by what comes next. */
function isExclamation({ family, clause }: Hit, hits: readonly Hit[], normal: Normal): boolean {
  const said = normal.clauses[clause];
  const [word, second] = said?.tokens ?? [];
  const isAlone =
    said !== undefined &&
    word !== undefined &&
    (second === undefined || (second.word === 'it' && said.tokens.length === 2));
  if (!family.isKeyword || !isAlone || !exclaimed.has(word.word)) return false;
  const next = normal.clauses[clause + 1];
  if (hits.some((hit) => hit.clause > clause && hit.family.id === 'delight')) return true;
  if (said?.isQuestion === true && denying.has(next?.tokens[0]?.word ?? '')) return true;
  return word.word !== 'stop' && hits.some((hit) => hit.clause > clause && hit.family.intent === 'yes');
}

const supposing = new Set(['si', 'if', 'quand', 'when'].map(fold));

/** "If I say stop, do you delete my account?" asks what would happen. */
function isSupposed({ clause }: Hit, normal: Normal): boolean {
  const [first] = normal.clauses;
  return (
    clause > 0 && normal.clauses[clause]?.isQuestion === true && supposing.has(first?.tokens[0]?.word ?? '')
  );
}

function refusal(hits: readonly Hit[], normal: Normal): Understood | null {
  const stops = hits.filter(
    (hit) => hit.family.intent === 'stop' && !isExclamation(hit, hits, normal) && !isSupposed(hit, normal),
  );
  if (stops.length === 0) return null;
  const scored = stops.map((hit) => {
    const clause = normal.clauses[hit.clause];
    return hit.family.isKeyword && clause
      ? { ...hit, confidence: keywordConfidence(hit, clause, normal) }
      : hit;
  });
  const top = best(scored);
  if (!top) return null;
  const tags = tagsOf(scored);
  // Two families that agree are surer than one.
  const agree = new Set(scored.map(({ family }) => family.id)).size > 1 ? 0.1 : 0;
  return answer('stop', top.confidence + agree, top.family.id, [
    ...tags,
    ...scopeOfAll(normal, top, scored, tags),
  ]);
}

/** An earlier refusal told as past, then a wish to come back: the wish. */
function returning(hits: readonly Hit[]): Understood | null {
  const starts = hits.filter(({ family }) => family.intent === 'start');
  if (starts.length === 0) return null;
  const stops = hits.filter(({ family }) => family.intent === 'stop');
  // "don't text me again" holds "text me again".
  const isRefused = (hit: Hit): boolean => stops.some((stop) => meet(stop, hit));
  const top = best(starts.filter((hit) => !isRefused(hit)));
  if (!top) return null;
  const laterStop = stops.some(
    ({ clause, span }) => clause > top.clause || (clause === top.clause && span.start > top.span.start),
  );
  return laterStop ? null : answer('start', top.confidence, top.family.id);
}

const phraseOf = (text: string, lists: Lists): string =>
  text
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .flatMap((word) => read(word, lists.spelling).lexemes.map((lexeme) => lexeme.word))
    .join(' ');

function ownChoice(normal: Normal, lists: Lists, question: OpenQuestion | null): Understood | null {
  if (!question || question.choices.length === 0) return null;
  const whole = normal.bare.join(' ');
  for (const { id, words } of question.choices) {
    if (!words.some((word) => phraseOf(word, lists) === whole)) continue;
    const intent = (['yes', 'no', 'help', 'human'] as const).find((known) => known === id) ?? 'other';
    return answer(intent, normal.hadCourtesy ? confidence.courteous : confidence.exact, `choice:${id}`);
  }
  const named = question.choices.filter(({ words }) =>
    words.some((word) =>
      /\d/.test(word)
        ? normal.bare.includes(phraseOf(word, lists))
        : phraseOf(word, lists).length > 3 && ` ${whole} `.includes(` ${phraseOf(word, lists)} `),
    ),
  );
  const [only] = named;
  return only && named.length === 1 && !['yes', 'no', 'help', 'human'].includes(only.id)
    ? answer('other', confidence.choice, `choice:${only.id}`)
    : null;
}

const isSide = ({ family }: Hit): boolean =>
  family.intent === 'yes' || family.intent === 'no' || family.id === 'no:mixed';

const denials = new Set(['pas', 'plus', 'jamais', 'not', 'never', 'aucun', 'don', 'won', 'can']);
const asking = new Set(
  [
    'comment',
    'quand',
    'combien',
    'ou',
    'quel',
    'quelle',
    'quels',
    'quelles',
    'quoi',
    'qui',
    'how',
    'when',
    'where',
    'who',
    'what',
  ].map(fold),
);

/** "ça marche" is a yes, "ça marche pas" is not, nor is what comes after "comment". */
function isDenied({ family, clause, span }: Hit, normal: Normal): boolean {
  if (family.intent !== 'yes' || family.id === 'yes:despite' || family.id === 'yes:dreams') return false;
  const tokens = normal.clauses[clause]?.tokens ?? [];
  if (tokens.slice(0, span.start + 1).some(({ word }) => asking.has(word))) return true;
  return tokens.slice(span.start, span.end + 1).some(({ word }) => denials.has(word));
}

/** Yes or no of a text: the last contrasting clause wins, then the strongest; contradictory clauses are less sure. */
function polarity(hits: readonly Hit[], normal: Normal, context: UnderstandContext): Understood | null {
  const sides = hits.filter((hit) => isSide(hit) && !isDenied(hit, normal));
  if (sides.length === 0) return null;
  const mixed = sides.find(({ family }) => family.id === 'no:mixed');
  const isSettled = mixed !== undefined && sides.some((hit) => hit.clause > mixed.clause && hit !== mixed);
  if (mixed && !isSettled) return answer('other', mixed.confidence, mixed.family.id, tagsOf(sides));
  const contrast = normal.clauses.findLastIndex(({ isContrast }) => isContrast);
  const last = sides.filter(
    ({ clause, family }) => contrast >= 0 && clause >= contrast && family.id !== 'no:mixed',
  );
  const weighed = (last.length > 0 ? last : sides).map((hit) => ({
    ...hit,
    confidence:
      hit.confidence +
      (hit.span.start === 0 && hit.clause === 0 ? 0.05 : 0) +
      (hit.span.end - hit.span.start) * 0.02,
  }));
  const top = best(weighed);
  if (!top) return null;
  const isContradicted = new Set(sides.map(({ family }) => family.intent)).size > 1 && last.length === 0;
  const isLong = normal.length > confidence.longFrom;
  // Without a question a long text that holds a "yes" is talk.
  if (!context.question && normal.length > 4) return null;
  const clause = normal.clauses[top.clause];
  const asks =
    clause?.isQuestion === true &&
    !top.family.id.startsWith('yes:dreams') &&
    clause.tokens.length > 3 &&
    (top.clause > 0 || top.span.start > 0);
  const at =
    top.confidence +
    (isContradicted ? confidence.contradicted : 0) +
    (isLong ? confidence.lost : 0) +
    (asks ? confidence.question - 0.15 : 0);
  return at < confidence.least ? null : answer(top.family.intent, at, top.family.id, tagsOf(sides));
}

/** Best first; the next of another intent is the runner-up. */
function choose(found: readonly (Understood | null)[]): Understood | null {
  const all = found.filter((one) => one !== null);
  const [top] = all;
  if (!top) return null;
  const second = all.find(({ intent }) => intent !== top.intent);
  return { ...top, runnerUp: second ? { intent: second.intent, confidence: second.confidence } : null };
}

const ofIntent = (hits: readonly Hit[], intent: Intent, normal: Normal): Understood | null => {
  const own = hits.filter(({ family }) => family.intent === intent);
  const top = best(own);
  if (!top) return null;
  const isLost = normal.length > 20 && own.length === 1 && intent !== 'human';
  return answer(intent, top.confidence + (isLost ? confidence.lost : 0), top.family.id, tagsTogether(own));
};

/** "Are you a bot? I want a person" is no question about us: it asks for the person. */
function tagsTogether(hits: readonly Hit[]): Tag[] {
  const isAskedOnly = hits.every(({ family }) => family.tags.includes('identity'));
  return tagsOf(hits).filter((tag) => tag !== 'identity' || isAskedOnly);
}

/** "Plus de sms après 21 h": what looks like a refusal is part of a limit. */
function isLimit(hits: readonly Hit[]): boolean {
  const limits = hits.filter(({ family }) => family.id === 'fewer');
  const stops = hits.filter(({ family }) => family.intent === 'stop');
  return stops.every((stop) => limits.some((limit) => meet(limit, stop)));
}

function sentence(normal: Normal, { hits, isTrapped }: Found, context: UnderstandContext): Understood {
  const tags: Tag[] = tagsOf(hits.filter(({ family }) => family.intent === 'other'));
  if (normal.isQuestion && !tags.includes('question')) tags.push('question');
  const with_ = (one: Understood): Understood =>
    tags.length === 0 ? one : { ...one, tags: [...new Set([...one.tags, ...tags])] };
  if (hits.length === 0) return with_(unheard(normal, isTrapped, context));
  const stop = refusal(hits, normal);
  const start = returning(hits);
  if (start) return with_(choose([start, stop]) ?? start);
  if (stop && !isLimit(hits)) return with_(stop);
  const human = ofIntent(hits, 'human', normal);
  const help = ofIntent(hits, 'help', normal);
  const side = polarity(hits, normal, context);
  const other = ofIntent(hits, 'other', normal);
  if (human && human.tags.some((tag) => tag === 'danger' || tag === 'refund' || tag === 'complaint'))
    return with_(choose([human, help, side]) ?? human);
  if (tags.includes('fewer')) return with_(answer('other', 0.85, 'fewer'));
  const asksHelp =
    help !== null &&
    (context.question?.offersHelp === true ||
      side === null ||
      side.intent === 'no' ||
      help.confidence > side.confidence);
  const ordered = [human, asksHelp ? help : null, side, help, other];
  return with_(choose(ordered) ?? unheard(normal, isTrapped, context));
}

const refusing = new Set(
  ['pas', 'plus', 'jamais', 'non', 'aucun', 'aucune', 'sans', 'not', 'don', 'can', 'won', 'never', 'no'].map(
    fold,
  ),
);

/** "Merci beaucoup", "super merci": thanks, and nothing said beside them. */
const isShortThanks = ({ hadThanks, beginsWithThanks, bare, isQuestion }: Normal): boolean =>
  (hadThanks || beginsWithThanks) && !isQuestion && bare.length <= 3;

/** "Bonjour Nina": a name is no word of ours, and what nobody knows is no refusal. */
const greetsSomeone = ({ beginsWithGreeting, bare, clauses, isQuestion }: Normal): boolean =>
  beginsWithGreeting && bare.length === 1 && clauses.length <= 1 && !isQuestion;

/** Nothing known was heard: a denial that answers a question declines it, or is in trouble where help was offered. */
function unheard(normal: Normal, isTrapped: boolean, { question }: UnderstandContext): Understood {
  if (isShortThanks(normal)) return answer('other', 0.85, 'thanks', ['thanks']);
  if (greetsSomeone(normal)) return answer('other', 0.86, 'hello');
  const isDenial =
    question !== null &&
    !isTrapped &&
    !normal.isQuestion &&
    normal.length <= confidence.longFrom &&
    normal.clauses.some(({ tokens }) =>
      tokens.some(
        ({ word, isQuoted }, at) =>
          !isQuoted && refusing.has(word) && !(word === 'plus' && tokens[at + 1]?.word === 'de'),
      ),
    );
  if (!isDenial) return answer('other', 0.6, 'none');
  return answer(question.offersHelp ? 'help' : 'no', 0.6, 'denial');
}

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

const twice = { kind: 'stop', word: 'stop', isWhole: false } as const;

/** "Non stop merci", "non stop" to a question: a no and a stop; alone it is the idiom. */
const isRefusedTwice = (
  { bare: [no, stop, more], hadCourtesy }: Normal,
  { question }: UnderstandContext,
): boolean =>
  (no === 'non' || no === 'no') &&
  stop === 'stop' &&
  more === undefined &&
  (hadCourtesy || question !== null);

/** "Merci coach" calls nobody. */
const isThanked = (kind: WordKind, normal: Normal): boolean => kind === 'human' && normal.beginsWithThanks;

function tagsOfWord(kind: WordKind, word: string): Tag[] {
  if (kind === 'contact' || kind === 'fewer') return [kind];
  return kind === 'stop' ? scopeOf(word.split(' '), []) : [];
}

const understandWord = (kind: WordKind, word: string, at: number, rule: string): Understood =>
  answer(wordIntent[kind], at, `${rule}:${kind}`, tagsOfWord(kind, word));

/** What the lists say of a text, and whether that is the last word on it. */
export interface Ruled {
  readonly normal: Normal;
  readonly said: Understood;
  /** A reserved word, a choice or an emoji: nothing to weigh. A sentence is weighed by the classifier too. */
  readonly isSettled: boolean;
  /** Something that looks like a command was found not to be one. */
  readonly isTrapped: boolean;
}

/** Whole texts that are a word, a choice or emoji; null for a sentence. */
function settle(normal: Normal, lists: Lists, context: UnderstandContext): Understood | null {
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

/** What the lists alone say: what the classifier is taught beside. */
export function createRuled(raw: IntentLists): (text: string, context: UnderstandContext) => Ruled {
  const lists = parseLists(raw);
  return (text, context) => {
    const normal = normalise(text, lists.spelling);
    const said = settle(normal, lists, context);
    if (said) return { normal, said, isSettled: true, isTrapped: false };
    const found = findHits(normal, lists, context.question !== null);
    return { normal, said: sentence(normal, found, context), isSettled: false, isTrapped: found.isTrapped };
  };
}

/** What was asked, as the classifier is told. */
export const askedOf = ({ question }: UnderstandContext): Asked => ({
  isAsked: question !== null,
  offersHelp: question?.offersHelp === true,
  name: question?.name ?? null,
});

/** The likeliest but a refusal. */
function likeliest(likelihood: Likelihood): Intent {
  let top: Intent = 'start';
  for (const intent of intents) if (intent !== 'stop' && likelihood[intent] > likelihood[top]) top = intent;
  return top;
}

/* Where the lists and the classifier part; chosen on the labelled files, a missed refusal being the worst. */
const weighing = {
  /** A refusal nobody listed, this likely, is at least a soft stop. */
  heard: 0.35,
  /** A refusal the lists heard stands unless the classifier is rather sure it is none. */
  denied: 0.1,
  /** A wish to come back, this likely, is no refusal though it names one: "I texted stop by accident". */
  return: 0.9,
  /** From here a refusal that only the classifier heard is an opt-out at once. */
  sure: 0.93,
  /** Below it nothing was understood. */
  least: 0.4,
} as const;
const softest = 0.6;
const softStop = 0.84;

/** Bands of conversation.md §2.5 for what only the classifier heard: sure enough is 0.85 and more. */
function learntConfidence(likelihood: number): number {
  const { sure } = weighing;
  return likelihood >= sure
    ? 0.85 + ((likelihood - sure) / (1 - sure)) * 0.05
    : softest + (Math.max(0, likelihood - weighing.heard) / (sure - weighing.heard)) * (softStop - softest);
}

/** Trouble that needs a person is never argued away. */
const isGrave = ({ tags }: Understood): boolean =>
  tags.includes('danger') || tags.includes('refund') || tags.includes('complaint');

/** What a refusal that only the classifier heard covers: all of it if one clause says so. */
function scopeOfText(normal: Normal, tags: readonly Tag[]): Tag[] {
  const named = normal.clauses.flatMap((clause) => scopeOf(wordsOf(clause), tags));
  return named.includes('scope:all') ? ['scope:all'] : named.slice(0, 1);
}

function weighStop({ said, normal }: Ruled, { stop, start }: Likelihood): Understood | null {
  if (said.intent === 'stop') {
    if (stop < weighing.denied || start > weighing.return) return null;
    return stop < weighing.heard ? { ...said, confidence: Math.min(said.confidence, softStop) } : said;
  }
  if (stop < weighing.heard) return null;
  const tags = [...said.tags, ...scopeOfText(normal, said.tags)];
  return { ...said, ...answer('stop', learntConfidence(stop), 'learnt:stop', tags) };
}

/** The lists and the classifier weighed together: a refusal either of them hears is one. */
function weigh(ruled: Ruled, likelihood: Likelihood): Understood {
  const { said } = ruled;
  const stop = weighStop(ruled, likelihood);
  if (stop) return stop;
  if (isGrave(said)) return said;
  const top = likeliest(likelihood);
  if (top === said.intent) return said;
  const isUnsure = said.rule === 'none' && likelihood[top] < weighing.least;
  if (isUnsure) return said;
  return { ...said, ...answer(top, learntConfidence(likelihood[top]), `learnt:${top}`, said.tags) };
}

/** The same few words over and over say no more than once: what was learnt from messages people write knows nothing of it. */
const isRepeated = ({ clauses }: Normal): boolean => {
  const words = clauses.flatMap(({ tokens }) => tokens.map(({ word }) => word));
  return words.length > 12 && new Set(words).size * 4 < words.length;
};

/** Builds the one function that says what a text means, from the lists of every language. Pure; no state. */
export function createUnderstand(raw: IntentLists): Understand {
  const ruled = createRuled(raw);
  const classify = raw.weights ? createClassifier(raw.weights) : null;
  return (text, context) => {
    const read = ruled(text, context);
    return read.isSettled || classify === null || isRepeated(read.normal)
      ? read.said
      : weigh(read, classify(read, askedOf(context)));
  };
}
