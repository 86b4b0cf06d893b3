import { badRequest } from '../../errors.ts';
import type { Receipt } from '../channel.ts';
import type { RawRequest } from './signature.ts';
import { receiptStatusOf } from './status.ts';

function attemptOf(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
}

/** Reads a status callback; our row and attempt come back in its query, which is under the signature. */
export function readReceipt(request: RawRequest, now: Date): Receipt {
  const { MessageSid: sid, MessageStatus: word, ErrorCode: code } = request.form;
  if (!sid || !word) throw badRequest('malformed_webhook', 'MessageSid and MessageStatus are required.');
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  return {
    sid,
    rowId: query.get('o'),
    attempt: attemptOf(query.get('a')),
    status: receiptStatusOf(word),
    code: code && code !== '0' ? code : null,
    at: now,
    raw: word,
  };
}
