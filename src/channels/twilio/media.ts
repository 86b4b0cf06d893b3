/** What became of asking the carrier for a file that an artist sent. */
export type Fetched =
  | { readonly is: 'here'; readonly bytes: Uint8Array }
  /** Deleted, by us or there. */
  | { readonly is: 'gone' }
  /** An address that is not the carrier's, or that led elsewhere: nothing was asked there. */
  | { readonly is: 'refused' }
  | { readonly is: 'too_large' }
  | { readonly is: 'unavailable' };

export interface MediaOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** `https://api.twilio.com`, or a stand-in's. */
  readonly apiBaseUrl: string;
}

/** Largest file taken from the carrier, in bytes: what WhatsApp itself lets through. */
export const mostMediaBytes = 16 * 1024 * 1024;
const timeoutMs = 15_000;
/** The API sends on to its storage, and that once more at most. */
const mostHops = 2;

const twilioApi = /^api(?:\.[a-z0-9-]+){0,2}\.twilio\.com$/;
const twilioStorage = /(?:^|\.)(?:twilio|twiliocdn)\.com$/;
const mediaPath =
  /^\/2010-04-01\/Accounts\/(AC[0-9a-f]{32})\/Messages\/[MS]M[0-9a-f]{32}\/Media\/ME[0-9a-f]{32}$/;

/** Where to ask: only a media address of our own account, at the carrier or at what stands in for it. */
function firstUrl(address: string, { accountSid, apiBaseUrl }: MediaOptions): URL | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  const isCarriers =
    url.protocol === 'https:' && twilioApi.test(url.hostname) && url.port === '' && url.username === '';
  const account = mediaPath.exec(url.pathname)?.[1];
  if (!isCarriers || url.search !== '' || account !== accountSid) return null;
  const isStandIn = !twilioApi.test(new URL(apiBaseUrl).hostname);
  return isStandIn ? new URL(apiBaseUrl.replace(/\/$/, '') + url.pathname) : url;
}

/** Where an answer may send on to: the carrier's own storage; for a stand-in, itself. */
function nextUrl(from: URL, location: string | null, { apiBaseUrl }: MediaOptions): URL | null {
  if (location === null || !URL.canParse(location, from.href)) return null;
  const url = new URL(location, from);
  if (url.origin === new URL(apiBaseUrl).origin) return url;
  const isStorage = url.protocol === 'https:' && url.port === '' && url.username === '';
  return isStorage && twilioStorage.test(url.hostname) && twilioApi.test(new URL(apiBaseUrl).hostname)
    ? url
    : null;
}

/** Reads no further than the limit, whatever the head promised. */
async function readBytes(response: Response): Promise<Fetched> {
  if (Number(response.headers.get('content-length') ?? 0) > mostMediaBytes) {
    await response.body?.cancel();
    return { is: 'too_large' };
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > mostMediaBytes) return { is: 'too_large' };
    parts.push(part);
  }
  return { is: 'here', bytes: Buffer.concat(parts) };
}

/**
 * Fetches a file an artist sent: https, the carrier's hosts only, size and time limits; credentials go to the first address
 * and never past a redirect (compliance.md §11). Never rejects.
 */
export async function fetchMedia(address: string, options: MediaOptions): Promise<Fetched> {
  let url = firstUrl(address, options);
  const credentials = Buffer.from(`${options.accountSid}:${options.authToken}`).toString('base64');
  let headers: Record<string, string> = { authorization: `Basic ${credentials}` };
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    for (let hop = 0; url !== null && hop <= mostHops; hop += 1) {
      const response = await fetch(url, { headers, redirect: 'manual', signal });
      if (response.ok) return await readBytes(response);
      await response.body?.cancel();
      if (response.status === 404 || response.status === 410) return { is: 'gone' };
      if (response.status < 300 || response.status >= 400) return { is: 'unavailable' };
      headers = {};
      url = nextUrl(url, response.headers.get('location'), options);
    }
    return { is: 'refused' };
  } catch {
    return { is: 'unavailable' };
  }
}
