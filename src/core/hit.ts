import { honeypotKey } from './track.ts';

/** Raised when a rule below changes: what was stored is judged again by the new ones. */
export const hitRuleVersion = 1;

/** How long a hit waits before it counts: what follows within it may show that a machine made it. */
export const quarantineMs = 60_000;

export type HitVerdict = 'human' | 'machine' | 'unsure';

export type HitReason =
  /** Said by the request itself. */
  | 'head'
  | 'prefetch'
  | 'bot'
  | 'no_agent'
  | 'apple_prefetch'
  /** Seen beside other hits. */
  | 'honeypot'
  | 'many_links'
  | 'all_links'
  | 'shared_ip'
  | 'hosting_network'
  /** So soon after delivery that it may be either. */
  | 'fast';

export interface Asked {
  readonly method: string;
  readonly agent: string | null;
  /** `Sec-Purpose`, or the older `Purpose`. */
  readonly purpose: string | null;
}

export interface Hit {
  readonly id: string;
  readonly contactId: string;
  readonly linkKey: string;
  readonly kind: 'click' | 'open';
  readonly at: Date;
  readonly ip: string | null;
  readonly reasons: readonly string[];
}

/** Programs by what they call themselves: crawlers, scanners, previewers, libraries. */
const bots =
  /bot\b|bot\/|crawl|spider|slurp|scan(ner)?\b|preview|headless|phantom|facebookexternalhit|whatsapp\/|telegrambot|slack|discord|skype|linkedin|embedly|curl\/|wget\/|python|java\/|okhttp|go-http|node-fetch|undici|axios|libwww|httpclient|monitor|barracuda|mimecast|proofpoint|safelinks|urldefense|symantec|fireeye|zscaler|bitdefender|trendmicro|cloudmark/iu;

/** Fetches a picture when the person opens the mail, whatever its name says. */
const openers = /GoogleImageProxy|YahooMailProxy/u;

/** What one request says of itself. */
export function reasonsOf({ method, agent, purpose }: Asked, kind: Hit['kind']): HitReason[] {
  const name = agent?.trim() ?? '';
  const reasons: HitReason[] = [];
  if (method === 'HEAD') reasons.push('head');
  if (purpose?.toLowerCase().includes('prefetch')) reasons.push('prefetch');
  if (name === '') reasons.push('no_agent');
  if (kind === 'open' && name === 'Mozilla/5.0') reasons.push('apple_prefetch');
  if (bots.test(name) && !(kind === 'open' && openers.test(name))) reasons.push('bot');
  return reasons;
}

/** Hits around one: those of the same message, and those from the same address. */
export interface Around {
  readonly ofMessage: readonly Hit[];
  readonly ofIp: readonly Hit[];
  /** Keys of the message's links that are for people. */
  readonly linkKeys: readonly string[];
  readonly deliveredAt: Date | null;
}

const honeypotMs = 30_000;
const burstMs = 10_000;
const sharedMs = 60_000;
const fastMs = 5_000;
const manyLinks = 3;
const manyContacts = 3;

const apart = (one: Hit, other: Hit): number => Math.abs(one.at.getTime() - other.at.getTime());
const distinct = (values: readonly string[]): number => new Set(values).size;

/** Who made a hit, with the reasons (lifecycle.md §16). The same hits always give the same answer. */
export function verdictOf(hit: Hit, around: Around): { verdict: HitVerdict; reasons: HitReason[] } {
  const said = hit.reasons.filter((reason): reason is HitReason => ownReasons.has(reason));
  const reasons = [
    ...said,
    ...(hit.kind === 'click' ? clickReasons(hit, around) : []),
    ...ipReasons(hit, around),
  ];
  const isFast = around.deliveredAt !== null && isSoonAfter(hit, around.deliveredAt);
  if (isFast && isHosted(hit.ip)) reasons.push('hosting_network');
  if (reasons.length > 0) return { verdict: 'machine', reasons };
  return isFast ? { verdict: 'unsure', reasons: ['fast'] } : { verdict: 'human', reasons: [] };
}

const ownReasons: ReadonlySet<string> = new Set(['head', 'prefetch', 'bot', 'no_agent', 'apple_prefetch']);

function isSoonAfter({ at }: Hit, deliveredAt: Date): boolean {
  const ms = at.getTime() - deliveredAt.getTime();
  return ms >= 0 && ms < fastMs;
}

function clickReasons(hit: Hit, { ofMessage, linkKeys }: Around): HitReason[] {
  const clicks = ofMessage.filter(({ kind }) => kind === 'click');
  const reasons: HitReason[] = [];
  if (clicks.some((other) => other.linkKey === honeypotKey && apart(hit, other) <= honeypotMs))
    reasons.push('honeypot');
  const most = Math.max(...clicks.map((first) => distinct(keysFrom(first, hit, clicks))), 0);
  if (most >= manyLinks) reasons.push('many_links');
  else if (linkKeys.length >= 2 && most >= linkKeys.length) reasons.push('all_links');
  return reasons;
}

/** Keys clicked within ten seconds from this one on, where the hit in question is among them. */
function keysFrom(first: Hit, hit: Hit, clicks: readonly Hit[]): string[] {
  const from = first.at.getTime();
  const isIn = ({ at }: Hit): boolean => at.getTime() >= from && at.getTime() <= from + burstMs;
  if (!isIn(hit)) return [];
  return clicks.filter(isIn).flatMap(({ linkKey }) => (linkKey === honeypotKey ? [] : [linkKey]));
}

function ipReasons(hit: Hit, { ofIp }: Around): HitReason[] {
  if (hit.ip === null) return [];
  const contacts = ofIp.filter((other) => apart(hit, other) <= sharedMs).map(({ contactId }) => contactId);
  return distinct([hit.contactId, ...contacts]) >= manyContacts ? ['shared_ip'] : [];
}

/**
 * Large networks of rented machines and of mail scanners, as `first address/length`. Not all there are: an address that is
 * missing here leaves a fast hit `unsure`, which counts for nothing either.
 */
const hosting: readonly (readonly [string, number])[] = [
  ['3.0.0.0', 8], ['13.64.0.0', 11], ['18.128.0.0', 9], ['20.0.0.0', 8], ['34.0.0.0', 8], ['35.184.0.0', 13],
  ['40.64.0.0', 10], ['44.192.0.0', 10], ['51.68.0.0', 14], ['52.0.0.0', 8], ['54.0.0.0', 8], ['66.102.0.0', 20],
  ['66.249.64.0', 19], ['67.231.144.0', 20], ['104.40.0.0', 13], ['148.163.128.0', 17], ['207.211.30.0', 23],
  ['205.139.110.0', 23], ['91.220.42.0', 24], ['95.216.0.0', 15], ['135.181.0.0', 16], ['159.69.0.0', 16],
]; // prettier-ignore

function numberOf(ip: string): number | null {
  const parts = ip
    .replace(/^::ffff:/u, '')
    .split('.')
    .map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function isHosted(ip: string | null): boolean {
  const address = ip === null ? null : numberOf(ip);
  if (address === null) return false;
  return hosting.some(([first, length]) => {
    const size = 2 ** (32 - length);
    return Math.floor(address / size) === Math.floor((numberOf(first) ?? 0) / size);
  });
}
