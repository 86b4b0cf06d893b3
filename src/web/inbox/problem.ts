import { isApiError } from '../api/client.ts';
import { serverNow } from '../api/server-clock.ts';
import { span, weekdayTime } from '../time.ts';
import type { Words } from '../words.ts';

interface Refusal {
  readonly owner?: { readonly name?: string | null } | string | null;
  readonly at?: string | null;
  readonly nextAt?: string | null;
  readonly message?: string;
}

const ownerName = (owner: Refusal['owner']): string | null =>
  typeof owner === 'string' ? owner : (owner?.name ?? null);

/** What went otherwise, in a sentence for the coach. */
export function problemText(error: unknown, { t, known, language }: Words): string {
  if (!isApiError(error)) return t('problem.status.500');
  const body = error.body as Refusal;
  const name = ownerName(body.owner);
  if (error.code === 'claimed' && name) {
    const ago = body.at ? span(serverNow() - Date.parse(body.at), language) : null;
    return ago ? t('problem.claimedAgo', { name, ago }) : t('problem.claimed', { name });
  }
  if (error.status === 409) return known(`problem.code.${error.code}`, t('problem.changed'));
  if (error.status === 422) {
    const reason = error.code
      ? known(`reason.${error.code}`, body.message ?? error.code)
      : (body.message ?? '');
    return body.nextAt
      ? t('problem.refusedUntil', { reason, at: weekdayTime(body.nextAt, language) })
      : t('problem.refused', { reason });
  }
  return known(`problem.status.${error.status}`, t('problem.status.500'));
}
