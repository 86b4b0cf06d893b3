import { badRequest } from '../../errors.ts';
import type { RawMail } from './signature.ts';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('malformed_webhook', 'The body is not JSON.');
  }
}

async function parseMultipart(raw: RawMail, type: string): Promise<Record<string, unknown>> {
  try {
    const form = await new Response(new Uint8Array(raw.body), {
      headers: { 'content-type': type },
    }).formData();
    return Object.fromEntries([...form].filter(([, value]) => typeof value === 'string'));
  } catch {
    throw badRequest('malformed_webhook', 'The multipart body cannot be read.');
  }
}

/** The fields of a relay's webhook, sent as JSON or as multipart. */
export async function readFields(raw: RawMail): Promise<unknown> {
  const type = String(raw.headers['content-type'] ?? 'application/json');
  return type.startsWith('multipart/form-data')
    ? parseMultipart(raw, type)
    : parseJson(raw.body.toString('utf8'));
}
