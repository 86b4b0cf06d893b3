import type { Fault, FaultPlan, Script } from '../../../src/sandbox/carrier/faults.ts';
import type { Message } from '../../../src/sandbox/carrier/message.ts';

export interface CarrierCounters {
  readonly calls: number;
  readonly accepted: number;
  readonly refused: number;
  readonly callbacks: number;
  readonly callbacksFailed: number;
  /** How often each fault was played. */
  readonly faults: Readonly<Partial<Record<Fault, number>>>;
}

/** The test side of the carrier twin, which is a process of its own. */
export interface CarrierDesk {
  readonly url: string;
  counters(): Promise<CarrierCounters>;
  /** All it took and all it was sent, oldest first. */
  book(): Promise<readonly Message[]>;
  setFaults(change: {
    clear?: boolean;
    seed?: number;
    rates?: FaultPlan['rates'];
    ms?: Partial<FaultPlan['ms']>;
    script?: readonly Script[];
  }): Promise<void>;
}

export function carrierDesk(url: string): CarrierDesk {
  const ask = async (path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}/control/${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    });
    if (!response.ok) throw new Error(`The carrier answered ${String(response.status)} to ${path}.`);
    return response.json();
  };
  return {
    url,
    counters: async () => (await ask('counters')) as CarrierCounters,
    book: async () => ((await ask('book')) as { messages: Message[] }).messages,
    setFaults: async (change) => {
      await ask('faults', change);
    },
  };
}

/** The row a message of ours was sent for, as its StatusCallback says. */
export const rowOf = (message: Message): string | null =>
  message.callback === null ? null : new URL(message.callback).searchParams.get('o');

export const isOutgoing = (message: Message): boolean => message.direction === 'outbound-api';
