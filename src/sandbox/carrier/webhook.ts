import { createHmac, randomUUID } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { stringify } from 'node:querystring';

/** How often and after what a webhook is called again: the fragment of its URL (twilio-and-whatsapp.md §3). */
export interface RetryRule {
  /** Second calls at most, 0 to 5. */
  readonly count: number;
  readonly after: ReadonlySet<string>;
  readonly connectMs: number;
  readonly readMs: number;
  readonly totalMs: number;
}

export type Params = Readonly<Record<string, string>>;

export interface Posted {
  /** HTTP status of the last answer, or null when none came. */
  readonly status: number | null;
  readonly tries: number;
  readonly isFallback: boolean;
  readonly ms: number;
}

export interface Webhooks {
  post(
    url: string,
    params: Params,
    more?: { fallbackUrl?: string | null; isForged?: boolean },
  ): Promise<Posted>;
  close(): void;
}

function bounded(value: string | null, usual: number, most: number): number {
  const number = value === null ? NaN : Number(value);
  return Number.isFinite(number) && number >= 0 ? Math.min(number, most) : usual;
}

/** Reads `#rc=2&rp=5xx,ct,rt&ct=1000&rt=4000`. Without it: one second call, and only when no connection came about. */
export function readRetryRule(url: string): { url: string; rule: RetryRule } {
  const cut = url.indexOf('#');
  const asked = new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1));
  const rule: RetryRule = {
    count: bounded(asked.get('rc'), 1, 5),
    after: new Set((asked.get('rp') ?? 'ct').split(',')),
    connectMs: bounded(asked.get('ct'), 5_000, 10_000),
    readMs: bounded(asked.get('rt'), 15_000, 15_000),
    totalMs: bounded(asked.get('tt'), 15_000, 15_000),
  };
  return { url: cut < 0 ? url : url.slice(0, cut), rule };
}

/** The carrier's signature of a form post: HMAC-SHA1 over the URL and every name and value, sorted by name. */
export function sign(authToken: string, url: string, params: Params): string {
  let text = url;
  for (const name of Object.keys(params).sort()) text += name + (params[name] ?? '');
  return createHmac('sha1', authToken).update(text, 'utf8').digest('base64');
}

type Answer = { readonly status: number } | { readonly failure: 'ct' | 'rt' };

/** What `rp` calls this answer, or null for a success. */
function complaint(answer: Answer): string | null {
  if ('failure' in answer) return answer.failure;
  if (answer.status >= 500) return '5xx';
  return answer.status >= 400 ? '4xx' : null;
}

const pauseMs = (tries: number): number => 100 * 2 ** tries;
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Signs with the token of the moment; `dial` says where a URL is really reached. */
export function createWebhooks(authToken: () => string, dial: (url: string) => string): Webhooks {
  // Idle sockets go before a server's usual five seconds are over: a post on a socket just closed would look refused.
  const pool = { keepAlive: true, maxSockets: 64, timeout: 3_000 };
  const agents = { http: new HttpAgent(pool), https: new HttpsAgent(pool) };

  const call = (
    url: string,
    body: string,
    headers: Record<string, string>,
    rule: RetryRule,
    leftMs: number,
  ): Promise<Answer> =>
    new Promise((resolve) => {
      const isSecure = url.startsWith('https:');
      const post = isSecure ? httpsRequest : httpRequest;
      const request = post(url, { method: 'POST', headers, agent: isSecure ? agents.https : agents.http });
      let isConnected = false;
      const fail = (): void => {
        clearTimeout(timer);
        resolve({ failure: isConnected ? 'rt' : 'ct' });
      };
      let timer = setTimeout(() => request.destroy(), Math.min(rule.connectMs, leftMs));
      const connected = (): void => {
        isConnected = true;
        clearTimeout(timer);
        timer = setTimeout(() => request.destroy(), Math.min(rule.readMs, leftMs));
      };
      request.on('socket', (socket) => {
        if (socket.connecting) socket.once('connect', connected);
        else connected();
      });
      request.on('error', fail);
      request.on('close', fail);
      request.on('response', (response) => {
        clearTimeout(timer);
        response.resume();
        resolve({ status: response.statusCode ?? 0 });
      });
      request.end(body);
    });

  const callAgain = async (
    fullUrl: string,
    params: Params,
    isForged: boolean,
  ): Promise<Posted & { complaint: string | null }> => {
    const { url, rule } = readRetryRule(fullUrl);
    const body = stringify(params);
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
      'Content-Length': String(Buffer.byteLength(body)),
      'User-Agent': 'TwilioProxy/1.1',
      'X-Twilio-Signature': sign(isForged ? 'not-the-token' : authToken(), url, params),
      'I-Twilio-Idempotency-Token': randomUUID(),
    };
    const begun = performance.now();
    for (let tries = 1; ; tries += 1) {
      const answer = await call(dial(url), body, headers, rule, rule.totalMs - (performance.now() - begun));
      const what = complaint(answer);
      const ms = performance.now() - begun;
      const mayTryAgain =
        what !== null && tries <= rule.count && (rule.after.has(what) || rule.after.has('all'));
      if (!mayTryAgain || ms + pauseMs(tries) >= rule.totalMs) {
        return {
          status: 'status' in answer ? answer.status : null,
          tries,
          isFallback: false,
          ms,
          complaint: what,
        };
      }
      await wait(pauseMs(tries));
    }
  };

  return {
    post: async (url, params, more = {}) => {
      const first = await callAgain(url, params, more.isForged ?? false);
      if (first.complaint === null || !more.fallbackUrl || more.isForged) return first;
      const errorCode = first.status === null ? '11205' : '11200';
      const second = await callAgain(
        more.fallbackUrl,
        { ...params, ErrorCode: errorCode, ErrorUrl: readRetryRule(url).url },
        false,
      );
      return { ...second, tries: first.tries + second.tries, isFallback: true };
    },
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}
