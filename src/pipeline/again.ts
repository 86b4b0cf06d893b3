import type { CodeAction } from '../channels/twilio/error-codes.ts';
import type { Row } from '../core/row.ts';

/** The carrier's table of codes, as its folder keeps it. */
export interface Codes {
  actionOf(code: string): CodeAction | null;
  /** New rows at most after a final failure with this code. */
  retriesOf(code: string): number;
}

/** New rows at most, whatever the table says. */
const mostAgain = 2;
const minute = 60_000;
const hour = 60 * minute;

/** The first wait; each further one is twice as long. */
const firstDelayMs: Readonly<Partial<Record<CodeAction, number>>> = {
  retry: 5 * minute,
  'retry-later': 3 * hour,
  'retry-next-day': 24 * hour,
  'if-still-relevant': 5 * minute,
};

/** The row that speaks again after a final "not delivered", or null where the code, the count or the time forbids it. */
export function againRow(row: Row, code: string | null, codes: Codes, now: Date): Row | null {
  if (code === null) return null;
  const action = codes.actionOf(code);
  const first = action ? firstDelayMs[action] : undefined;
  if (first === undefined || row.again >= Math.min(mostAgain, codes.retriesOf(code))) return null;
  const notBefore = new Date(now.getTime() + first * 2 ** row.again);
  if (notBefore >= row.expiresAt) return null;
  const again = row.again + 1;
  return {
    ...row,
    id: `${row.id.replace(/\+\d+$/, '')}+${again}`,
    again,
    status: 'queued',
    reason: null,
    code: null,
    notBefore,
    after: null,
    attempt: 0,
    lapses: 0,
    token: null,
    leaseUntil: null,
    claimedAt: null,
    inFlightKey: null,
    sid: null,
    otherSids: [],
    emptyLooks: 0,
    lookedAt: null,
    history: [{ at: now, status: 'queued', reason: 'again', code }],
    createdAt: now,
  };
}
