import type { Contact } from './contact.ts';
import type { Duty, Offer } from './decide.ts';
import type { RunningExperiment } from './experiment.ts';
import type { Policy } from './library.ts';
import type { Priority } from './vocabulary.ts';

/** What a step of a run reads of the world around it, as plain values. */
export interface Snapshot {
  readonly contact: Contact;
  readonly duty: Duty;
  readonly offers: readonly Offer[];
  readonly policy: Policy;
  /** VIP, high or normal, read on each message (conversation.md §8). */
  readonly priority: Priority;
  /** Coach who answered last or is assigned, with the name an artist reads; null = the team. */
  readonly coach: { readonly id: string; readonly name: string } | null;
  /** Experiments that run now: their arms and weights. */
  readonly experiments?: readonly RunningExperiment[];
  /** The contact's arm of each experiment they were given one of. */
  readonly assignments?: Readonly<Record<string, string>>;
  /** The base of tracked links. */
  readonly publicUrl: string;
}
