import type { Understood } from './understood.ts';
import type { Channel } from './vocabulary.ts';

/** Why something was said, or why nothing was: flow and step, rule, intent, verdict. Shown to coaches, never sent. */
export interface Why {
  readonly rule: string;
  readonly flow?: string;
  readonly step?: string;
  readonly node?: string;
  readonly reason?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** One entry of a thread. `id` follows from its arrival; `seq` is given by the commit. */
export interface Item {
  readonly id: string;
  readonly contactId: string;
  readonly seq: number;
  readonly kind: 'in' | 'out' | 'note' | 'state' | 'silence' | 'event' | 'brief';
  readonly at: Date;
  readonly channel?: Channel | null;
  readonly text?: string | null;
  /** For `in`: the arrival it shows. */
  readonly arrivalId?: string | null;
  readonly media?: readonly { readonly url: string; readonly type: string }[];
  readonly button?: { readonly payload: string; readonly text: string } | null;
  readonly understood?: Understood | null;
  /** For `out`: the outbox row that carries it; its status is read there. */
  readonly rowId?: string | null;
  readonly runId?: string | null;
  readonly by?: string | null;
  readonly why: Why;
  readonly data?: Readonly<Record<string, unknown>>;
}
