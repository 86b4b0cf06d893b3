import type { Address, ConsentRecord, ConsentState, Contact, Suppression } from '../contact.ts';
import type { AppointmentChange, DecisionRecord, Kept, Offer, RowChange, World } from '../decide.ts';
import type { Assignment, Exposure } from '../experiment.ts';
import { flowOfRun } from '../flow/arm.ts';
import type { Flow } from '../flow/definition.ts';
import type { TrackedEvent } from '../flow/event.ts';
import { idFrom } from '../id.ts';
import type { Item } from '../item.ts';
import type { Row } from '../row.ts';
import type { RunState } from '../run.ts';
import type { Credit } from '../scoring.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Thread } from '../thread.ts';
import type { Understand } from '../intent.ts';
import { priorityOf } from '../vip.ts';
import type { Moment } from '../vocabulary.ts';

/**
 * One decision in the making: the contact's world as it is now, and all that is to be kept. It is mutable so that the
 * parts of a decision read what the parts before them changed; it never leaves decide().
 */
export interface Scene {
  readonly loaded: World;
  readonly moment: Moment;
  readonly understand: Understand;
  /** The arrival in hand: the ids of what it causes follow from it. */
  arrivalId: string;
  thread: Thread;
  contact: Contact;
  addresses: readonly Address[];
  consents: ConsentState;
  suppressions: readonly Suppression[];
  appointments: World['appointments'];
  readonly appointmentSet: AppointmentChange[];
  readonly runs: Map<string, RunState>;
  readonly moved: Set<string>;
  readonly items: Item[];
  readonly itemChanges: NonNullable<Kept['itemChanges']>[number][];
  readonly rows: Row[];
  readonly rowChanges: RowChange[];
  readonly decisions: DecisionRecord[];
  readonly ledger: ConsentRecord[];
  readonly suppress: Kept['suppress'][number][];
  contactSet: Readonly<Record<string, unknown>>;
  readonly addressSet: Kept['addressSet'][number][];
  readonly events: TrackedEvent[];
  readonly scores: Credit[];
  readonly emitted: TrackedEvent[];
  readonly assignments: Assignment[];
  readonly exposures: Exposure[];
  readonly offers: Offer[];
  readonly tells: Kept['tells'][number][];
  readonly gdprTasks: Kept['gdprTasks'][number][];
  refusal: Kept['refusal'];
  readonly counters: Map<string, number>;
  /** Last answer of the arrival in hand: the next one leaves after it. */
  previousAnswer: string | null;
  /** What the handoff under way promised, for the line that says it. */
  promiseMs: number | null;
}

export function openScene(world: World, moment: Moment, understand: Understand): Scene {
  return {
    loaded: world,
    moment,
    understand,
    arrivalId: '',
    thread: world.thread,
    contact: world.contact,
    addresses: world.addresses,
    consents: world.consents,
    suppressions: world.suppressions,
    appointments: world.appointments,
    appointmentSet: [],
    runs: new Map(world.runs.map((run) => [run.id, run])),
    moved: new Set(),
    items: [],
    itemChanges: [],
    rows: [],
    rowChanges: [],
    decisions: [],
    ledger: [],
    suppress: [],
    contactSet: {},
    addressSet: [],
    events: [],
    scores: [],
    emitted: [],
    assignments: [],
    exposures: [],
    offers: [],
    tells: [],
    gdprTasks: [],
    refusal: null,
    counters: new Map(),
    previousAnswer: null,
    promiseMs: null,
  };
}

/** Turns the scene to another arrival: numbering and the order of answers begin anew. */
export function takeUp(scene: Scene, arrivalId: string): void {
  scene.arrivalId = arrivalId;
  scene.previousAnswer = null;
}

/** 1, 2, 3 … for each kind of thing an arrival causes. */
export function nextNumber(scene: Scene, kind: string): number {
  const key = `${scene.arrivalId}\u001f${kind}`;
  const number = (scene.counters.get(key) ?? 0) + 1;
  scene.counters.set(key, number);
  return number;
}

export function nextId(scene: Scene, kind: string): string {
  return idFrom(kind, scene.arrivalId, nextNumber(scene, kind));
}

type NewItem = Omit<Item, 'id' | 'contactId' | 'seq' | 'at'> & { readonly id?: string; readonly at?: Date };

/** Appends an entry to the thread; its number is the next one, without a hole. */
export function addItem(scene: Scene, item: NewItem): Item {
  const seq = scene.thread.seq + 1;
  const whole: Item = {
    ...item,
    id: item.id ?? nextId(scene, 'item'),
    contactId: scene.contact.id,
    seq,
    at: item.at ?? scene.moment.now,
  };
  scene.items.push(whole);
  scene.thread = { ...scene.thread, seq };
  return whole;
}

export function setThread(scene: Scene, set: Partial<Thread>): void {
  scene.thread = { ...scene.thread, ...set };
}

export function putRun(scene: Scene, run: RunState): void {
  scene.runs.set(run.id, run);
  scene.moved.add(run.id);
}

