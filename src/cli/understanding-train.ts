import { likelihoodOf, weightBytes } from '../core/intent/classifier.ts';
import { featuresOf, tableSize, type Asked, type Heard } from '../core/intent/features.ts';
import { intents, type Intent } from '../core/understood.ts';
import { misspell } from './understanding-misspell.ts';
import { chanceFrom, pick, sayOne, type Chance, type PhraseFile } from './understanding-phrases.ts';

/** A text with the intent it should be read as. */
export interface Example {
  readonly text: string;
  /** Name of the question that was open, or `none`. */
  readonly context: string;
  readonly intent: Intent;
  /** The lists were written with this text at hand: how well they read it proves nothing. */
  readonly isListed?: boolean;
  /** Another reading would do as well. */
  readonly isOpen?: boolean;
}

const questions = [
  'nurture-sms-j1-help',
  'nurture-j14-upsell',
  'nurture-sms-j15-advice',
  'upsell-sms-j1',
  'spark-sms-j1',
  'winback-j0-dreams',
  'winback-sms-j5',
];
const seed = 20_261_123;
const textsPerShare = 5_000;
const spellings = 4;
const epochs = 6;
const rate = 0.6;
/** How far a weight is drawn back to nothing each time it is learnt: rare features stay small. */
const decay = 1e-5;
/** What is heard in a text the lists were written for: nothing that teaches to trust them. */
const unheard = { intent: '', rule: '', confidence: 0 };
/** A question of another flow has a name the classifier has not met. */
const namelessShare = 0.3;
const noneShare = 0.65;
const gibberishShare = 1.4;
const pastedShare = 0.8;
const greetedShare = 0.9;
const joints = ['. ', ', ', ' ', '\n', ' et ', '... ', '! ', ' and ', ' mais ', ' but ', ' - '];

export const askedOf = (context: string): Asked => ({
  isAsked: context !== 'none',
  offersHelp: /help|aide/.test(context),
  name: context === 'none' ? null : context,
});

function contextOf(context: PhraseFile['intents'][number]['context'], chance: Chance): string {
  if (context === 'none') return 'none';
  if (context === 'any') return chance() < noneShare ? 'none' : pick(questions, chance);
  return pick(context === 'asked' ? questions : context, chance);
}

/** Texts made from the phrases, as often as their groups' shares say. */
export function examplesOf(file: PhraseFile, chance: Chance): Example[] {
  return file.intents.flatMap(({ intent, context, share, phrases }) => {
    const known = intents.find((one) => one === intent);
    if (!known) throw new Error(`phrases.yaml names the intent ${intent}, which is none.`);
    return Array.from({ length: Math.round(share * textsPerShare) }, (_, at) => ({
      text: misspell(sayOne(phrases[at % phrases.length] ?? '', file.lists, chance), chance),
      context: contextOf(context, chance),
      intent: known,
    }));
  });
}

const strange = [...'abcdefghijklmnopqrstuvwxyz0123456789éàçüñшжбдقمش你我です$#:()'];
const syllables =
  'ba bi bla cho da du fa ga gou ja kal la li lo ma mi na no pa pi ra ri sa si ta ti tru va vi xyz zo'.split(
    ' ',
  );
const answering = /stop|arr[eê]t|d[eé]s(abon|ins)|unsub|^(oui|non|ok|yes|no|pas|ouais|nan|go|jamais)$/i;

const invented = (chance: Chance): string =>
  chance() < 0.4
    ? Array.from({ length: 1 + Math.floor(chance() * 8) }, () => pick(strange, chance)).join('')
    : Array.from({ length: 1 + Math.floor(chance() * 3) }, () => pick(syllables, chance)).join('');

/** Words in no order, and strings that are no words: what nobody has taught means nothing, least of all a refusal. */
function gibberish(examples: readonly Example[], chance: Chance): Example[] {
  const words = examples
    .filter(({ intent }) => intent === 'other')
    .flatMap(({ text }) => text.split(' '))
    .filter((word) => !answering.test(word));
  return Array.from({ length: Math.round(gibberishShare * textsPerShare) }, () => {
    const strangeShare = pick([0, 0.3, 0.7, 1], chance);
    const said = Array.from({ length: 1 + Math.floor(chance() * 6) }, () =>
      chance() < strangeShare ? invented(chance) : pick(words, chance),
    );
    return {
      text: said.join(' '),
      context: chance() < noneShare ? 'none' : pick(questions, chance),
      intent: 'other',
    };
  });
}

const talkedOf = (examples: readonly Example[], intent: Intent): Example[] =>
  examples.filter((one) => one.intent === intent && one.isOpen !== true && /\S\s+\S+\s+\S/.test(one.text));

/** Long messages: a refusal among other talk is one wherever it stands, and talk beside talk is none. */
function pasted(examples: readonly Example[], chance: Chance): Example[] {
  const refusals = talkedOf(examples, 'stop');
  const talk = talkedOf(examples, 'other').filter(({ context }) => context === 'none');
  if (refusals.length === 0 || talk.length === 0) return [];
  return Array.from({ length: Math.round(pastedShare * textsPerShare) }, (_, at) => {
    const isRefusal = at % 2 === 0;
    const said = Array.from({ length: 1 + Math.floor(chance() * 3) }, () => pick(talk, chance).text);
    const added = isRefusal ? pick(refusals, chance) : pick(talk, chance);
    said.splice(Math.floor(chance() * (said.length + 1)), 0, added.text);
    const text = said.reduce((before, next) => before + pick(joints, chance) + next);
    return { text: misspell(text, chance), context: added.context, intent: isRefusal ? 'stop' : 'other' };
  });
}

