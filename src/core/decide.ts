import type { Arrival } from './arrival.ts';
import type { Address, ConsentRecord, ConsentState, Contact, Suppression } from './contact.ts';
import type { Assignment, Exposure, RunningExperiment } from './experiment.ts';
import type { TrackedEvent } from './flow/event.ts';
import type { Item } from './item.ts';
import type { Library } from './library.ts';
import type { Row, RowStatus } from './row.ts';
import type { RunState } from './run.ts';
import type { Thread } from './thread.ts';
import type { Channel, Moment } from './vocabulary.ts';
import type { Credit } from './scoring.ts';
import { touch } from './decide/behaviour.ts';
import { move } from './decide/coach.ts';
import { waitsUntil, type InboundArrival } from './decide/collect.ts';
import { credit } from './decide/credit.ts';
import { track } from './decide/event.ts';
import { hear, show } from './decide/inbound.ts';
import { take } from './decide/receipt.ts';
import { keptOf, openScene, setThread, takeUp, type Scene } from './decide/scene.ts';
import { lapseSoftStops } from './decide/stop.ts';
import { wake } from './decide/wake.ts';
import type { Understand } from './intent.ts';

export { judgeAtClaim } from './decide/judge.ts';

/** Who may answer now, and when the next one may. */
export interface Duty {
  readonly isOnDuty: boolean;
  /** Coaches on duty with room, the least loaded first. */
  readonly coaches: readonly { readonly id: string; readonly name: string }[];
  readonly until: Date | null;
  readonly nextOpening: Date | null;
  /** Opening hours as a person reads them ("du lundi au vendredi, 9 h–19 h"), by locale. */
  readonly hours: Readonly<Record<string, string>>;
}

/** A dated fact a sentence may lean on (lifecycle.md §9). */
export interface Offer {
  readonly key: string;
  readonly kind:
    | 'slots'
    | 'seats'
    | 'count'
    | 'price'
    | 'terms'
    | 'stat'
    | 'testimonial'
    | 'reservation'
    | 'promise'
    | 'asset'
    | 'date';
  readonly value: unknown;
  readonly asOf: Date;
  readonly maxAgeMs: number;
  readonly endsAt?: Date | null;
  readonly expiresAt?: Date | null;
  readonly contactId?: string | null;
  readonly quotedAt?: Date | null;
}

/** One place under the cap, taken inside the claim. */
export interface Allowance {
  readonly key: string;
  readonly channel: Channel;
  readonly at: Date;
  /** Local ISO date in the contact's zone. */
  readonly on: string;
}

export interface SenderFacts {
  readonly key: string;
  readonly channel: Channel;
  readonly canReceive: boolean;
  readonly isPaused: boolean;
  /** When a pause ends by itself: the breaker's. Absent or null where a person has to end it. */
  readonly resumesAt?: Date | null;
}

/** A message of ours that an inbound quotes, or whose button was tapped, found by the carrier's id. */
export interface QuotedRow {
  readonly sid: string;
  readonly rowId: string;
  readonly itemId: string;
  readonly runId: string | null;
  readonly node: string | null;
  readonly waitId: string | null;
  readonly at: Date;
}

/** A call or a visit that was booked. */
export interface Appointment {
  readonly id: string;
  readonly at: Date;
  readonly kind: string;
  readonly coachId?: string | null;
}

export interface AppointmentChange extends Appointment {
  readonly state: 'booked' | 'cancelled';
}

/** Everything about one contact that a decision reads: a plain snapshot. The same arguments always give the same answer. */
export interface World {
  readonly contact: Contact;
  readonly addresses: readonly Address[];
  readonly consents: ConsentState;
  readonly suppressions: readonly Suppression[];
  readonly thread: Thread;
  /** Open runs, and those closed in the last 90 days (for late taps and re-entry). */
  readonly runs: readonly RunState[];
  readonly quoted: readonly QuotedRow[];
  /** Rows not yet final of this contact, oldest first. */
  readonly rows: readonly Pick<
    Row,
    | 'id'
    | 'class'
    | 'channel'
    | 'status'
    | 'runId'
    | 'stepKey'
    | 'by'
    | 'itemId'
    | 'notBefore'
    | 'expiresAt'
    | 'reason'
  >[];
  readonly duty: Duty;
  readonly coachNames: Readonly<Record<string, string>>;
  readonly offers: readonly Offer[];
  readonly allowances: readonly Allowance[];
  readonly senders: readonly SenderFacts[];
  readonly pausedFlows: readonly string[];
  /** Booked, from a day ago on; the next one first. */
  readonly appointments: readonly Appointment[];
  readonly library: Library;
  readonly publicUrl: string;
  /** Flow, step or run marketing that a `promise` silences until. */
  readonly silencedUntil: Date | null;
  /** Experiments that run now. */
  readonly experiments?: readonly RunningExperiment[];
  /** The contact's arms, by experiment. */
  readonly assignments?: Readonly<Record<string, string>>;
  /** Triggers that a storm stopped (lifecycle.md §13). */
  readonly stoppedTriggers?: readonly string[];
}

