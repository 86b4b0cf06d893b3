import type { FileType } from './file-type.ts';
import type { Channel } from './vocabulary.ts';

/** Largest file a coach may send, in bytes: what every carrier takes (inbox.md §8). */
export const mostFileBytes = 5 * 1024 * 1024;

/** A file of ours that goes with a coach's words. */
export interface SentFile {
  readonly id: string;
  readonly name: string;
  readonly type: FileType;
  /** Bytes. */
  readonly size: number;
  /** Where anyone who was given it may read it, for a while. */
  readonly url: string;
}

/** American numbers have MMS; nowhere else does a text carry a file. */
const hasMms = (sender: string): boolean => /^(?:sms:)?\+1\d{10}$/.test(sender);

/** Whether the carrier takes the file itself; elsewhere the words end with a link to it. */
export const carriesFiles = (channel: Channel, sender: string): boolean =>
  channel === 'whatsapp' || (channel === 'sms' && hasMms(sender));

/** WhatsApp drops the words beside a sound. */
export const dropsWords = (channel: Channel, { type }: SentFile): boolean =>
  channel === 'whatsapp' && type.startsWith('audio/');