const openings =
  'Bonjour,|Bonjour Mona,|bonjour|Bonsoir|Salut,|salut Mona|Coucou|Hello|Hello Mona,|Hi,|Hi Mona,|Hey|Good morning,|Good evening|Bjr|Slt|Dear Mona,|Madame, Monsieur,|Bonjour à toute l’équipe,|Wesh|Yo|Respected madam,|Merci |Thanks |'.split(
    '|',
  );
const closings =
  'merci|merci d’avance|Merci beaucoup !|bonne journée|Bonne soirée à vous|cordialement|bisous|à bientôt|svp|s’il vous plaît|thanks|thank you|Thanks in advance|please|have a nice day|cheers|best regards|kind regards|cdt|'.split(
    '|',
  );

/** Whoever refuses is often polite: so that courtesy is no sign of it, other talk is taught with it too. */
function greeted(examples: readonly Example[], chance: Chance): Example[] {
  const talk = examples.filter(({ intent, isOpen }) => intent !== 'stop' && isOpen !== true);
  if (talk.length === 0) return [];
  return Array.from({ length: Math.round(greetedShare * textsPerShare) }, () => {
    const said = pick(talk, chance);
    const text = `${pick(openings, chance)} ${said.text} ${pick(closings, chance)}`.trim();
    return { ...said, text: misspell(text, chance) };
  });
}

interface Sample {
  readonly places: Int32Array;
  readonly intent: number;
}

function samplesOf(
  examples: readonly Example[],
  read: (text: string, context: string) => Heard & { readonly isSettled: boolean },
  chance: Chance,
): Sample[] {
  return examples.flatMap(({ text, context, intent, isListed }) => {
    const heard = read(text, context);
    if (heard.isSettled) return [];
    const asked = askedOf(context);
    const known = isListed === true ? { ...heard, said: unheard } : heard;
    const name = chance() < namelessShare ? null : asked.name;
    return [
      { places: Int32Array.from(featuresOf(known, { ...asked, name })), intent: intents.indexOf(intent) },
    ];
  });
}

function shuffle<T>(items: T[], chance: Chance): void {
  for (let at = items.length - 1; at > 0; at -= 1) {
    const other = Math.floor(chance() * (at + 1));
    const [one, two] = [items[at], items[other]];
    if (one === undefined || two === undefined) continue;
    items[at] = two;
    items[other] = one;
  }
}

/** One step towards what a sample says; every weight learns more slowly the more it has learnt (Adagrad). */
function learn({ places, intent }: Sample, weights: Float32Array, learnt: Float32Array): void {
  const size = intents.length;
  const value = 1 / Math.sqrt(places.length);
  const scores = new Float64Array(size);
  for (const place of places)
    for (let at = 0; at < size; at += 1)
      scores[at] = (scores[at] ?? 0) + (weights[place * size + at] ?? 0) * value;
  const likelihood = likelihoodOf(scores);
  const slopes = intents.map((name, at) => (likelihood[name] - (at === intent ? 1 : 0)) * value);
  for (const place of places) {
    for (let at = 0; at < size; at += 1) {
      const index = place * size + at;
      const weight = weights[index] ?? 0;
      const slope = (slopes[at] ?? 0) + decay * weight;
      const sum = (learnt[index] ?? 0) + slope * slope;
      learnt[index] = sum;
      weights[index] = weight - (rate * slope) / Math.sqrt(sum + 1e-8);
    }
  }
}

/** Weights as one byte each, after the size of a step in 1/65,536. */
function packed(weights: Float32Array): Uint8Array {
  let largest = 0;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  const step = Math.ceil((Math.min(largest, 40) / 127) * 65_536);
  const out = new Uint8Array(weightBytes);
  out[0] = step >> 8;
  out[1] = step & 255;
  for (let at = 0; at < weights.length; at += 1) {
    const scaled = Math.round(((weights[at] ?? 0) * 65_536) / step);
    out[at + 2] = Math.max(-127, Math.min(127, scaled)) & 255;
  }
  return out;
}

/** The weights learnt from labelled lines and from phrases; the same for the same files. */
export function train(
  lines: readonly Example[],
  phrases: PhraseFile,
  read: (text: string, context: string) => Heard & { readonly isSettled: boolean },
): Uint8Array {
  const chance = chanceFrom(seed);
  const respelled = lines.flatMap((line) => [
    line,
    ...Array.from({ length: spellings - 1 }, () => ({ ...line, text: misspell(line.text, chance) })),
  ]);
  const taught = [...respelled, ...examplesOf(phrases, chance)];
  const mixed = [...gibberish(taught, chance), ...pasted(lines, chance), ...greeted(lines, chance)];
  const samples = samplesOf([...taught, ...mixed], read, chance);
  const weights = new Float32Array(tableSize * intents.length);
  const learnt = new Float32Array(tableSize * intents.length);
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    shuffle(samples, chance);
    for (const sample of samples) learn(sample, weights, learnt);
  }
  return packed(weights);
}
