import { createHash } from 'node:crypto';
import type { Row } from '../../core/row.ts';
import { bareMail } from './address.ts';
import type { Frame } from './frame.ts';

export interface ComposeOptions {
  /** "MONA <bonjour@mona.example>" */
  readonly from: string;
  readonly replyTo?: string | null;
  /** Fills a mark of the body: `answer:<choice>` and `unsubscribe` become the row's own tokens. */
  readonly tokenFor: (row: Row, mark: string) => string;
  /** Puts the content into the house's frame. */
  readonly frame: Frame;
  /** The one-click address of the row's contact, or null for a mail without any marketing part (lifecycle.md §17). */
  readonly unsubscribeUrl: (row: Row) => string | null;
}

interface Prepared {
  readonly prepared: true;
  readonly value: string;
}

/** A mail as nodemailer takes it. */
export interface Mail {
  readonly messageId: string;
  readonly from: string;
  readonly replyTo: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly headers: Readonly<Record<string, Prepared>>;
}

/** The `Message-ID` of a row, without brackets: the same row is the same message, however often it is sent. */
export function messageIdOf(rowId: string, from: string): string {
  const domain = bareMail(from).split('@')[1] ?? 'localhost';
  return `${createHash('sha256').update(rowId).digest('hex').slice(0, 32)}@${domain}`;
}

/** Headers that are written as they are: a folded List-Unsubscribe broke signers (nodemailer#1654). */
const asIs = (value: string): Prepared => ({ prepared: true, value });

function unsubscribeHeaders(url: string | null): Mail['headers'] {
  if (url === null) return {};
  return {
    'List-Unsubscribe': asIs(`<${url}>`),
    'List-Unsubscribe-Post': asIs('List-Unsubscribe=One-Click'),
  };
}

const mark = /\{\{(answer:[a-z0-9-]+|unsubscribe)\}\}/gu;

export function compose(row: Row, { from, replyTo, tokenFor, frame, unsubscribeUrl }: ComposeOptions): Mail {
  const filled = (text: string): string => text.replace(mark, (_, name: string) => tokenFor(row, name));
  const { subject, text, html } = row.body;
  const locale = row.words?.locale ?? 'fr';
  return {
    messageId: `<${messageIdOf(row.id, from)}>`,
    from,
    replyTo: replyTo ?? from,
    to: row.address,
    subject: subject ?? '',
    text: filled(text),
    ...(html && { html: frame({ subject: subject ?? '', content: filled(html), locale }) }),
    headers: unsubscribeHeaders(unsubscribeUrl(row)),
  };
}

/** A mail to one of the house's own people: an invitation, a new password. No artist reads it. */
export interface HouseLetter {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Paragraphs; the frame goes round them. */
  readonly html: string;
  readonly locale: string;
}

/** Nobody answers it, and there is nothing to unsubscribe from. */
export function composeLetter(
  { id, to, subject, text, html, locale }: HouseLetter,
  { from, replyTo, frame }: Pick<ComposeOptions, 'from' | 'replyTo' | 'frame'>,
): Mail {
  return {
    messageId: `<${messageIdOf(id, from)}>`,
    from,
    replyTo: replyTo ?? from,
    to,
    subject,
    text,
    html: frame({ subject, content: html, locale }),
    headers: {},
  };
}
