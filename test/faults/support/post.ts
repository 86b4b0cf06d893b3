import { randomUUID } from 'node:crypto';
import { sign } from '../../../src/sandbox/carrier/webhook.ts';
import { pause } from './until.ts';

export const account = { sid: `AC${'0'.repeat(31)}1`, token: 'the token of a storm' } as const;
export const ourNumber = '+33639980100';

/** A text as a phone sends it. */
export interface Text {
  readonly sid: string;
  readonly from: string;
  readonly body: string;
}

export const newSid = (): string => `SM${randomUUID().replaceAll('-', '')}`;

/** What the carrier was told, and when: milliseconds of this machine's clock. */
export interface Answered {
  readonly status: number | null;
  readonly beganAt: number;
  readonly endedAt: number;
}

export function formOf({ sid, from, body }: Text): Record<string, string> {
  return {
    MessageSid: sid,
    SmsSid: sid,
    AccountSid: account.sid,
    ApiVersion: '2010-04-01',
    From: from,
    To: ourNumber,
    Body: body,
    NumMedia: '0',
    NumSegments: '1',
    SmsStatus: 'received',
    FromCountry: 'FR',
  };
}

export interface PostTo {
  /** Where the carrier believes to be posting: what is signed. */
  readonly publicUrl: string;
  /** The door it comes in by. */
  readonly port: number;
  readonly path?: string;
  /** Null = none; default: the carrier's own. */
  readonly signature?: string | null;
}

const inbound = '/webhooks/twilio/inbound';
/** The carrier gives up then. */
const mostMs = 15_000;

/** Posts a webhook as the carrier does; a door that gives no answer gives `status: null`. */
export async function post(form: Readonly<Record<string, string>>, to: PostTo): Promise<Answered> {
  const path = to.path ?? inbound;
  const signature =
    to.signature === undefined ? sign(account.token, to.publicUrl + path, form) : to.signature;
  const beganAt = Date.now();
  const status = await fetch(`http://127.0.0.1:${String(to.port)}${path}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: signature === null ? {} : { 'x-twilio-signature': signature },
    signal: AbortSignal.timeout(mostMs),
  }).then(
    async (response) => {
      await response.text();
      return response.status;
    },
    () => null,
  );
  return { status, beganAt, endedAt: Date.now() };
}

/** Milliseconds; the carrier takes its time too. */
const betweenTriesMs = 100;

/** Posts until the door says 200, as the carrier repeats what `rp=5xx,ct,rt` names; answers every try. */
export async function postUntilTaken(
  form: Readonly<Record<string, string>>,
  toDoor: (tries: number) => PostTo,
  mostTries = 5,
): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  for (let tries = 0; tries < mostTries; tries += 1) {
    const answer = await post(form, toDoor(tries));
    answers.push(answer);
    if (answer.status !== null && answer.status < 500) break;
    await pause(betweenTriesMs);
  }
  return answers;
}
