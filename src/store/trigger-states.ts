import type { TriggerMemory } from '../core/behaviour.ts';
import type { Trigger } from '../core/trigger.ts';
import { collectionOf } from './collection.ts';

/** `_id` is `<contact>:<trigger>`: what the trigger remembers. Milestones are remembered beside the score itself. */
export interface TriggerStateDoc extends TriggerMemory {
  readonly _id: string;
  readonly contactId: string;
  readonly trigger: Trigger;
}

export const triggerStates = collectionOf<TriggerStateDoc>(
  'triggerStates',
  { contactId: String, trigger: String, armed: Boolean, lastFiredAt: Date, count: Number, causeId: String },
  [{ key: { contactId: 1 } }],
);
