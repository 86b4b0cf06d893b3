import type { Channel, Locale, Register } from '../../vocabulary.ts';
import { placeholdersOf } from '../../words.ts';
import { isClaimPath } from '../../values.ts';
import type { SourcePath } from '../positions.ts';
import { stepAsking } from '../talk.ts';
import { orderOf } from '../time.ts';
import { dig, isTree, type Tree } from './copy.ts';
import {
  complainAt,
  complainAtWords,
  nodesOf,
  placedSteps,
  saysOf,
  wordsPlace,
  type LintDesk,
} from './desk.ts';

/** Words that a flow says: the key, where it says so, and the channels they may go by. */
interface Used {
  readonly namespace: string;
  readonly key: string;
  readonly path: SourcePath;
  readonly channels: readonly Channel[];
}

/** Everything the flow says, once for each place that says it. */
export function usedWords(desk: LintDesk): readonly Used[] {
  const { flow } = desk;
  const answering = flow.channels.filter((channel) => channel !== 'push');
  const steps = placedSteps(desk).map(({ step, path }) => ({
    namespace: flow.id,
    key: step.id,
    path: [...path, 'id'],
    channels: [step.channel, ...step.fallback],
  }));
  const stepKeys = new Set(steps.map(({ key }) => key));
  const nodes = nodesOf(flow).flatMap((node) => {
    const isStepQuestion = node.kind === 'ask' && stepAsking(flow, node.id)?.id === node.words;
    return saysOf(node).flatMap(({ words, path }): readonly Used[] => {
      const { namespace, key } = wordsPlace(flow, words);
      if (namespace === flow.id && stepKeys.has(key) && isStepQuestion) return [];
      return [{ namespace, key, path, channels: answering }];
    });
  });
  return [...steps, ...nodes];
}

/** What is printed, by channel: one part must be there, and holds the text. */
const textPart: Readonly<Record<Channel, string>> = {
  sms: 'text',
  whatsapp: 'text',
  push: 'text',
  email: 'body',
};

function treeOf(desk: LintDesk, locale: Locale, namespace: string, key: string): unknown {
  return dig(desk.words?.resources[locale]?.[namespace], [key]);
}

/** Words that the engine says on its own account, whatever the flow. */
const engineWords = [
  'promise', 'handoff', 'coach-late', 'off-duty', 'glad', 'pick-one', 'confirm-yes', 'confirm-no', 'confirm-choice',
  'expired', 'noted',
]; // prettier-ignore

/** Words of a flow that the engine says in its place: to a VIP whom nobody answers now. */
const engineKeys: ReadonlySet<string> = new Set(['vip:off-hours-wa']);

/** L19, once for all flows: what the engine says must be there too. */
export function missingEngineWords(desk: LintDesk): void {
  if (!desk.words || nodesOf(desk.flow).length === 0) return;
  for (const key of engineWords) {
    const used: Used = {
      namespace: 'common',
      key,
      path: ['nodes'],
      channels: desk.flow.channels.filter((one) => one !== 'push'),
    };
    const lacking = desk.flow.locales.flatMap((locale) => lacks(desk, used, locale));
    if (lacking.length === 0) continue;
    const what = lacking.map(({ locale, what: part }) => `${locale} ${part}`).join(', ');
    complainAt(
      desk,
      'L19',
      ['id'],
      `no words for common:${key}, which the engine says: ${what}`,
      'add them to locales/*/common.yaml',
    );
  }
}

/** L19: words for each key, language, register and channel that may need them. */
export function missingWords(desk: LintDesk): void {
  if (!desk.words) return;
  for (const used of usedWords(desk)) {
    const lacking = desk.flow.locales.flatMap((locale) => lacks(desk, used, locale));
    const begun = lacking.filter(
      ({ locale }) => treeOf(desk, locale, used.namespace, used.key) !== undefined,
    );
    for (const { locale, what, channel } of begun) {
      const path = [used.key, channel];
      complainAtWords(
        desk,
        'L19',
        { ...used, locale, path },
        `no words for ${used.key}: ${locale} ${what}`,
        fixFor(what),
      );
    }
    const absent = lacking.filter((one) => !begun.includes(one));
    if (absent.length === 0) continue;
    const fix = `add them to ${absent
      .map(({ locale }) => `locales/${locale}/${used.namespace}.yaml`)
      .filter(once)
      .join(' and ')}`;
    const what = absent.map(({ locale, what: part }) => `${locale} ${part}`).join(', ');
    complainAt(desk, 'L19', used.path, `no words for ${used.key}: ${what}`, fix);
  }
}

