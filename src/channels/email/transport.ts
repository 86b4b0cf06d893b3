import { Agent, request as httpRequest } from 'node:http';
import { createTransport } from 'nodemailer';
import { SendError } from '../channel.ts';
import type { Mail } from './compose.ts';

/** Gives a mail to whoever carries it. Throws `SendError` where it surely was not taken. */
export interface Transport {
  deliver(mail: Mail, signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface Dkim {
  readonly domain: string;
  readonly selector: string;
  readonly privateKey: string;
}

/**
 * What our signature covers. nodemailer's own list signs List-Unsubscribe and leaves List-Unsubscribe-Post out, without
 * which no mail program offers the one click (lifecycle.md §17).
 */
export const signedHeaders = [
  'From',
  'Reply-To',
  'Subject',
  'Date',
  'Message-ID',
  'To',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
  'In-Reply-To',
  'References',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
].join(':');

export function dkimOptions({ domain, selector, privateKey }: Dkim) {
  return { domainName: domain, keySelector: selector, privateKey, headerFieldNames: signedHeaders };
}

interface SmtpFailure {
  readonly code?: string;
  readonly response?: string;
  readonly syscall?: string;
  readonly responseCode?: number;
}

const neverConnected = new Set(['ECONNREFUSED', 'EDNS', 'ENOTFOUND', 'EAI_AGAIN']);

/** Not by nodemailer's `command`: it says `CONN` too of a line that broke after the mail was given. */
function isNeverConnected({ code = '', syscall = '' }: SmtpFailure): boolean {
  return neverConnected.has(code) || syscall === 'connect' || syscall === 'getaddrinfo';
}

/**
 * The recipient was refused for ever, and not for what we are or say: `5.1.x`, or an old server's bare 550, 551 or 553. A
 * refusal of content (`5.7.x`, or after DATA) says nothing of the address.
 */
function isDeadMailbox({ code, response = '', responseCode }: SmtpFailure): boolean {
  if (code !== 'EENVELOPE' || responseCode === undefined || responseCode < 500) return false;
  const enhanced = /^\d{3}[ -](\d\.\d+)\./.exec(response)?.[1];
  return enhanced === undefined ? [550, 551, 553].includes(responseCode) : enhanced === '5.1';
}

/** A reply code is a refusal, for now (4xx) or for ever (5xx); without a connection nothing was sent. */
export function smtpFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, responseCode } = error as SmtpFailure;
  if (code === 'EAUTH') return new SendError('smtp_auth', true, { cause: error });
  if (isDeadMailbox(error as SmtpFailure)) return new SendError('hard_bounce', false, { cause: error });
  if (responseCode !== undefined && responseCode >= 400)
    return new SendError(`smtp_${responseCode}`, responseCode < 500, { cause: error });
  return isNeverConnected(error as SmtpFailure)
    ? new SendError(code ?? 'not_connected', true, { cause: error })
    : error;
}

/** Ends our wait, not the relay's work: what was aborted is unknown. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Error('The call took too long.'));
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** A relay, by SMTP on kept connections. */
export function smtpTransport(url: string, dkim: Dkim | null, mostConnections: number): Transport {
  const relay = createTransport({
    url,
    pool: true,
    maxConnections: mostConnections,
    ...(dkim && { dkim: dkimOptions(dkim) }),
  } as Parameters<typeof createTransport>[0]);
  return {
    deliver: async (mail, signal) => {
      try {
        await untilAborted(relay.sendMail(mail), signal);
      } catch (error) {
        throw smtpFailure(error);
      }
    },
    close: () => relay.close(),
  };
}

/** The sandbox's mailbox, over HTTP. */
export function mailboxTransport(url: string): Transport {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const post = (body: string, signal: AbortSignal): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
      const request = httpRequest(url, { method: 'POST', agent, headers, signal });
      request.on('error', reject);
      request.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.end(body);
    });
  return {
    deliver: async (mail, signal) => {
      const headers = Object.fromEntries(
        Object.entries(mail.headers).map(([name, { value }]) => [name, value]),
      );
      const status = await post(JSON.stringify({ ...mail, headers }), signal).catch((error: unknown) => {
        const code = (error as { code?: string }).code;
        throw code === 'ECONNREFUSED' ? new SendError(code, true, { cause: error }) : error;
      });
      if (status === 429) throw new SendError('http_429', true);
      if (status >= 400 && status < 500) throw new SendError(`http_${status}`, false);
      if (status >= 300) throw new Error(`The mailbox answered ${status}.`);
    },
    close: () => agent.destroy(),
  };
}
