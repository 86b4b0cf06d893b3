import { choiceLabels } from './labels.ts';
import { foldToGsm, countSegments } from '../../sms.ts';
import type { Channel, Locale } from '../../vocabulary.ts';
import { placeholdersOf } from '../../words.ts';
import type { AskNode, Step } from '../definition.ts';
import {
  complainAtCopy,
  copiesOf,
  dig,
  isTree,
  ownNamespaces,
  partOf,
  type Copy,
  type Tree,
} from './copy.ts';
import {
  complainAt,
  complainAtWords,
  nodesOf,
  openings,
  placedSteps,
  wordsPlace,
  type LintDesk,
} from './desk.ts';
import { textsBy } from './style.ts';

/* What a channel can carry. */

const channelsOf = ({ channel, fallback }: Step): readonly Channel[] => [channel, ...fallback];

const isMarketing = ({ class: one }: Step): boolean => one === 'marketing' || typeof one === 'object';

/** L30: who is sold something can always say stop, where they read it. */
export function noWayOut(desk: LintDesk): void {
  const { keywords, flow } = desk;
  if (!keywords) return;
  for (const { step, path } of placedSteps(desk)) {
    if (!isMarketing(step)) continue;
    for (const channel of channelsOf(step)) {
      if (channel === 'push' || channel === 'email' ? footerStands(desk, channel) : hasWayOut(desk, channel))
        continue;
      const says = copiesOf(desk).filter(
        (copy) =>
          copy.namespace === flow.id &&
          copy.key === step.id &&
          copy.channel === channel &&
          partOf(copy) === 'text',
      );
      if (says.length > 0 && says.every(({ text }) => /\bSTOP\b|\{\{\s*kw\.stop\s*\}\}/u.test(text)))
        continue;
      const fix =
        channel === 'email'
          ? 'put {{button.unsubscribe}} into mail-footer of locales/*/common.yaml'
          : `declare the sender ${channel} with canReceive: true or an optOutLine in flows/keywords.yaml`;
      complainAt(
        desk,
        'L30',
        [...path, 'channel'],
        `marketing by ${channel}, whose sender adds no way out`,
        fix,
      );
    }
  }
}

/** STOP must reach us: as an answer, or at the number the line prints. */
function hasWayOut({ keywords }: LintDesk, channel: Channel): boolean {
  const sender = keywords?.senders[channel];
  return sender !== undefined && (sender.canReceive !== false || sender.optOutLine !== undefined);
}

function footerStands({ words, flow }: LintDesk, channel: Channel): boolean {
  if (channel === 'push' || !words) return true;
  return flow.locales.every((locale) => {
    const footer = dig(words.resources[locale]?.['common'], ['mail-footer', 'email', 'body']);
    return typeof footer === 'string' && footer.includes('button.unsubscribe');
  });
}

/** L32: a question goes out where its answer can come in. */
export function deafSender(desk: LintDesk): void {
  for (const { node, step, path } of openings(desk)) {
    const deaf = channelsOf(step).find((channel) => desk.keywords?.senders[channel]?.canReceive === false);
    if (!deaf) continue;
    const fix = 'ask by another channel, or say it without open';
    complainAt(
      desk,
      'L32',
      path,
      `"${node}" waits for an answer, and the sender of ${deaf} receives none`,
      fix,
    );
  }
}

/** facts/twilio-and-whatsapp.md §9. */
const whatsappLimits = { open: 3, template: 10, label: 20, body: 1_024 } as const;

const bare = (text: string): string => text.replace(/\{\{[^{}]*\}\}/gu, '');