/** `sms tu`: only the other register is there; `sms`: the channel is missing. */
const fixFor = (what: string): string =>
  what.endsWith(' tu') ? 'add text (of a mail body) beside text_vous' : `add ${what} with its words here`;

const once = (value: string, n: number, all: readonly string[]): boolean => all.indexOf(value) === n;

function lacks(
  desk: LintDesk,
  { namespace, key, channels }: Used,
  locale: Locale,
): readonly { locale: Locale; channel: Channel; what: string }[] {
  const tree = treeOf(desk, locale, namespace, key);
  const registers: readonly Register[] =
    locale === 'en' ? ['tu'] : (desk.flow.registers[locale] ?? ['tu', 'vous']);
  return channels.flatMap((channel) => {
    const part = textPart[channel];
    const has = (name: string): boolean => typeof dig(tree, [channel, name]) === 'string';
    const missing = registers.filter(
      (register) => !(has(part) || (register === 'vous' && has(`${part}_vous`))),
    );
    if (missing.length === 0) return [];
    return [
      {
        locale,
        channel,
        what: missing.length === registers.length ? channel : `${channel} ${missing.join('/')}`,
      },
    ];
  });
}

/** L20: words that nothing says any more. */
export function unusedWords(desk: LintDesk): void {
  if (!desk.words) return;
  const { flow } = desk;
  const used = new Set(usedWords(desk).flatMap(({ namespace, key }) => (namespace === flow.id ? [key] : [])));
  const asked = nodesOf(flow).flatMap((node) => (node.kind === 'ask' ? [node.words] : []));
  for (const locale of flow.locales) {
    for (const key of Object.keys(words(desk, locale))) {
      if (
        used.has(key) ||
        asked.includes(key) ||
        desk.usedElsewhere?.has(`${flow.id}:${key}`) ||
        engineKeys.has(`${flow.id}:${key}`)
      )
        continue;
      complainAtWords(
        desk,
        'L20',
        { locale, namespace: flow.id, path: [key] },
        `nothing says "${key}"`,
        'remove it, or say it',
      );
    }
  }
}

function words(desk: LintDesk, locale: Locale): Tree {
  const own = desk.words?.resources[locale]?.[desk.flow.id];
  return isTree(own) ? own : {};
}

interface Text {
  readonly locale: Locale;
  /** In the file: key, channel, part. */
  readonly path: readonly string[];
  readonly text: string;
}

const structural = new Set(['words', 'buttons', 'template', 'when', 'unless', 'image', 'variables']);

/** Every text of a key, with its place; lists of choice words and labels are no texts. */
export function textsOf(desk: LintDesk, locale: Locale, key: string): readonly Text[] {
  const walk = (value: unknown, path: readonly string[]): readonly Text[] => {
    if (typeof value === 'string') return [{ locale, path, text: value }];
    if (!isTree(value)) return [];
    return Object.entries(value).flatMap(([name, child]) =>
      structural.has(name) ? [] : walk(child, [...path, name]),
    );
  };
  return walk(words(desk, locale)[key], [key]);
}

/** Placeholders that every text may print without declaring them (`choice` and `promise` are fixed by the engine). */
const builtIn = new Set([
  'prenom',
  'coach',
  'kw',
  'link',
  'duty',
  'plan',
  'publisher',
  'optOut',
  'choice',
  'choices',
  'promise',
  'when',
  'said',
]);

/** Marks of the form of a text, not values. */
const isMark = (path: string): boolean => /^(?:button|section)\./u.test(path);

const valuePath = (path: string): string => path.replace(/^(?:if|unless)\./u, '');

/** L21: each placeholder is declared in `fields`, and stands in every language. */
export function placeholders(desk: LintDesk): void {
  if (!desk.words) return;
  for (const key of new Set(desk.flow.locales.flatMap((locale) => Object.keys(words(desk, locale))))) {
    undeclared(desk, key);
    absent(desk, key);
  }
}

