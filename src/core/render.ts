import { choiceWord } from './choices.ts';
import type { Entry, RenderPolicy } from './entry.ts';
import {
  answersOf,
  buttonPart,
  buttonTexts,
  authored,
  commonLine,
  filled,
  isRecord,
  labelOf,
  ownPart,
  partOf,
  plain,
  unboundClaim,
  valuesIn,
} from './entry.ts';
import type { KeepScope, Unrendered } from './keep.ts';
import { isUnrendered, keepMail, keepText, textOf } from './keep.ts';
import type { Words } from './library.ts';
import { renderMail } from './render-email.ts';
import type { RowBody, RowWords } from './row.ts';
import { countSegments, foldToGsm } from './sms.ts';
import { templateName } from './templates.ts';
import type { Values } from './values.ts';
import { senderOf } from './values.ts';
import { chooseVariant } from './variant.ts';
import type { Channel } from './vocabulary.ts';
import { placeholdersOf } from './words.ts';

export type Rendered = RowBody;
export type { RenderPolicy } from './entry.ts';
export type { Unrendered } from './keep.ts';
export { isUnrendered } from './keep.ts';

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
  const entry: Entry = {
    words,
    channel,
    tree,
    variant: chosen.name,
    lookup,
    policy,
    scope: { ...scope, buttonTexts: (id) => buttonTexts(entry, id) },
  };
  return unboundClaim(entry, chosen) ?? write[channel](entry);
}

const write: Readonly<Record<Channel, (entry: Entry) => Rendered | Unrendered>> = {
  sms: writeSms,
  whatsapp: writeWhatsapp,
  email: writeEmail,
  push: writePush,
};

function scopeOf(words: RowWords, values: Values, lookup: Words, policy: RenderPolicy): KeepScope {
  const said = { words, lookup, policy };
  const scope: KeepScope = {
    values,
    locale: words.locale,
    fields: policy.fields,
    claims: words.claims,
    sections: words.sections,
    buttonTexts: () => [],
    fallbackOf: (path) => {
      const choice = choiceWord(said, path);
      return choice === null ? commonLine(said, `fallback.${path}`) : filled(choice, { scope });
    },
  };
  return scope;
}

function writeSms(entry: Entry): Rendered | Unrendered {
  const template = withLines(entry);
  if (isUnrendered(template)) return template;
  const text = filled(template, entry).normalize('NFC');
  const isFolded = senderOf(entry.policy.keywords, entry.policy.sender)?.encoding === 'gsm';
  const said = isFolded ? foldToGsm(text) : text;
  const { segments, encoding } = countSegments(said);
  return { text: said, segments, encoding };
}

/** The author's text and the channel's lines: what speaks, at its first answer; the way out, under marketing by SMS. */
function withLines(entry: Entry): string | Unrendered {
  const text = partOf(entry, 'text', keepText);
  if (isUnrendered(text)) return text;
  const isPromotional = entry.channel === 'sms' && entry.policy.class === 'marketing';
  const lines = [text, introduction(entry, text), isPromotional ? wayOut(entry, text) : null];
  return lines.filter((line) => line !== null).join('\n');
}

/** Says that it is automatic; the longer form also names the way to a person, where the text does not. */
function introduction(entry: Entry, text: string): string | null {
  const how = entry.tree['introduces'];
  if (!entry.policy.introduces || how === 'never') return null;
  const isShort = how === 'short' || placeholdersOf(text).includes('kw.human');
  const long = entry.channel === 'email' ? 'body' : 'text';
  return commonLine(entry, `assistant.${entry.channel}.${isShort ? 'short' : long}`);
}

/** The last line of a marketing SMS, unless its words already offer STOP (lifecycle.md §10). */
function wayOut({ scope }: Entry, text: string): string | null {
  if (/\bSTOP\b|\{\{\s*kw\.stop\s*\}\}/u.test(text)) return null;
  return textOf('optOut', scope) === null ? '{{kw.stop}}' : '{{kw.stop}} {{optOut}}';
}

/** Titles of a tap in an open window, and in a template (facts/twilio-and-whatsapp.md §9). */
const mostButtons = { open: 3, template: 10 } as const;
const longestTitle = 20;

function writeWhatsapp(entry: Entry): Rendered | Unrendered {
  const template = withLines(entry);
  if (isUnrendered(template)) return template;
  const isOpen = entry.policy.isWindowOpen ?? true;
  const titles = answersOf(entry).map(({ id, label }) => ({ id, label: clipped(label, longestTitle) }));
  const buttons = titles.slice(0, isOpen ? mostButtons.open : mostButtons.template);
  const body = { text: filled(template, entry).normalize('NFC'), buttons };
  return isOpen ? body : { ...body, template: approved(entry, template) };
}

/**
 * The approved text by its name, with its variables in the order they first stand there. Null where this text is not
 * the approved one: a line fell out of it, or nobody told us the first name it greets.
 */
function approved(entry: Entry, template: string): Rendered['template'] {
  const name = ownPart(entry, 'template');
  if (typeof name !== 'string' || authored(entry, 'text') !== template) return null;
  const paths = [...new Set(placeholdersOf(template))];
  const { locale, register } = entry.words;
  return {
    name: templateName(name, locale, register),
    variables: Object.fromEntries(paths.map((path, at) => [String(at + 1), textOf(path, entry.scope) ?? ''])),
  };
}

function writeEmail(entry: Entry): Rendered | Unrendered {
  const subject = plain(entry, 'subject');
  if (isUnrendered(subject)) return subject;
  const body = partOf(entry, 'body', keepMail);
  if (isUnrendered(body)) return body;
  return renderMail({
    subject,
    body: [body, introduction(entry, body), footer(entry)].filter((part) => part !== null).join('\n\n'),
    publicUrl: entry.policy.publicUrl,
    label: (id) =>
      id === 'unsubscribe' ? (commonLine(entry, 'mail-footer.email.label') ?? id) : labelOf(entry, id),
    buttonPart: (id, part) => {
      const text = buttonPart(entry, id, part);
      return text === null ? null : filled(text, entry);
    },
    fillText: (text) => filled(text, entry),
    valuesIn: (text) => valuesIn(text, entry.scope),
  });
}

/** Under marketing: who writes, and the way out (facts/compliance.md §2). */
function footer(entry: Entry): string | null {
  return entry.policy.class === 'marketing' ? commonLine(entry, 'mail-footer.email.body') : null;
}

/** A notification is short: lifecycle.md §17. */
const longestPush = { title: 50, body: 120 } as const;

function writePush(entry: Entry): Rendered | Unrendered {
  const title = plain(entry, 'title');
  if (isUnrendered(title)) return title;
  const text = plain(entry, 'text');
  if (isUnrendered(text)) return text;
  const link = authored(entry, 'link') === null ? null : plain(entry, 'link');
  if (isUnrendered(link)) return link;
  return {
    text: clipped(text, longestPush.body),
    subject: clipped(title, longestPush.title),
    buttons: answersOf(entry),
    ...(link === null ? {} : { link }),
  };
}

/** Cut to a count of characters, at the end of a word where there is one. */
function clipped(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const cut = characters.slice(0, most - 1).join('');
  return `${cut.replace(/\s+\S*$/u, '')}…`;
}