export interface DecisionRecord {
  readonly id: string;
  readonly contactId: string;
  readonly rowId: string | null;
  readonly runId: string | null;
  readonly stepKey: string | null;
  readonly at: Date;
  readonly asked: 'w' | 'd';
  readonly rule: string;
  readonly verdict: 'go' | 'wait' | 'never' | 'instead';
  readonly until: Date | null;
  readonly reason: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface RowChange {
  readonly rowId: string;
  /** Only a row still `queued` changes. */
  readonly to?: Extract<RowStatus, 'blocked'>;
  readonly reason?: string;
  readonly notBefore?: Date;
}

/** What a decision wants kept: all of it in one transaction, or none. */
export interface Kept {
  /** Next value of the thread (rev already raised by one, seq by the items). */
  readonly thread: Thread;
  readonly items: readonly Item[];
  /** Next values of the runs that moved or began; `rev` already raised by one (a new run has rev 1). */
  readonly runs: readonly RunState[];
  /** Items already written whose reading is known only now: bubbles that were shown while they collected. */
  readonly itemChanges?: readonly { readonly id: string; readonly set: Pick<Item, 'understood' | 'why'> }[];
  readonly rows: readonly Row[];
  readonly rowChanges: readonly RowChange[];
  readonly decisions: readonly DecisionRecord[];
  readonly consents: readonly ConsentRecord[];
  readonly suppress: readonly {
    readonly channel: Channel;
    readonly address: string;
    readonly reason: Suppression['reason'];
    readonly source: string;
    readonly lift?: boolean;
  }[];
  /** Fields of the contact to set, by dotted path. */
  readonly contactSet: Readonly<Record<string, unknown>>;
  readonly addressSet: readonly { readonly id: string; readonly set: Readonly<Record<string, unknown>> }[];
  /** Events kept in `events`. */
  readonly events: readonly TrackedEvent[];
  /** What those events are worth; each rule and cause counts once, whatever is asked (lifecycle.md §12). */
  readonly scores?: readonly Credit[];
  /** Events of ours that are arrivals in their turn (`event:<id>`). */
  readonly emitted: readonly TrackedEvent[];
  readonly assignments?: readonly Assignment[];
  readonly exposures?: readonly Exposure[];
  readonly offers: readonly Offer[];
  readonly tells: readonly {
    readonly who: 'coach' | 'coaches' | 'managers';
    readonly why: string;
    readonly coachId: string | null;
  }[];
  readonly appointments?: readonly AppointmentChange[];
  readonly gdprTasks: readonly { readonly kind: 'erasure'; readonly dueAt: Date }[];
  /** Answer to a coach's act that was refused (409 or 422), instead of any change. */
  readonly refusal: {
    readonly code: string;
    readonly status: 409 | 422;
    readonly detail: Readonly<Record<string, unknown>>;
  } | null;
  /** Free text still collects: keep only the items and the thread, arrivals become `shown`. */
  readonly isCollecting: boolean;
}

/** Signature of decide(): arrivals of one contact that are moved together, oldest first. */
export type Decide = (
  arrivals: readonly Arrival[],
  world: World,
  moment: Moment,
  options?: DecideOptions,
) => Kept;

export interface DecideOptions {
  /** Free text waits no longer, whatever `collectUntil` says (`drain(…, { now: true })`). */
  readonly endsWait?: boolean;
}

/** Makes the one decision of the house: all arrivals of one contact in, all that is to be kept out. */
export function createDecide(understand: Understand): Decide {
  return (arrivals, world, moment, options = {}) => {
    const scene = openScene(world, moment, understand);
    const bubbles = arrivals.filter((arrival) => arrival.kind === 'inbound');
    for (const bubble of bubbles) {
      takeUp(scene, bubble.id);
      show(scene, bubble);
    }
    const isCut = options.endsWait === true || arrivals.some((arrival) => arrival.kind === 'coach');
    const until = isCut ? null : waitsUntil(scene, bubbles);
    if (until) return collecting(scene, bubbles, until);
    for (const arrival of arrivals) {
      takeUp(scene, arrival.id);
      lapseSoftStops(scene);
      one(scene, arrival, bubbles);
    }
    credit(scene);
    touch(scene);
    return keptOf(scene);
  };
}

function collecting(scene: Scene, bubbles: readonly InboundArrival[], until: Date): Kept {
  const since = scene.thread.collectSince ?? bubbles[0]?.receivedAt ?? scene.moment.now;
  setThread(scene, { collectSince: since, collectUntil: until });
  return keptOf(scene, true);
}

/** Bubbles of one breath are one: they are read at the place of the newest. */
function one(scene: Scene, arrival: Arrival, bubbles: readonly InboundArrival[]): void {
  switch (arrival.kind) {
    case 'inbound':
      return arrival === bubbles.at(-1) ? hear(scene, bubbles) : undefined;
    case 'wake':
      return wake(scene, arrival);
    case 'event':
      return track(scene, arrival);
    case 'coach':
      return move(scene, arrival);
    case 'receipt':
      return take(scene, arrival);
  }
}
