import { z } from 'zod';
import { badRequest } from '../../errors.ts';
import type { Receipt } from '../channel.ts';
import { bareMail, bareMessageId } from './address.ts';

const shape = z.object({
  type: z.enum(['delivered', 'bounced', 'complained']),
  messageId: z.string().min(1),
  address: z.string().min(3),
  permanent: z.boolean().nullish(),
  at: z.coerce.date(),
});

/** What the relay says of a mail. Codes: `hard_bounce`, `soft_bounce`; a complaint is about a delivered mail. */
export interface MailEvent extends Receipt {
  readonly type: 'delivered' | 'bounced' | 'complained';
  readonly address: string;
}

function codeOf({ type, permanent }: z.infer<typeof shape>): string | null {
  if (type === 'complained') return 'complaint';
  if (type === 'delivered') return null;
  return permanent ? 'hard_bounce' : 'soft_bounce';
}

/** Reads bounces and complaints, one or an array. 400 with every issue when one is malformed. */
export function readMailEvents(fields: unknown): readonly MailEvent[] {
  const read = z.array(shape).safeParse(Array.isArray(fields) ? fields : [fields]);
  if (!read.success) {
    const issues = read.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    throw badRequest('malformed_webhook', 'The mail events cannot be read.', { issues });
  }
  return read.data.map((event) => ({
    type: event.type,
    address: bareMail(event.address),
    sid: bareMessageId(event.messageId),
    rowId: null,
    attempt: null,
    status: event.type === 'bounced' ? 'failed' : 'delivered',
    code: codeOf(event),
    at: event.at,
    raw: event.type,
  }));
}
