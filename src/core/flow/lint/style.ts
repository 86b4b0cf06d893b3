import { isClaimPath } from '../../values.ts';
import type { Channel } from '../../vocabulary.ts';
import { placeholdersOf } from '../../words.ts';
import type { Step } from '../definition.ts';
import { complainAtCopy, copiesOf, hasVousTwin, isVous, partOf, type Copy } from './copy.ts';
import type { LintDesk } from './desk.ts';

/* What a text says, as against what it must hold: words.ts. */

/** What an author leaves for later, and what a program prints by mistake. */
const leftovers: readonly RegExp[] = [
  /\[(?!\s*\])[^\]\n]*\p{L}[^\]\n]*\](?!\()/u,
  /(?<![\p{L}\p{N}])X{2,}(?![\p{L}\p{N}])/u,
  /(?<!\p{L})(?:TODO|FIXME|TBD)(?!\p{L})/u,
  /(?<!\p{L})(?:undefined|NaN|lorem ipsum)(?!\p{L})/iu,
];

/** L22: nothing is left to fill in. */
export function leftToFill(desk: LintDesk): void {
  for (const copy of copiesOf(desk)) {
    const printed = copy.text.replace(/\{\{[^{}]*\}\}/gu, '');
    const left =
      leftovers.flatMap((pattern) => pattern.exec(printed)?.[0] ?? [])[0] ?? /\{\{|\}\}/u.exec(printed)?.[0];
    if (left)
      complainAtCopy(
        desk,
        'L22',
        copy,
        `"${left}" is left in the text`,
        'write the word itself, or a placeholder such as {{prenom}}',
      );
  }
}

