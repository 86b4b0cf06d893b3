import type { Listed, Receipt } from '../channel.ts';

/**
 * The carrier's words in ours. From `accepted` on the carrier has the message, which is what our `sent` says
 * (reliability.md §1, I10); an unknown word says at least that much.
 */
const receiptStatus: Readonly<Record<string, Receipt['status']>> = {
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
  undelivered: 'failed',
  canceled: 'failed',
};

export function receiptStatusOf(word: string): Receipt['status'] {
  return receiptStatus[word] ?? 'sent';
}

const waiting = new Set(['accepted', 'scheduled', 'queued', 'sending', 'receiving']);

export function listedStatusOf(word: string): Listed['status'] {
  return waiting.has(word) ? 'queued' : receiptStatusOf(word);
}