function undeclared(desk: LintDesk, key: string): void {
  const { flow } = desk;
  const known = declaredIn(desk, key);
  const told = new Set<string>();
  for (const { locale, path, text } of flow.locales.flatMap((one) => textsOf(desk, one, key))) {
    for (const name of placeholdersOf(text)
      .map(valuePath)
      .filter((one) => !isMark(one))) {
      const isKnown =
        builtIn.has(name.split('.')[0] ?? '') ||
        known.some((one) => name === one || name.startsWith(`${one}.`));
      // What leans on an offer is a claim: L27 asks for its binding.
      if (isKnown || isClaimPath(name) || told.has(name)) continue;
      told.add(name);
      const message = `{{${name}}} is not declared`;
      complainAtWords(
        desk,
        'L21',
        { locale, namespace: flow.id, path },
        message,
        `add ${name}: required, fallback or omit to fields`,
      );
    }
  }
}

/** Fields of the flow and claims of the step that says the key. */
function declaredIn({ flow }: LintDesk, key: string): readonly string[] {
  return [...Object.keys(flow.fields), ...(flow.steps.find(({ id }) => id === key)?.claims ?? [])];
}

/** The declared beginning of a path: languages may print other parts of one fact (« passée », for a woman). */
function factOf(name: string, declared: readonly string[]): string {
  return declared.find((one) => name === one || name.startsWith(`${one}.`)) ?? name;
}

function absent(desk: LintDesk, key: string): void {
  const { flow } = desk;
  const declared = declaredIn(desk, key);
  const printed = flow.locales.map((locale) => {
    const texts = textsOf(desk, locale, key);
    const names = texts
      .flatMap(({ text }) => placeholdersOf(text).map(valuePath))
      .filter((name) => !isMark(name));
    return { locale, hasText: texts.length > 0, names: new Set(names.map((name) => factOf(name, declared))) };
  });
  for (const { locale, hasText, names } of printed) {
    const lacking = [...new Set(printed.flatMap((other) => [...other.names]))].filter(
      (name) => !names.has(name),
    );
    if (!hasText || lacking.length === 0) continue;
    const message = `${lacking.map((name) => `{{${name}}}`).join(', ')} stands in the other language only`;
    complainAtWords(
      desk,
      'L21',
      { locale, namespace: flow.id, path: [key] },
      message,
      'say the same in both',
    );
  }
}

