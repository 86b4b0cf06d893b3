/**
 * What to do about the carrier's error codes (facts: twilio-and-whatsapp.md §6). Data, since the carrier may change
 * them: an unknown code is no retry, a count and an alarm.
 */
export type CodeAction =
  | 'retry'
  | 'retry-later'
  | 'retry-next-day'
  | 'suppress'
  | 'suppress-after-two'
  | 'use-template'
  | 'stop-template'
  | 'stop-sender'
  | 'our-bug'
  | 'if-still-relevant'
  | 'unknown'
  | 'other-channel';

const table: Readonly<Record<CodeAction, readonly number[]>> = {
  /** Growing delay. */
  retry: [20429, 21611, 30001, 30017, 63009, 63010, 63012],
  /** Hours apart: 30003 twice at most, 30008 once. */
  'retry-later': [30003, 30008],
  /** The next day or after the window; 63049 ≥ 24 h, doubling, never at once, never to US numbers. */
  'retry-next-day': [63018, 63038, 63049],
  /** The address, on this channel; 21610 is recorded as an opt-out. */
  suppress: [21610, 63014, 21211, 21401, 21614, 21635, 30006, 63003, 63024],
  'suppress-after-two': [30004, 30005],
  /** Or hold until the window opens. */
  'use-template': [63016],
  'stop-template': [30007, 63005, 63006, 63013, 63021, 63027, 63028, 63030, 63040, 63041, 63042],
  'stop-sender': [
    20003, 21212, 21408, 21606, 21612, 21701, 21703, 21704, 30002, 30034, 30042, 30450, 30453, 63001, 63002,
    63007,
  ],
  'our-bug': [
    20422, 21602, 21603, 21617, 21619, 21654, 21658, 21910, 35111, 35114, 35115, 35116, 35117, 35118,
  ],
  'if-still-relevant': [30036],
  /** No automatic resend. */
  unknown: [30410],
  /** No retry. */
  'other-channel': [63032],
};

const actions = new Map<string, CodeAction>(
  (Object.entries(table) as [CodeAction, readonly number[]][]).flatMap(([action, codes]) =>
    codes.map((code): [string, CodeAction] => [String(code), action]),
  ),
);

/** What to do about a code, or null for one nobody told us about. */
export function actionOf(code: string): CodeAction | null {
  return actions.get(code) ?? null;
}

/** New rows at most after a final failure with this code (reliability.md §5, `again` ≤ 2). */
export function retriesOf(code: string): number {
  if (code === '30008') return 1;
  const action = actionOf(code);
  return action === 'retry' || action === 'retry-later' || action === 'retry-next-day' ? 2 : 0;
}

/** Every code of the table, for the test that holds it to the facts. */
export const knownCodes: readonly string[] = [...actions.keys()];