/** L33: WhatsApp cuts what is too long. */
export function whatsappLengths(desk: LintDesk): void {
  for (const place of whatsappParts(desk)) {
    const { buttons, template } = place.part;
    const answers = isTree(buttons) ? Object.keys(buttons).filter((id) => !id.endsWith('_vous')) : [];
    const most = template === undefined ? whatsappLimits.open : whatsappLimits.template;
    if (answers.length > most)
      complainAtWords(
        desk,
        'L33',
        { ...place, path: [...place.path, 'buttons'] },
        `${answers.length} buttons, WhatsApp shows ${most}`,
        `keep ${most}, or ask for a number`,
      );
  }
  for (const copy of copiesOf(desk)) {
    if (copy.channel !== 'whatsapp') continue;
    const length = [...bare(copy.text)].length;
    const most = copy.isLabel ? whatsappLimits.label : whatsappLimits.body;
    const what = copy.isLabel ? `the button "${copy.text}"` : 'the text';
    if (length > most)
      complainAtCopy(
        desk,
        'L33',
        copy,
        `${what} has ${length} characters, WhatsApp takes ${most}`,
        'say it shorter',
      );
  }
}

interface Part {
  readonly locale: Locale;
  readonly namespace: string;
  readonly path: readonly string[];
  readonly part: Tree;
}

/** The words of each key on WhatsApp. */
function whatsappParts(desk: LintDesk): readonly Part[] {
  return partsOf(desk, 'whatsapp');
}

function partsOf(desk: LintDesk, channel: Channel): readonly Part[] {
  return desk.flow.locales.flatMap((locale) =>
    ownNamespaces(desk).flatMap((namespace) => {
      const tree = desk.words?.resources[locale]?.[namespace];
      return Object.entries(isTree(tree) ? tree : {}).flatMap(([key, value]) => {
        const part = isTree(value) ? value[channel] : undefined;
        return isTree(part) ? [{ locale, namespace, path: [key, channel], part }] : [];
      });
    }),
  );
}

const hourMs = 3_600_000;
/** WhatsApp takes free text for 24 hours after an answer; an hour for the way. */
const windowMs = 23 * hourMs;

/** L34: what leaves when the window may be shut has an approved form. */
export function noTemplate(desk: LintDesk): void {
  if (!desk.words) return;
  const { flow } = desk;
  for (const { step, path } of placedSteps(desk)) {
    if (channelsOf(step).includes('whatsapp'))
      needTemplate(desk, step.id, [...path, 'id'], 'may leave when its window is shut');
  }
  if (!flow.channels.includes('whatsapp')) return;
  for (const node of questionsOf(desk)) {
    for (const [n, { afterMs, say }] of node.noReply.entries()) {
      if (say === undefined || afterMs < windowMs) continue;
      needTemplate(
        desk,
        say,
        ['nodes', node.id, 'noReply', n, 'say'],
        `is said ${Math.round(afterMs / hourMs)} h after the question`,
      );
    }
  }
}

function needTemplate(desk: LintDesk, words: string, path: readonly (string | number)[], why: string): void {
  const [key = words, namespace = desk.flow.id] = words.split(':').reverse();
  const lacking = desk.flow.locales.filter((locale) => {
    const part = dig(desk.words?.resources[locale]?.[namespace], [key, 'whatsapp']);
    return isTree(part) && part['template'] === undefined;
  });
  if (lacking.length === 0) return;
  const where = lacking.map((locale) => `locales/${locale}/${namespace}.yaml`).join(' and ');
  complainAt(
    desk,
    'L34',
    path,
    `${key} ${why}, and has no WhatsApp template`,
    `add template: <name> to its whatsapp words in ${where}`,
  );
}

const questionsOf = (desk: LintDesk): readonly AskNode[] =>
  nodesOf(desk.flow).filter((node): node is AskNode => node.kind === 'ask');

/** L35: Meta refuses a template whose variables open it, close it, touch, or are not those of its other languages. */
export function templateVariables(desk: LintDesk): void {
  for (const copy of textsBy(desk, 'whatsapp').filter((one) => isTemplateText(desk, one))) {
    const wrong = misplaced(copy.text);
    if (wrong) complainAtCopy(desk, 'L35', copy, `a template ${wrong}`, 'put words round each variable');
  }
  for (const { locale, namespace, path } of whatsappParts(desk)) differing(desk, locale, namespace, path);
}

