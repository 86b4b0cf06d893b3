import { Schema } from 'mongoose';
import { collectionOf } from './collection.ts';
import type { Store } from './connect.ts';

/** One small document each: `clock` (sandbox), `hours`, `release`, `team`. */
export interface SettingDoc {
  readonly _id: string;
  readonly value: unknown;
}

/** Milliseconds that the sandbox's clock stands ahead of the machine's, in every process. */
export async function readClockAhead(store: Store): Promise<number> {
  const kept = await store.settings.findOne({ _id: 'clock' });
  return (kept?.value as { aheadMs?: number } | undefined)?.aheadMs ?? 0;
}

export const settings = collectionOf<SettingDoc>('settings', { value: Schema.Types.Mixed });
