import type { Flow } from './flow/definition.ts';
import type { KeepScope, Unrendered } from './keep.ts';
import { isLive, isUnrendered, keepMail, keepText, textOf } from './keep.ts';
import type { Keywords, Words } from './library.ts';
import { nameless } from './nameless.ts';
import { renderMail } from './render-email.ts';
import type { RowBody, RowButton, RowWords } from './row.ts';
import { countSegments, foldToGsm } from './sms.ts';
import type { Values } from './values.ts';
import { isClaimPath, senderOf } from './values.ts';
import type { ChosenVariant } from './variant.ts';
import { chooseVariant } from './variant.ts';
import type { Channel, MessageClass } from './vocabulary.ts';
import { fill, placeholdersOf } from './words.ts';

export type Rendered = RowBody;
export type { Unrendered } from './keep.ts';
export { isUnrendered } from './keep.ts';

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
}

/** A text of one key, channel, register and form, part by part. */
interface Entry {
  readonly words: RowWords;
  readonly channel: Channel;
  readonly tree: Readonly<Record<string, unknown>>;
  readonly variant: string | null;
  readonly lookup: Words;
  readonly scope: KeepScope;
  readonly policy: RenderPolicy;
}

/**
 * The message as it leaves: words chosen, fields' policies applied, values filled and escaped for where they land, the
 * channel's own lines added. The one renderer of preview, simulation and sending. Never a half-filled text: what is
 * wrong is a value (`missing`, and what).
 */
export function render(
  words: RowWords,
  channel: Channel,
  values: Values,
  lookup: Words,
  policy: RenderPolicy,
): Rendered | Unrendered {
  const tree = lookup.tree(words.flow, `${words.key}.${channel}`, words.locale);
  if (!isRecord(tree)) return { missing: 'words_missing', what: `${words.flow}:${words.key}.${channel}` };
  const scope = scopeOf(words, values, lookup, policy);
  const chosen = chooseVariant(tree['variants'], words.variant ?? null, scope);
  const entry: Entry = { words, channel, tree, variant: chosen.name, lookup, scope, policy };
  return unboundClaim(entry, chosen) ?? written[channel](entry);
}