/** « le ton », « rendez-vous » and « assez » address nobody. */
const addresses = {
  tu: /(?<![\p{L}’'])(?:tu|te|toi|(?<!(?:le|du|un|au|ce|quel) )ton|ta|tes|t['’](?=\p{L})|réponds|dis-moi)(?![\p{L}’'])/iu,
  vous: /(?<![\p{L}’'])(?:(?<!rendez-)vous|votre|vos|(?!(?:assez|chez|nez|rez|rendez-vous)(?!\p{L}))\p{L}{2,}ez)(?!\p{L})/iu,
} as const;

/** Two people at once are vous to everyone: « je peux vous connecter ». */
const bothOfThem =
  /(?<!\p{L})je (?:peux|vais) vous (?:connecter|présenter|mettre|réunir)|vous deux|vous êtes (?:nombreux|plusieurs|\d+)/giu;

function addressIn(text: string, register: keyof typeof addresses): string | null {
  const withoutValues = text
    .replace(/\{\{[^{}]*\}\}/gu, '·')
    .replace(bothOfThem, '·')
    .replace(/(?<!\p{L})t['’](?=\p{L})/giu, 'te ');
  return addresses[register].exec(withoutValues)?.[0] ?? null;
}

/** L23: who is called vous is never called tu, nor the other way round. */
export function mixedRegisters(desk: LintDesk): void {
  const { registers } = desk.flow;
  for (const copy of copiesOf(desk)) {
    if (copy.locale !== 'fr') continue;
    const tu = addressIn(copy.text, 'tu');
    const vous = addressIn(copy.text, 'vous');
    const speaksVous = isVous(copy);
    const part = copy.path.at(-1) ?? '';
    const readsBoth = !speaksVous && !hasVousTwin(desk, copy) && (registers.fr ?? ['tu', 'vous']).length > 1;
    if (tu && vous)
      complainAtCopy(
        desk,
        'L23',
        copy,
        `"${tu}" says tu and "${vous}" says vous in one text`,
        'keep to one of them',
      );
    else if (speaksVous && tu)
      complainAtCopy(
        desk,
        'L23',
        copy,
        `"${tu}" says tu under ${part}`,
        'say it with vous, or put it under the key without _vous',
      );
    else if (!speaksVous && vous && !readsOnlyVous(desk))
      complainAtCopy(
        desk,
        'L23',
        copy,
        `"${vous}" says vous under ${part}`,
        `say it with tu, and put this under ${part}_vous`,
      );
    else if (readsBoth && tu)
      complainAtCopy(
        desk,
        'L23',
        copy,
        `"${tu}" says tu, also to those we call vous`,
        `add ${part}_vous beside ${part}`,
      );
  }
}

const readsOnlyVous = ({ flow }: LintDesk): boolean => flow.registers.fr?.includes('tu') === false;

/** Words a carrier answers before we hear them; STOP and START are meant for it (facts/compliance.md §3). */
const swallowed = {
  optOut: ['STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT', 'UNSTOP', 'YES'],
  help: ['HELP', 'INFO'],
} as const;

/** L26: no answer is asked for that the carrier would take for itself. */
export function swallowedWord(desk: LintDesk): void {
  for (const copy of copiesOf(desk)) {
    const sender = copy.channel === null ? undefined : desk.keywords?.senders[copy.channel];
    if (!sender) continue;
    const taken = [
      ...(sender.optOut === 'none' ? [] : swallowed.optOut),
      ...(sender.help === 'carrier' ? swallowed.help : []),
    ];
    const word = taken.find((one) => asksFor(copy.text, one));
    if (!word) continue;
    const fix =
      word === 'HELP' || word === 'INFO' ? 'print {{kw.help}}' : 'ask for OUI, NON, COACH or a digit';
    complainAtCopy(
      desk,
      'L26',
      copy,
      `prints "${word}", which the carrier of ${copy.channel ?? ''} answers itself`,
      fix,
    );
  }
}

/** In capitals, or as the answer of « réponds … ». */
function asksFor(text: string, word: string): boolean {
  const asked = `(?:r[ée]pond\\p{L}*|tape\\p{L}*|envo\\p{L}+|reply|text|send)\\s*(?::|with)?\\s*["«“]?\\s*`;
  return (
    new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, 'u').test(text) ||
    new RegExp(`${asked}${word}(?![\\p{L}\\p{N}])`, 'iu').test(text)
  );
}

/** One record each, whatever is read from it: open slots, a contact's own reservation, a villa. */
const wholeRecords: ReadonlySet<string> = new Set(['slots', 'reservation', 'villa']);

const binds = (claim: string, path: string): boolean => {
  const root = path.split('.')[0] ?? '';
  return (
    path === claim || path.startsWith(`${claim}.`) || (wholeRecords.has(root) && claim.split('.')[0] === root)
  );
};

/** L27: what leans on a fact names the fact. */
export function unboundClaim(desk: LintDesk): void {
  const { flow } = desk;
  for (const copy of copiesOf(desk)) {
    if (copy.namespace !== flow.id) continue;
    const step = flow.steps.find(({ id }) => id === copy.key);
    const bound = [
      ...(step?.claims ?? []),
      ...(step?.reserve ? [step.reserve.offer] : []),
      ...Object.keys(flow.fields),
    ];
    const path = placeholdersOf(copy.text)
      .map((name) => name.replace(/^(?:if|unless)\./u, ''))
      .find((name) => isClaimPath(name) && !bound.some((claim) => binds(claim, name)));
    if (!path) continue;
    const claim = path.split('.').slice(0, 2).join('.');
    const fix = step
      ? `add claims: [${claim}] to the step ${step.id}`
      : `add ${claim}: required, fallback or omit to fields`;
    complainAtCopy(desk, 'L27', copy, `{{${path}}} leans on an offer that nothing binds`, fix);
  }
}

/** What makes a message an offer, whatever it is called (facts/compliance.md §1). */
const offerPattern =
  /\{\{\s*(?:price|offer|reservation)\.[^{}]*\}\}|(?<!\p{L})(?:promo(?:tion)?s?|remises?|réductions?|soldes|offres? (?:spéciale|exclusive|limitée|flash)s?|dernière chance|places (?:limitées|restantes)|discounts?|special offers?|limited offers?|last chance|% off)(?!\p{L})|[-−]\s?\d+\s?%|\d+\s?% de réduction/iu;

/** L28: what is sold goes out as marketing, with its consent, its hours and its way out. */
export function offerInService(desk: LintDesk): void {
  for (const copy of copiesOf(desk)) {
    const step =
      copy.namespace === desk.flow.id ? desk.flow.steps.find(({ id }) => id === copy.key) : undefined;
    if (!step || copy.isLabel || !isService(step, copy)) continue;
    const said = offerPattern.exec(copy.text)?.[0];
    if (!said) continue;
    const fix =
      'make the step class: marketing, or move it into a section of a { full: marketing, core: service } step';
    complainAtCopy(desk, 'L28', copy, `"${said}" is an offer, and ${step.id} goes out as service`, fix);
  }
}

/** The part that leaves without marketing consent: a service step, or the core of a mixed mail. */
function isService(step: Step, copy: Copy): boolean {
  const at = copy.path.indexOf('sections');
  const section = at < 0 ? undefined : step.sections[(copy.path[at + 1] ?? '').replace(/_vous$/u, '')];
  if (section) return section.class === 'service';
  return step.class === 'service' || (typeof step.class === 'object' && copy.channel === 'email');
}

const domain =
  /(?<![\p{L}\p{N}@.])(?:https?:\/\/|www\.)\S+|(?<![\p{L}\p{N}@.{])[a-z0-9-]+\.(?:com|fr|net|org|io|app|ly|link|me|co)\/\S*/iu;

/** L31: links have names, so that they can be counted, and changed in one place. */
export function bareLink(desk: LintDesk): void {
  for (const copy of copiesOf(desk)) {
    const bare = domain.exec(copy.text)?.[0];
    if (bare)
      complainAtCopy(
        desk,
        'L31',
        copy,
        `the link ${bare} stands bare in the text`,
        'name it under links in flows/policy.yaml, and print {{link.<name>}}',
      );
  }
  for (const { copy, name } of namedLinks(desk)) {
    if (!desk.links || desk.links.includes(name)) continue;
    complainAtCopy(
      desk,
      'L31',
      copy,
      `there is no link "${name}"`,
      `add it to links in flows/policy.yaml, or name one of ${desk.links.join(', ')}`,
    );
  }
}

function namedLinks(desk: LintDesk): readonly { copy: Copy; name: string }[] {
  return copiesOf(desk).flatMap((copy) =>
    placeholdersOf(copy.text).flatMap((path) => {
      const [, name] = /^(?:(?:if|unless)\.)?link\.([^.]+)/u.exec(path) ?? [];
      return name ? [{ copy, name }] : [];
    }),
  );
}

const noBreak = /[\u00a0\u202f\u2007\u2060]/u;

/** L39: a no-break space makes a whole SMS cost twice. */
export function noBreakSpace(desk: LintDesk): void {
  for (const copy of copiesOf(desk)) {
    const found = noBreak.exec(copy.text);
    if (copy.channel !== 'sms' || !found) continue;
    const code = found[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? '';
    const before = copy.text.slice(Math.max(0, found.index - 12), found.index).trim();
    complainAtCopy(
      desk,
      'L39',
      copy,
      `a no-break space (U+${code}) after "${before}" in ${partOf(copy)} of an SMS`,
      'write a plain space',
    );
  }
}

/** The texts of one channel that are sent as they stand: no labels. */
export const textsBy = (desk: LintDesk, channel: Channel): readonly Copy[] =>
  copiesOf(desk).filter((copy) => copy.channel === channel && !copy.isLabel);