/** Lower case, without accents: as an answer is compared. */
const folded = (word: string): string =>
  word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[’'-]/gu, ' ').trim();

interface ChoiceWord {
  readonly choice: string;
  readonly word: string;
  readonly path: readonly string[];
}

/** Words and labels that name the choices of a question, in one language. */
function choiceWords(desk: LintDesk, locale: Locale, { namespace, key }: Question): readonly ChoiceWord[] {
  const tree = treeOf(desk, locale, namespace, key);
  const listed = Object.entries(isTree(dig(tree, ['words'])) ? (dig(tree, ['words']) as Tree) : {});
  const labels = Object.entries(isTree(tree) ? tree : {}).flatMap(([channel, part]) =>
    Object.entries(isTree(dig(part, ['buttons'])) ? (dig(part, ['buttons']) as Tree) : {}).map(
      ([choice, label]) => [choice, label, [key, channel, 'buttons', choice]] as const,
    ),
  );
  const all = [...listed.map(([choice, list]) => [choice, list, [key, 'words', choice]] as const), ...labels];
  return all.flatMap(([choice, value, path]) =>
    [value]
      .flat()
      .flatMap((word) =>
        typeof word === 'string' || typeof word === 'number'
          ? [{ choice, word: folded(String(word)), path }]
          : [],
      ),
  );
}

interface Question {
  readonly namespace: string;
  readonly key: string;
  readonly choices: ReadonlySet<string>;
}

const questionsAsked = ({ flow }: LintDesk): readonly Question[] =>
  nodesOf(flow).flatMap((node) =>
    node.kind === 'ask'
      ? [{ ...wordsPlace(flow, node.words), choices: new Set(node.choices.map(({ id }) => id)) }]
      : [],
  );

/** L24: a word names one choice. */
export function sharedChoiceWord(desk: LintDesk): void {
  for (const question of questionsAsked(desk)) {
    const { namespace, choices } = question;
    for (const locale of desk.flow.locales) {
      const owners = new Map<string, string>();
      for (const { choice, word, path } of choiceWords(desk, locale, question)) {
        if (!choices.has(choice)) continue;
        const owner = owners.get(word) ?? choice;
        owners.set(word, owner);
        if (owner === choice) continue;
        const message = `"${word}" names both "${owner}" and "${choice}"`;
        complainAtWords(desk, 'L24', { locale, namespace, path }, message, 'give each its own words');
      }
    }
  }
}

/** Words a carrier or the reception answers before any question hears them (facts/compliance.md §3). */
const reserved = new Set([
  'stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit', 'arret', 'arreter', 'desinscrire', 'desabonner', 'annuler',
  'revoke', 'optout', 'start', 'unstop', 'yes', 'help', 'info', 'aide', 'coach', 'human', 'contact',
]); // prettier-ignore

/** Choices that these words are meant for. */
const own: Readonly<Record<string, ReadonlySet<string>>> = {
  help: new Set(['help', 'aide', 'info']),
  human: new Set(['coach', 'human']),
  yes: new Set(['yes']),
};

/** L25: a choice is not named by a word that is answered before the question hears it. */
export function reservedChoiceWord(desk: LintDesk): void {
  for (const question of questionsAsked(desk)) {
    const { namespace, choices } = question;
    for (const locale of desk.flow.locales) {
      for (const { choice, word, path } of choiceWords(desk, locale, question)) {
        if (!choices.has(choice) || !reserved.has(word) || own[choice]?.has(word)) continue;
        const message = `"${word}" is reserved: the choice "${choice}" would never hear it`;
        complainAtWords(desk, 'L25', { locale, namespace, path }, message, 'name the choice by another word');
      }
    }
  }
}

/** A promise of speed: « en 2 min », « d'ici 48h », "within 2 hours". */
const delayPattern = /(?:d['’]ici|en|dans|sous|within|in)\s+\d+\s?(?:min(?:utes?)?|h(?:eures?|ours?)?)\b/iu;

/** L13: a delay that is promised is one that somebody keeps: a claim of the step, or the promise of a handoff. */
export function promisedDelay(desk: LintDesk): void {
  const { flow } = desk;
  const promising = new Set(
    nodesOf(flow).flatMap((node) =>
      node.kind === 'handoff' && node.promiseMs ? saysOf(node).map(({ words: key }) => key) : [],
    ),
  );
  for (const { namespace, key } of usedWords(desk)) {
    const isBound = (flow.steps.find(({ id }) => id === key)?.claims.length ?? 0) > 0 || promising.has(key);
    if (namespace !== flow.id || isBound) continue;
    for (const { locale, path, text } of flow.locales.flatMap((one) => textsOf(desk, one, key))) {
      const delay = delayPattern.exec(text)?.[0];
      if (!delay || path.includes('variants')) continue;
      const message = `"${delay}" promises what nothing keeps`;
      complainAtWords(
        desk,
        'L13',
        { locale, namespace, path },
        message,
        'bind it by claims, or give the handoff a promise',
      );
    }
  }
}

const lastPattern = /derni(?:er|ère) (?:message|mail|e-?mail|sms|texto)|last (?:message|e-?mail|text|sms)/iu;

/** L29: "dernier message" is the last one. */
export function falseLast(desk: LintDesk): void {
  const { flow } = desk;
  for (const step of flow.steps) {
    const later = flow.steps.find(
      (other) => other.class !== 'service' && orderOf(other.at) > orderOf(step.at),
    );
    if (!later) continue;
    for (const { locale, path, text } of flow.locales.flatMap((one) => textsOf(desk, one, step.id))) {
      const said = lastPattern.exec(text)?.[0];
      if (!said) continue;
      const message = `"${said}", and "${later.id}" follows`;
      complainAtWords(
        desk,
        'L29',
        { locale, namespace: flow.id, path },
        message,
        'say it in the last message only',
      );
    }
  }
}