export const openRuns = (scene: Scene): readonly RunState[] =>
  [...scene.runs.values()].filter((run) => run.open);

export const flowOf = (scene: Scene, run: Parameters<typeof flowOfRun>[1]): Flow | null =>
  flowOfRun(scene.loaded.library, run);

/** The world with what this decision has changed so far. */
export function worldNow(scene: Scene): World {
  const changed = new Map(scene.rowChanges.map((change) => [change.rowId, change]));
  const rows = scene.loaded.rows.map((row) => {
    const change = changed.get(row.id);
    if (!change || row.status !== 'queued') return row;
    return { ...row, status: change.to ?? row.status, notBefore: change.notBefore ?? row.notBefore };
  });
  return {
    ...scene.loaded,
    contact: scene.contact,
    addresses: scene.addresses,
    consents: scene.consents,
    suppressions: scene.suppressions,
    appointments: scene.appointments,
    thread: scene.thread,
    runs: [...scene.runs.values()],
    rows: [...rows, ...scene.rows],
    offers: mergeOffers(scene.loaded.offers, scene.offers),
  };
}

function mergeOffers(loaded: readonly Offer[], newer: readonly Offer[]): readonly Offer[] {
  if (newer.length === 0) return loaded;
  const replaces = (offer: Offer) =>
    newer.some((other) => other.key === offer.key && (other.contactId ?? null) === (offer.contactId ?? null));
  return [...loaded.filter((offer) => !replaces(offer)), ...newer];
}

/** What a step of a run reads of the world around it. */
export function snapshotOf(world: World): Snapshot {
  return {
    contact: world.contact,
    duty: world.duty,
    offers: world.offers,
    policy: world.library.policy,
    experiments: world.experiments,
    assignments: world.assignments,
    priority: priorityOf(world.contact, world.library.policy),
    coach: coachOf(world),
    publicUrl: world.publicUrl,
  };
}

/** Who speaks as the coach: the owner of the thread, else the contact's own coach, else the first on duty. */
function coachOf(world: World): Snapshot['coach'] {
  const id = world.thread.own.ownerId ?? world.contact.coachId ?? world.duty.coaches[0]?.id;
  if (!id) return null;
  const name = world.coachNames[id] ?? world.duty.coaches.find((coach) => coach.id === id)?.name;
  return name ? { id, name } : null;
}

/** Sets a fact of the contact by dotted path, here and for the store. */
export function setContact(scene: Scene, set: Readonly<Record<string, unknown>>): void {
  scene.contactSet = { ...scene.contactSet, ...set };
  for (const [path, value] of Object.entries(set))
    scene.contact = withPath(scene.contact, path.split('.'), value);
}

function withPath<T extends object>(value: T, path: readonly string[], leaf: unknown): T {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  const inner = (value as Record<string, unknown>)[head];
  const next =
    rest.length === 0 ? leaf : withPath(typeof inner === 'object' && inner ? inner : {}, rest, leaf);
  return { ...value, [head]: next };
}

/** An event of ours, which comes back as an arrival of its own. */
export function emit(scene: Scene, name: string, properties: Readonly<Record<string, unknown>> = {}): void {
  scene.emitted.push({ id: nextId(scene, 'event'), name, properties, occurredAt: scene.moment.now });
}

/** A clock that was set anew runs from now; off duty, from the next opening. */
function clocked({ thread: { own }, loaded, moment }: Scene): Thread['own'] {
  const before = loaded.thread.own;
  if (own.dueAt?.getTime() === before.dueAt?.getTime() || own.dueSince !== before.dueSince) return own;
  const { isOnDuty, nextOpening } = loaded.duty;
  return { ...own, dueSince: own.dueAt && ((isOnDuty ? null : nextOpening) ?? moment.now) };
}

/** Ends a scene: everything to keep, revisions raised by one. */
export function keptOf(scene: Scene, isCollecting = false): Kept {
  const runs = [...scene.moved].flatMap((id) => {
    const run = scene.runs.get(id);
    const before = scene.loaded.runs.find((other) => other.id === id);
    return run ? [{ ...run, rev: (before?.rev ?? 0) + 1 }] : [];
  });
  return {
    thread: { ...scene.thread, own: clocked(scene), rev: scene.loaded.thread.rev + 1 },
    items: scene.items,
    itemChanges: scene.itemChanges,
    runs,
    rows: scene.rows,
    rowChanges: scene.rowChanges,
    decisions: scene.decisions,
    consents: scene.ledger,
    suppress: scene.suppress,
    contactSet: scene.contactSet,
    addressSet: scene.addressSet,
    events: scene.events,
    scores: scene.scores,
    emitted: scene.emitted,
    assignments: scene.assignments,
    exposures: scene.exposures,
    offers: scene.offers,
    tells: scene.tells,
    gdprTasks: scene.gdprTasks,
    appointments: scene.appointmentSet,
    refusal: scene.refusal,
    isCollecting,
  };
}
