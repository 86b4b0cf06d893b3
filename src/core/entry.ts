import type { Flow } from './flow/definition.ts';
import type { KeepScope, Unrendered } from './keep.ts';
import { isLive, isUnrendered, keepText, staysIn, textOf } from './keep.ts';
import type { Keywords, Words } from './library.ts';
import { nameless } from './nameless.ts';
import type { RowButton, RowWords } from './row.ts';
import { isClaimPath } from './values.ts';
import type { ChosenVariant } from './variant.ts';
import type { Channel, MessageClass } from './vocabulary.ts';
import { fill, placeholdersOf } from './words.ts';

/** What is not the author's: class, sender, and how things stand between us and this contact. */
export interface RenderPolicy {
  readonly class: MessageClass;
  /** Policy of each placeholder, from the flow; none for `common`. */
  readonly fields: Flow['fields'];
  readonly keywords: Keywords;
  /** Key of our sender, `sms` or `sms:+33…`. */
  readonly sender: string;
  /** Base of answer links. */
  readonly publicUrl: string;
  /** WhatsApp's 24 h are open: free text and buttons; shut, the approved template. Default true. */
  readonly isWindowOpen?: boolean;
  /** First answer of the bot in this thread: it says what it is (conversation.md §9). Default false. */
  readonly introduces?: boolean;
  /** Words of `common`, where the bundle of the flow does not hold them. */
  readonly common?: Words;
  /** Words of the flow whose question a text of `common` repeats. */
  readonly asking?: { readonly words: Words; readonly flow: string };
}

/** The words of one key and channel, in one register and form, and what they are filled with. */
export interface Entry {
  readonly words: RowWords;
  readonly channel: Channel;
  readonly tree: Readonly<Record<string, unknown>>;
  readonly variant: string | null;
  readonly lookup: Words;
  readonly scope: KeepScope;
  readonly policy: RenderPolicy;
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** One part in its register, as the author wrote it: the form's own, else the plain one. */
export function authored({ words, channel, variant, lookup }: Entry, part: string): string | null {
  const at = (path: string): string | null =>
    lookup.raw(words.flow, `${words.key}.${channel}.${path}`, words.locale, words.register);
  return (variant === null ? null : at(`variants.${variant}.${part}`)) ?? at(part);
}

/** The same, nameless for someone whose first name nobody told us. */
function read(entry: Entry, part: string): string | null {
  const text = authored(entry, part);
  return text !== null && textOf('prenom', entry.scope) === null ? nameless(text) : text;
}

/** A part that is no text: the form's own where it has one. */
export function ownPart({ tree, variant }: Entry, part: string): unknown {
  const forms = tree['variants'];
  const own = variant !== null && isRecord(forms) ? forms[variant] : null;
  return isRecord(own) && part in own ? own[part] : tree[part];
}

const sectionMark = /^[ \t]*\{\{\s*section\.([a-z0-9-]+)\s*\}\}[ \t]*$/gmu;
/** A section may hold a section, as the options of a report hold the one for the best. */
const deepest = 3;

/** Sections stand where their mark does; one that was dropped leaves nothing, and asks nothing. */
function withSections(entry: Entry, text: string, depth = 0): string {
  if (depth > deepest) return text;
  return text.replace(sectionMark, (_, name: string) => {
    const section = staysIn(name, entry.scope) ? read(entry, `sections.${name}`) : null;
    return section === null ? '' : withSections(entry, section.trim(), depth + 1);
  });
}

/** A part with its sections, its policies applied and not yet filled. */
export function partOf(entry: Entry, part: string, keep: typeof keepText): string | Unrendered {
  const text = read(entry, part);
  if (text === null)
    return {
      missing: 'words_missing',
      what: `${entry.words.flow}:${entry.words.key}.${entry.channel}.${part}`,
    };
  const kept = keep(withSections(entry, text), entry.scope);
  return kept === '' ? emptied(text, entry) : kept;
}

/** Nothing is left to say: the fact or the field that it all leaned on. */
function emptied(text: string, { words }: Entry): Unrendered {
  const path = placeholdersOf(text)[0] ?? words.key;
  return { missing: isClaimPath(path) ? 'claim_unbound' : 'missing_field', what: path };
}

/** The whole part, filled as plain text. */
export function plain(entry: Entry, part: string): string | Unrendered {
  const kept = partOf(entry, part, keepText);
  return isUnrendered(kept) ? kept : filled(kept, entry);
}

export function filled(text: string, { scope }: Pick<Entry, 'scope'>): string {
  return fill(text, valuesIn(text, scope));
}

export function valuesIn(text: string, scope: KeepScope): Record<string, string> {
  return Object.fromEntries(placeholdersOf(text).map((path) => [path, textOf(path, scope) ?? '']));
}

/** A declared claim that is not true now, and that neither a form, nor a placeholder, nor a dropped part answers. */
export function unboundClaim(entry: Entry, chosen: ChosenVariant): Unrendered | null {
  const shown = shownBy(entry.tree);
  const isShown = (claim: string): boolean =>
    shown.some((path) => path === claim || path.startsWith(`${claim}.`));
  const unbound = entry.words.claims.find(
    (claim) => !isLive(claim, entry.scope) && !chosen.answers.includes(claim) && !isShown(claim),
  );
  return unbound === undefined ? null : { missing: 'claim_unbound', what: unbound };
}

const shownPaths = new WeakMap<Entry['tree'], readonly string[]>();

/** All that an entry may print in any form: what a missing claim would take with it. */
function shownBy(tree: Entry['tree']): readonly string[] {
  const known = shownPaths.get(tree);
  if (known) return known;
  const texts = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : isRecord(value) ? Object.values(value).flatMap(texts) : [];
  const shown = texts(tree)
    .flatMap(placeholdersOf)
    .map((path) => path.replace(/^(?:if|unless)\./u, ''));
  shownPaths.set(tree, shown);
  return shown;
}

/** A line of `common`, in the register of the text it joins. */
export function commonLine(
  { words, lookup, policy }: Pick<Entry, 'words' | 'lookup' | 'policy'>,
  key: string,
): string | null {
  return (policy.common ?? lookup).raw('common', key, words.locale, words.register);
}

/** Answers that the message offers, each with the label its register reads. */
export function answersOf(entry: Entry): RowButton[] {
  const buttons = ownPart(entry, 'buttons');
  if (!isRecord(buttons)) return [];
  return Object.entries(buttons)
    .filter(([id, button]) => !id.endsWith('_vous') && isAnswer(button) && isOffered(button, entry))
    .map(([id]) => ({ id, label: labelOf(entry, id) }));
}

const isAnswer = (button: unknown): boolean =>
  !isRecord(button) || !('link' in button || 'whatsapp' in button);

/** `{ label, section }`: an answer that belongs to a section falls with it. */
function isOffered(button: unknown, { scope }: Entry): boolean {
  const section = isRecord(button) ? button['section'] : null;
  return typeof section !== 'string' || staysIn(section, scope);
}

/** The texts a button is made of, by part: `label`, `link`, `whatsapp`, `text`. */
export function buttonPart(entry: Entry, id: string, part: string): string | null {
  return read(entry, `buttons.${id}.${part}`);
}

export function buttonTexts(entry: Entry, id: string): string[] {
  const parts = ['label', 'link', 'whatsapp', 'text'].map((part) => buttonPart(entry, id, part));
  return [...parts, read(entry, `buttons.${id}`)].filter((text) => text !== null);
}

export function labelOf(entry: Entry, id: string): string {
  return filled(read(entry, `buttons.${id}.label`) ?? read(entry, `buttons.${id}`) ?? id, entry);
}