function isTemplateText(desk: LintDesk, { locale, namespace, path, text }: Copy): boolean {
  if (text === '' || !/^text(?:_vous)?$/u.test(path.at(-1) ?? '')) return false;
  return (
    isTree(dig(desk.words?.resources[locale]?.[namespace], path.slice(0, -1))) &&
    hasTemplate(desk, locale, namespace, path.slice(0, -1))
  );
}

const hasTemplate = (
  { words }: LintDesk,
  locale: Locale,
  namespace: string,
  path: readonly string[],
): boolean => dig(words?.resources[locale]?.[namespace], [...path, 'template']) !== undefined;

function misplaced(text: string): string | null {
  const trimmed = text.trim();
  if (/^\{\{/u.test(trimmed)) return `begins with ${placeholder(trimmed, 0)}`;
  if (/\}\}[\p{P}\s]*$/u.test(trimmed)) return `ends with ${placeholder(trimmed, -1)}`;
  const touching = /\{\{[^{}]*\}\}\s*\{\{[^{}]*\}\}/u.exec(trimmed)?.[0];
  return touching ? `has two variables that touch: ${touching}` : null;
}

const placeholder = (text: string, at: number): string => `{{${placeholdersOf(text).at(at) ?? ''}}}`;

/** The first language and register says which variables a template has. */
function differing(desk: LintDesk, locale: Locale, namespace: string, path: readonly string[]): void {
  if (!hasTemplate(desk, locale, namespace, path)) return;
  const [first = locale] = desk.flow.locales;
  const at = (one: Locale, part: string) => dig(desk.words?.resources[one]?.[namespace], [...path, part]);
  const model = at(first, 'text');
  for (const part of ['text', 'text_vous']) {
    const text = at(locale, part);
    if (typeof text !== 'string' || typeof model !== 'string' || variablesOf(text) === variablesOf(model))
      continue;
    const message = `its variables are ${variablesOf(text) || 'none'}, those of ${first} text ${variablesOf(model) || 'none'}`;
    complainAtWords(
      desk,
      'L35',
      { locale, namespace, path: [...path, part] },
      message,
      'print the same values in each language and register',
    );
  }
}

const variablesOf = (text: string): string =>
  [...new Set(placeholdersOf(text))]
    .sort()
    .map((path) => `{{${path}}}`)
    .join(' ');

/** What a value is as long as, where only its name is known: a first name, a number, a tracked link. */
const stood: readonly (readonly [RegExp, string])[] = [
  [/^prenom$|\.name$/u, 'Camille'],
  [/^link\./u, 'https://mona.example/l/abcdef'],
  [/^kw\.stop$/u, 'STOP'],
  [/^kw\./u, 'COACH'],
  [/^(?:price|plan|mona)(?:\.|$)/u, '390'],
  [/\.(?:from|to|months|days|remaining|now|percent|left|total|hoursLeft)$/u, '45'],
];

function stoodFor(text: string): string {
  return linesKept(text)
    .join('\n')
    .replace(/\{\{\s*([^{}]+?)\s*\}\}/gu, (_, path: string) =>
      /^(?:if|section)\./u.test(path)
        ? ''
        : (stood.find(([pattern]) => pattern.test(path))?.[1] ?? 'chanteur'),
    );
}

