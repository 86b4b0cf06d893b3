import twilio from 'twilio';
import type RequestClient from 'twilio/lib/base/RequestClient.js';
import type TwilioResponse from 'twilio/lib/http/response.js';
import { account } from './account.ts';

/** The plain SDK with its own HTTP client, its host alone replaced by the carrier's twin. */
class Redirected extends twilio.RequestClient {
  readonly #base: string;

  constructor(base: string) {
    super();
    this.#base = base;
  }

  override request<TData>(
    asked: RequestClient.RequestOptions<TData>,
  ): Promise<TwilioResponse.default<TData>> {
    return super.request({ ...asked, uri: asked.uri.replace('https://api.twilio.com', this.#base) });
  }
}

export type PlainSend = (to: string, body: string) => Promise<string>;

/** A text sent as the SDK's documentation shows it. */
export function plainSend(carrierUrl: string): PlainSend {
  const client = twilio(account.sid, account.token, { httpClient: new Redirected(carrierUrl) });
  return async (to, body) => {
    const { sid } = await client.messages.create({ from: account.sender, to, body });
    return sid;
  };
}
