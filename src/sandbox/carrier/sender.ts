import { defaultWords, type OptOut, type OptOutWords } from './opt-out.ts';

/** One of our senders, as the carrier keeps it. */
export interface Sender {
  /** On the wire: `+33…`, `whatsapp:+33…` or a Messaging Service `MG…`. */
  readonly address: string;
  readonly optOut: OptOut;
  /** Segments a second that leave; 0 is without bound. */
  readonly mps: number;
  readonly words: OptOutWords;
  /** The Messaging Service it sits in. */
  readonly serviceSid: string | null;
}

export type SenderSettings = Pick<Sender, 'address'> & Partial<Sender>;

const hourMs = 3_600_000;

export const isWhatsapp = (address: string): boolean => address.startsWith('whatsapp:');

/** Senders and the queue before each of them. A sender nobody declared is made with the default settings. */
export interface Senders {
  of(address: string): Sender;
  /** The number a Messaging Service sends from; the service itself where none was declared. */
  numberOf(serviceSid: string): string;
  set(settings: SenderSettings): void;
  list(): readonly Sender[];
  /** Takes a place in the sender's queue: milliseconds to wait, or null when the queue is full. */
  enqueue(address: string, segments: number, nowMs: number): number | null;
}

export function createSenders(declared: readonly SenderSettings[]): Senders {
  const senders = new Map<string, Sender>();
  const freeAt = new Map<string, number>();
  const set = (settings: SenderSettings): Sender => {
    const sender = { optOut: 'none' as const, mps: 0, words: defaultWords, serviceSid: null, ...settings };
    senders.set(sender.address, sender);
    return sender;
  };
  for (const settings of declared) set(settings);
  const of = (address: string): Sender => senders.get(address) ?? set({ address });
  return {
    of,
    numberOf: (serviceSid) =>
      [...senders.values()].find((sender) => sender.serviceSid === serviceSid)?.address ?? serviceSid,
    set,
    list: () => [...senders.values()],
    enqueue: (address, segments, nowMs) => {
      const { mps } = of(address);
      if (mps === 0) return 0;
      const startAt = Math.max(nowMs, freeAt.get(address) ?? 0);
      const longestMs = (isWhatsapp(address) ? 4 : 10) * hourMs;
      if (startAt - nowMs > longestMs) return null;
      freeAt.set(address, startAt + (segments * 1000) / mps);
      return startAt - nowMs;
    },
  };
}
