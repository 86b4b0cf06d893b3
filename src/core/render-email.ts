import { marked } from 'marked';
import { remembered } from './memo.ts';
import type { RowBody, RowButton } from './row.ts';
import { fill } from './words.ts';

export interface MailParts {
  readonly subject: string;
  /** Markdown with its placeholders, policies applied; `{{button.x}}` where a button stands. */
  readonly body: string;
  readonly publicUrl: string;
  readonly label: (id: string) => string;
  /** Filled: `link` = a page of ours or of the product; `whatsapp` and `text` = a chat, its first words ready. Neither = an answer. */
  readonly buttonPart: (id: string, part: 'link' | 'whatsapp' | 'text') => string | null;
  readonly fillText: (text: string) => string;
  readonly valuesIn: (text: string) => Record<string, string>;
}

interface Button {
  readonly id: string;
  readonly label: string;
  readonly href: string;
  readonly kind: 'answer' | 'link' | 'chat';
}

const buttonMark = /\{\{\s*button\.([a-z0-9-]+)\s*\}\}/gu;
const onlyButtons = /^(?:\s*\{\{\s*button\.[a-z0-9-]+\s*\}\}\s*)+$/u;

/**
 * A mail from one Markdown text: `html` is what goes into the frame (channels/email/frame.ts), `text` says the same
 * words. An answer button leads to `<PUBLIC_URL>/a/{{answer:<id>}}`, the way out to `<PUBLIC_URL>/u/{{unsubscribe}}`;
 * whoever sends puts the row's tokens there.
 */
export function renderMail(parts: MailParts): RowBody {
  const buttons = buttonsOf(parts);
  const blocks = parts.body.split(/\n{2,}/u);
  return {
    subject: parts.subject,
    text: blocks.map((block) => textBlock(block, parts, buttons)).join('\n\n'),
    html: blocks.map((block) => htmlBlock(block, parts, buttons)).join('\n'),
    buttons: [...buttons.values()].filter(isAnswer).map(({ id, label }): RowButton => ({ id, label })),
  };
}

const isAnswer = (button: Button): boolean => button.kind === 'answer';

/** The buttons that the body shows, by id. */
function buttonsOf(parts: MailParts): ReadonlyMap<string, Button> {
  const ids = [...parts.body.matchAll(buttonMark)].map((match) => match[1] ?? '');
  return new Map([...new Set(ids)].map((id) => [id, buttonOf(id, parts)]));
}

function buttonOf(id: string, parts: MailParts): Button {
  const label = parts.label(id);
  if (id === 'unsubscribe') return { id, label, href: pageLink('u/{{unsubscribe}}', parts), kind: 'link' };
  const number = parts.buttonPart(id, 'whatsapp');
  if (number !== null)
    return { id, label, href: chatLink(number, parts.buttonPart(id, 'text') ?? ''), kind: 'chat' };
  const link = parts.buttonPart(id, 'link');
  if (link !== null) return { id, label, href: safeLink(link), kind: 'link' };
  return { id, label, href: pageLink(`a/{{answer:${id}}}`, parts), kind: 'answer' };
}

/** A page of ours, with a mark for the token that the row gets when it leaves. */
const pageLink = (path: string, { publicUrl }: MailParts): string =>
  `${publicUrl.replace(/\/$/u, '')}/${path}`;

const chatLink = (number: string, text: string): string =>
  `https://wa.me/${number.replace(/\D/gu, '')}?text=${encodeURIComponent(text)}`;

/** A link whose value came from outside leads to a page, never to a script. */
const safeLink = (href: string): string => (/^https?:\/\/[^\s"'<>]+$/u.test(href) ? href : '#');

const marks = { open: '\u0001', close: '\u0002' } as const;
const inlineMark = new RegExp(`${marks.open}([a-z0-9-]+)${marks.close}`, 'gu');

/** Inline buttons as marks no value can hold: control characters never come out of one. */
const withMarks = (block: string): string => block.replace(buttonMark, `${marks.open}$1${marks.close}`);

function textBlock(block: string, parts: MailParts, buttons: ReadonlyMap<string, Button>): string {
  const bare = withMarks(block).replace(/\*\*/gu, '').replace(/^#+ /gmu, '');
  const isAlone = onlyButtons.test(block);
  const filled = parts
    .fillText(bare)
    .replace(inlineMark, (_, id: string) => textButton(buttons.get(id), isAlone));
  return isAlone ? filled.trim().replace(/ +\[/gu, '\n[') : filled;
}

/** Beside other words an answer is its label, and where it leads; on a line of its own it looks like a button. */
function textButton(button: Button | undefined, isAlone: boolean): string {
  if (!button) return '';
  const { kind, label, href } = button;
  if (kind === 'chat') return label;
  return kind === 'answer' && !isAlone ? `${label} (${href})` : `[${label}] ${href}`;
}

function htmlBlock(block: string, parts: MailParts, buttons: ReadonlyMap<string, Button>): string {
  const shown = [...block.matchAll(buttonMark)].map((match) => buttons.get(match[1] ?? ''));
  if (onlyButtons.test(block)) return `<p class="buttons">${shown.map(htmlButton).join(' ')}</p>`;
  const html = htmlOf(withMarks(block));
  return fill(html, escaped(parts.valuesIn(html))).replace(inlineMark, (_, id: string) =>
    htmlLink(buttons.get(id)),
  );
}

/** Before anything is filled in: one block of words is the same for everybody. */
const htmlOf = remembered(2_000, (markdown) =>
  marked.parse(markdown, { async: false, gfm: true, breaks: true }).trim(),
);

function escaped(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([path, value]) => [path, escapeHtml(value)]));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '{': '&#123;',
  '}': '&#125;',
};

/** Also braces, so that no value of a contact reads as a mark of ours further on. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"'{}]/gu, (one) => entities[one] ?? one);

/** Links keep the braces of their answer's mark. */
const escapeHref = (href: string): string => href.replace(/&/gu, '&amp;').replace(/"/gu, '&quot;');

const buttonStyle =
  'display:inline-block;margin:4px 8px 4px 0;padding:12px 20px;border-radius:8px;background:#6d28d9;color:#ffffff;' +
  'font-weight:700;text-decoration:none;';

function htmlButton(button: Button | undefined): string {
  if (!button) return '';
  return `<a href="${escapeHref(button.href)}" style="${buttonStyle}">${escapeHtml(button.label)}</a>`;
}

function htmlLink(button: Button | undefined): string {
  return button ? `<a href="${escapeHref(button.href)}">${escapeHtml(button.label)}</a>` : '';
}
