import { createHash } from 'node:crypto';
import type { Row, RowBody } from './row.ts';
import { countSegments } from './sms.ts';

/** A short link of one message: `/l/<token>` leads to `url`, and nowhere else. */
export interface TrackedLink {
  readonly token: string;
  readonly linkKey: string;
  readonly url: string;
}

export interface TrackOptions {
  /** Random, of this claim: nobody can guess what follows from it. */
  readonly secret: string;
  readonly publicUrl: string;
  /** Hosts a tracked link may lead to, beside our own (`LINK_HOSTS`). */
  readonly hosts: readonly string[];
  /** They said that their openings may be seen. */
  readonly seesOpens: boolean;
}

/** Keys of a message's links that are not for people. */
export const honeypotKey = 'honeypot';
export const openKey = 'open';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const tokenLength = 10;

/** Ten base62 characters, as random as the secret. */
function tokenOf(secret: string, linkKey: string): string {
  const hash = createHash('sha256').update(`${secret}|${linkKey}`).digest();
  return [...hash.subarray(0, tokenLength)].map((byte) => digits[byte % digits.length]).join('');
}

/** Pages of ours that a mail leads to by a token of their own. */
const ownPages = /^\/[aulo]\//u;

/** The address, where it may be tracked: http(s), on an allowed host, no page that has its own token. */
function targetOf(href: string, { publicUrl, hosts }: TrackOptions): URL | null {
  if (!/^https?:/u.test(href) || href.includes('{{') || !URL.canParse(href)) return null;
  const url = new URL(href);
  const own = new URL(publicUrl);
  if (url.host === own.host) return ownPages.test(url.pathname) ? null : url;
  return hosts.includes(url.hostname.toLowerCase()) ? url : null;
}

/** "https://mona.example/book-call?x=1" → `book-call`: what reports name it by. */
function nameOf({ pathname, hostname }: URL): string {
  const last = pathname.split('/').findLast(Boolean) ?? hostname;
  return (
    last
      .toLowerCase()
      .replace(/[^a-z0-9-]+/gu, '-')
      .slice(0, 40) || 'link'
  );
}

function withCampaign(url: URL, { channel, guard, stepKey }: Row): string {
  const campaign = { source: 'mona', medium: channel, campaign: guard.flow, content: stepKey };
  const target = new URL(url);
  for (const [name, value] of Object.entries(campaign))
    if (value && !target.searchParams.has(`utm_${name}`)) target.searchParams.set(`utm_${name}`, value);
  return target.href;
}

/** Gives each address of a message one short link, the same in its text and its HTML. */
class Shortener {
  readonly links = new Map<string, TrackedLink>();
  readonly #row: Row;
  readonly #options: TrackOptions;

  constructor(row: Row, options: TrackOptions) {
    this.#row = row;
    this.#options = options;
  }

  shorten(href: string): string {
    const url = targetOf(href, this.#options);
    if (!url) return href;
    const known = this.links.get(url.href);
    return this.addressOf(
      known ?? this.add(url.href, this.#freeKey(nameOf(url)), withCampaign(url, this.#row)),
    );
  }

  add(of: string, linkKey: string, url: string): TrackedLink {
    const link = { token: tokenOf(this.#options.secret, linkKey), linkKey, url };
    this.links.set(of, link);
    return link;
  }

  addressOf({ token }: TrackedLink): string {
    return `${this.#options.publicUrl}/l/${token}`;
  }

  #freeKey(name: string): string {
    const taken = new Set([...this.links.values()].map(({ linkKey }) => linkKey));
    let key = name;
    for (let n = 2; taken.has(key); n += 1) key = `${name}-${String(n)}`;
    return key;
  }
}

/** An address in plain text ends before the punctuation of its sentence. */
const bareLink = /https?:\/\/[^\s<>"()[\]]*[^\s<>"()[\].,;:!?…'’»]/gu;
/** One `<a>` node at a time: an address that is read as text stays as it reads. */
const anchor = /(<a\s[^>]*?href=")([^"]+)(")/giu;

function trackHtml(html: string, shortener: Shortener, { publicUrl, seesOpens }: TrackOptions): string {
  const linked = html.replace(anchor, (_, before: string, href: string, after: string) => {
    const plain = href.replaceAll('&amp;', '&');
    const short = shortener.shorten(plain);
    return before + (short === plain ? href : short) + after;
  });
  const parts = [linked];
  if (shortener.links.size > 0) {
    const trap = shortener.addressOf(shortener.add(honeypotKey, honeypotKey, publicUrl));
    parts.push(`<a href="${trap}" style="display:none" tabindex="-1" aria-hidden="true"></a>`);
  }
  if (seesOpens) {
    const { token } = shortener.add(openKey, openKey, publicUrl);
    parts.push(`<img src="${publicUrl}/o/${token}.gif" width="1" height="1" alt="" />`);
  }
  return parts.join('\n');
}

/**
 * Whether a message has links to make short. The house's own words (HELP, legal notice, STOP) show the address they lead to; a
 * coach's leave as typed, an approved template as approved.
 */
export function isTracked({ words, body, channel }: Row): boolean {
  if (!words || words.flow === 'common' || body.template) return false;
  if (channel === 'push') return Boolean(body.link);
  return body.text.includes('://') || Boolean(body.html);
}

/** The message as it leaves: its links short, so that a click is seen (lifecycle.md §16). */
export function trackLinks(
  row: Row,
  options: TrackOptions,
): { readonly row: Row; readonly links: readonly TrackedLink[] } {
  if (!isTracked(row)) return { row, links: [] };
  const shortener = new Shortener(row, options);
  if (row.channel === 'push') {
    const link = shortener.shorten(row.body.link ?? '');
    return { row: { ...row, body: { ...row.body, link } }, links: [...shortener.links.values()] };
  }
  const html = row.body.html ? trackHtml(row.body.html, shortener, options) : row.body.html;
  const text = row.body.text.replace(bareLink, (href) => shortener.shorten(href));
  const links = [...shortener.links.values()];
  if (links.length === 0) return { row, links };
  const body: RowBody = { ...row.body, text, ...(html ? { html } : {}) };
  return { row: { ...row, body: row.channel === 'sms' ? { ...body, ...countSegments(text) } : body }, links };
}
