import twilio from 'twilio';
import { forbidden } from '../../errors.ts';

/** A request as it came: the path with its query, and the form's fields. */
export interface RawRequest {
  /** Express's `originalUrl`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly form: Readonly<Record<string, string>>;
}

export interface SignatureOptions {
  readonly publicUrl: string;
  /** The current token, then the previous one while a rotation lasts. */
  readonly tokens: readonly string[];
}

function isSigned(token: string, header: string, url: string, form: RawRequest['form']): boolean {
  try {
    return twilio.validateRequest(token, header, url, { ...form });
  } catch {
    return false;
  }
}

/** 403 unless the carrier signed it. The URL is ours from the configuration, never what the request says of itself. */
export function verifySignature(request: RawRequest, { publicUrl, tokens }: SignatureOptions): void {
  const header = request.headers['x-twilio-signature'];
  const url = publicUrl.replace(/\/$/, '') + request.url;
  const isGenuine =
    typeof header === 'string' && tokens.some((token) => isSigned(token, header, url, request.form));
  if (!isGenuine)
    throw forbidden('bad_signature', 'The X-Twilio-Signature header is missing or does not match.');
}