const written: Readonly<Record<Channel, (entry: Entry) => Rendered | Unrendered>> = {
  sms: writeSms,
  whatsapp: writeWhatsapp,
  email: writeEmail,
  push: writePush,
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function scopeOf(words: RowWords, values: Values, lookup: Words, policy: RenderPolicy): KeepScope {
  const { locale, register } = words;
  const common = policy.common ?? lookup;
  return {
    values,
    locale,
    fields: policy.fields,
    claims: words.claims,
    fallbackOf: (path) => common.raw('common', `fallback.${path}`, locale, register),
  };
}

/** A declared claim that is not true now, that no form answers and no placeholder of the text shows or guards. */
function unboundClaim(entry: Entry, chosen: ChosenVariant): Unrendered | null {
  const shown = new Set(allTexts(entry).flatMap(placeholdersOf).map((path) => path.replace(/^(?:if|unless)\./u, '')));
  const isShown = (claim: string): boolean => [...shown].some((path) => path === claim || path.startsWith(`${claim}.`));
  for (const claim of entry.words.claims) {
    if (isLive(claim, entry.scope) || chosen.answers.includes(claim)) continue;
    if (entry.policy.fields[claim] === 'required' || !isShown(claim)) return { missing: 'claim_unbound', what: claim };
  }
  return null;
}

/** All that the entry may print: its form's own parts, the others, the sections. */
function allTexts(entry: Entry): string[] {
  const sections = entry.tree['sections'];
  const names = isRecord(sections) ? Object.keys(sections) : [];
  return ['subject', 'title', 'text', 'body', ...names.map((name) => `sections.${name}`)]
    .map((part) => read(entry, part))
    .filter((text) => text !== null);
}

/** One part in its register: the form's own, else the plain one; nameless for someone without a first name. */
function read({ words, channel, variant, lookup, scope }: Entry, part: string): string | null {
  const at = (path: string): string | null =>
    lookup.raw(words.flow, `${words.key}.${channel}.${path}`, words.locale, words.register);
  const raw = (variant === null ? null : at(`variants.${variant}.${part}`)) ?? at(part);
  if (raw === null) return null;
  return textOf('prenom', scope) === null ? nameless(raw) : raw;
}

const sectionMark = /^[ \t]*\{\{\s*section\.([a-z0-9-]+)\s*\}\}[ \t]*$/gmu;

/** Parts of a text stand where their mark does; a part that was dropped leaves nothing, and asks nothing. */
function withSections(entry: Entry, text: string, depth = 0): string {
  if (depth > 3) return text;
  return text.replace(sectionMark, (_, name: string) => {
    const stays = entry.words.sections === undefined || entry.words.sections.includes(name);
    const section = stays ? read(entry, `sections.${name}`) : null;
    return section === null ? '' : withSections(entry, section.trim(), depth + 1);
  });
}

/** A part with its sections, its policies applied and not yet filled. */
function partOf(entry: Entry, part: string, keep: typeof keepText): string | Unrendered {
  const raw = read(entry, part);
  if (raw === null) return { missing: 'words_missing', what: `${entry.words.key}.${entry.channel}.${part}` };
  const kept = keep(withSections(entry, raw), entry.scope);
  if (isUnrendered(kept)) return kept;
  return kept === '' ? emptied(raw, entry) : kept;
}

/** Nothing is left to say: the fact or the field it all leaned on. */
function emptied(raw: string, entry: Entry): Unrendered {
  const path = placeholdersOf(raw)[0] ?? entry.words.key;
  return { missing: isClaimPath(path) ? 'claim_unbound' : 'missing_field', what: path };
}

/** The whole part, filled as plain text. */
function plain(entry: Entry, part: string): string | Unrendered {
  const kept = partOf(entry, part, keepText);
  return isUnrendered(kept) ? kept : fillText(kept, entry);
}

function fillText(text: string, { scope }: Pick<Entry, 'scope'>): string {
  return fill(text, valuesIn(text, scope));
}

function valuesIn(text: string, scope: KeepScope): Record<string, string> {
  return Object.fromEntries(placeholdersOf(text).map((path) => [path, textOf(path, scope) ?? '']));
}

function writeSms(entry: Entry): Rendered | Unrendered {
  const template = withLines(entry, 'sms');
  if (isUnrendered(template)) return template;
  const text = fillText(template, entry).normalize('NFC');
  const isFolded = senderOf(entry.policy.keywords, entry.policy.sender)?.encoding === 'gsm';
  const said = isFolded ? foldToGsm(text) : text;
  const { segments, encoding } = countSegments(said);
  return { text: said, segments, encoding };
}

/** The author's text and the channel's lines: what we are, at the first answer; the way out, under marketing. */
function withLines(entry: Entry, channel: 'sms' | 'whatsapp'): string | Unrendered {
  const text = partOf(entry, 'text', keepText);
  if (isUnrendered(text)) return text;
  const lines = [text];
  if (entry.policy.introduces) lines.push(line(entry, `assistant.${channel}.text`));
  if (channel === 'sms' && entry.policy.class === 'marketing' && !/\bSTOP\b/u.test(text)) lines.push(wayOut(entry));
  return lines.filter((one) => one !== '').join('\n');
}

function wayOut(entry: Entry): string {
  return textOf('optOut', entry.scope) === null ? '{{kw.stop}}' : 'STOP {{optOut}}';
}

/** A line of `common` that the channel adds. */
function line(entry: Entry, key: string): string {
  const { locale, register } = entry.words;
  return (entry.policy.common ?? entry.lookup).raw('common', key, locale, register) ?? '';
}

function writeWhatsapp(entry: Entry): Rendered | Unrendered {
  const template = withLines(entry, 'whatsapp');
  if (isUnrendered(template)) return template;
  const text = fillText(template, entry).normalize('NFC');
  const buttons = answerButtons(entry);
  if (entry.policy.isWindowOpen ?? true) return { text, buttons: buttons.slice(0, 3) };
  return { text, buttons: buttons.slice(0, 10), template: approved(entry, template) };
}

/** The approved text by name, with its variables in the order they stand; null when a line fell out of it. */
function approved(entry: Entry, template: string): Rendered['template'] {
  const name = ownPart(entry, 'template');
  if (typeof name !== 'string' || read(entry, 'text') !== template) return null;
  const paths = [...new Set(placeholdersOf(template))];
  const variables = paths.map((path, at) => [String(at + 1), textOf(path, entry.scope) ?? ''] as const);
  return { name, variables: Object.fromEntries(variables) };
}

/** A part that is no text: the form's own where it has words of its own. */
function ownPart({ tree, variant }: Entry, part: string): unknown {
  const variants = tree['variants'];
  const own = variant !== null && isRecord(variants) ? variants[variant] : null;
  if (!isRecord(own)) return tree[part];
  return own[part] ?? ('text' in own && part === 'template' ? null : tree[part]);
}

/** Buttons whose id is an answer, in their register; links are no answers. */
function answerButtons(entry: Entry): RowButton[] {
  const buttons = ownPart(entry, 'buttons');
  if (!isRecord(buttons)) return [];
  return Object.entries(buttons)
    .filter(([id, label]) => typeof label === 'string' && !id.endsWith('_vous') && isOffered(entry, id))
    .map(([id]) => ({ id, label: labelOf(entry, id) }));
}

/** `parts: {plan490: vip}`: an answer that belongs to a part falls with it. */
function isOffered({ tree, words }: Entry, id: string): boolean {
  const parts = tree['parts'];
  const part = isRecord(parts) ? parts[id] : undefined;
  return typeof part !== 'string' || words.sections === undefined || words.sections.includes(part);
}

function labelOf(entry: Entry, id: string): string {
  const label = read(entry, `buttons.${id}.label`) ?? read(entry, `buttons.${id}`) ?? id;
  return fillText(label, entry).slice(0, 20 * (entry.channel === 'whatsapp' ? 1 : 10));
}

function writeEmail(entry: Entry): Rendered | Unrendered {
  const subject = plain(entry, 'subject');
  if (isUnrendered(subject)) return subject;
  const body = partOf(entry, 'body', keepMail);
  if (isUnrendered(body)) return body;
  const introduced = entry.policy.introduces ? `${body}\n\n${line(entry, 'assistant.email.body')}`.trim() : body;
  const buttons = ownPart(entry, 'buttons');
  return renderMail({
    subject,
    body: introduced,
    buttons: isRecord(buttons) ? buttons : {},
    publicUrl: entry.policy.publicUrl,
    label: (id) => labelOf(entry, id),
    fillText: (text) => fillText(text, entry),
    valuesIn: (text) => valuesIn(text, entry.scope),
  });
}

function writePush(entry: Entry): Rendered | Unrendered {
  const title = plain(entry, 'title');
  if (isUnrendered(title)) return title;
  const text = plain(entry, 'text');
  if (isUnrendered(text)) return text;
  return { text: clipped(text, 120), subject: clipped(title, 50), buttons: answerButtons(entry) };
}

/** Cut at a word, with an ellipsis, to a count of characters (lifecycle.md §17). */
function clipped(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  return `${characters.slice(0, most - 1).join('').replace(/\s+\S*$/u, '')}…`;
}