/** Lines that hang on one fact stand for each other: the longest of them is the dearest. */
function linesKept(text: string): readonly string[] {
  const hangsOn = (line: string): string | undefined => /^\s*\{\{\s*if\.([a-z0-9-]+)/u.exec(line)?.[1];
  const lines = text.split('\n').filter((line) => !/^\s*\{\{\s*unless\./u.test(line));
  return lines.filter((line) => {
    const root = hangsOn(line);
    return (
      root === undefined || !lines.some((other) => hangsOn(other) === root && other.length > line.length)
    );
  });
}

/** L36, a warning: what a text costs, and what makes it cost that. */
export function dearSms(desk: LintDesk): void {
  const sender = desk.keywords?.senders['sms'];
  for (const copy of textsBy(desk, 'sms')) {
    if (partOf(copy) !== 'text') continue;
    const step = desk.flow.steps.find(({ id }) => id === copy.key);
    const hasLine = step !== undefined && isMarketing(step) && !/\bSTOP\b|kw\.stop/u.test(copy.text);
    const whole = stoodFor(copy.text) + (hasLine ? `\nSTOP ${sender?.optOutLine ?? ''}` : '');
    const { segments, costly } = countSegments(sender?.encoding === 'gsm' ? foldToGsm(whole) : whole);
    if (segments <= desk.flow.segments) continue;
    const why =
      costly.length > 0 ? `; ${costly.join(' ')} leave 67 characters to a segment instead of 153` : '';
    const fix =
      costly.length > 0
        ? 'shorten it, write without those characters, or raise segments'
        : 'shorten it, or raise segments';
    complainAtCopy(
      desk,
      'L36',
      copy,
      `costs ${segments} SMS, ${desk.flow.id} allows ${desk.flow.segments}${why}`,
      fix,
    );
  }
}

/** L37: a phone without buttons needs a word to type. */
export function nothingToType(desk: LintDesk): void {
  if (!desk.words) return;
  for (const node of questionsOf(desk).filter((one) => goesBySms(desk, one))) {
    for (const locale of desk.flow.locales) {
      const lacking = node.choices
        .filter(({ id }) => choiceLabels(desk, locale, node.words, id).length === 0)
        .map(({ id }) => id);
      if (lacking.length === 0) continue;
      const message = `nothing to type for ${lacking.join(', ')} of "${node.id}", which goes by SMS`;
      complainAtWords(
        desk,
        'L37',
        { locale, ...placeOfQuestion(desk, node) },
        message,
        `add words: { ${lacking[0] ?? ''}: [1, …] } to ${node.words}`,
      );
    }
  }
}

function placeOfQuestion({ flow }: LintDesk, node: AskNode): { namespace: string; path: readonly string[] } {
  const { namespace, key } = wordsPlace(flow, node.words);
  return { namespace, path: [key] };
}

function goesBySms({ flow }: LintDesk, node: AskNode): boolean {
  const step = flow.steps.find(({ id }) => id === node.words);
  return step ? channelsOf(step).includes('sms') : flow.channels.includes('sms');
}

/** L38: a mail has a subject, words of its own, and pictures that can be read out. */
export function wholeMail(desk: LintDesk): void {
  for (const { part, ...place } of partsOf(desk, 'email')) {
    if (
      Object.keys(part).some((name) => name === 'body' || name === 'body_vous') &&
      part['subject'] === undefined &&
      part['subject_vous'] === undefined
    )
      complainAtWords(
        desk,
        'L38',
        place,
        `the mail ${place.path[0] ?? ''} has no subject`,
        'add subject beside body',
      );
  }
  for (const copy of textsBy(desk, 'email')) {
    if (!/^body(?:_vous)?$/u.test(copy.path.at(-1) ?? '')) continue;
    const picture = /!\[\s*\]\([^)]*\)|<img(?![^>]*\balt\s*=\s*["'][^"']+["'])[^>]*>/iu.exec(copy.text)?.[0];
    if (picture)
      complainAtCopy(
        desk,
        'L38',
        copy,
        `the picture ${picture} has no alt`,
        'say in its brackets what it shows: ![Nina au studio](…)',
      );
    else if (!saysSomething(copy.text))
      complainAtCopy(
        desk,
        'L38',
        copy,
        'the mail has no text part: it holds only pictures and buttons',
        'say it in words too',
      );
  }
}

const saysSomething = (body: string): boolean =>
  /\p{L}{2}|\{\{\s*section\./u.test(
    body.replace(/!\[[^\]]*\]\([^)]*\)|<img[^>]*>|\{\{\s*button\.[^{}]*\}\}/giu, ''),
  );
