import type { World } from '../decide.ts';
import { holdoutArm } from '../experiment.ts';
import type { Flow, Step } from '../flow/definition.ts';
import type { SendEffect } from '../flow/effect.ts';
import type { FlowEvent } from '../flow/event.ts';
import { perishAt } from '../flow/perish.ts';
import { isWindowOpen } from '../guard/window.ts';
import type { Item } from '../item.ts';
import type { Row, RowGuard, RowWords } from '../row.ts';
import type { RunState } from '../run.ts';
import { hashOfText } from '../thread.ts';
import type { Channel, MessageClass } from '../vocabulary.ts';
import { localeOf, registerOf } from './compose.ts';
import { keyOf } from './house-words.ts';
import { coreOfStep, judge, scopeOf, type Core, type Judged } from './judge.ts';
import { addItem, flowOf, nextNumber, setThread, worldNow, type Scene } from './scene.ts';

/** What a bot message is made of, before a channel is chosen. */
export interface Wanted {
  readonly run: RunState | null;
  readonly flow: string;
  readonly key: string;
  readonly class: MessageClass;
  readonly step: Step | null;
  readonly baseAt: Date | null;
  readonly question: { readonly node: string; readonly waitId: string } | null;
  readonly variant: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly sections: readonly string[] | undefined;
  /** What stays without its marketing sections; null where there is no lesser draft. */
  readonly core: Core | null;
  readonly expiresAt: Date;
  readonly notBefore: Date;
  readonly rule: string;
}

/** The second bubble of one answer leaves when the first is `sent`, or after this long: carriers keep no order. */
const followerMs = 20_000;
const recentMost = 12;

interface Written {
  readonly judged: Judged;
  readonly itemId: string;
}

/** Asks the guard for each channel in turn; what none lets through stays as a blocked row with the first reason. */
export function write(scene: Scene, wanted: Wanted, channels: readonly Channel[]): Written | null {
  const id = `${scene.arrivalId}/${nextNumber(scene, 'row')}`;
  let first: Judged | null = null;
  for (const channel of new Set(channels)) {
    const row = rowOf(scene, wanted, channel, id);
    const judged = judge(row, worldNow(scene), scene.moment, 'w', wanted.core);
    scene.decisions.push(...judged.decisions);
    if (judged.verdict.may !== 'never') return { judged, itemId: keepRow(scene, wanted, judged) };
    first ??= judged;
  }
  return first ? { judged: first, itemId: keepBlocked(scene, wanted, first) } : null;
}

/** A step's message: the answer of the guard goes back to the run, so that it advances. */
export function sendStep(
  scene: Scene,
  run: RunState,
  effect: SendEffect,
  via: { step: Step; baseAt: Date },
): FlowEvent {
  const { step } = via;
  const wanted: Wanted = {
    ...wantedOf(scene, run, effect),
    step,
    baseAt: via.baseAt,
    core: coreOfStep(step),
  };
  const written = write(scene, wanted, [effect.channel, ...effect.fallback]);
  if (!written) throw new Error(`step ${run.flow}.${step.id} names no channel`);
  const { verdict, isCore, row } = written.judged;
  const mayLeave = verdict.may !== 'never';
  return {
    type: 'judged',
    stepId: step.id,
    verdict: mayLeave ? verdict.may : verdict.reason,
    itemId: mayLeave ? written.itemId : null,
    channel: mayLeave ? row.channel : null,
    isCore,
    ...(verdict.may === 'wait' ? { until: verdict.until } : {}),
  };
}

/** An answer goes where the artist wrote; words on the timeline's own account go by the question's channel. */
export function sendAnswer(scene: Scene, run: RunState, effect: SendEffect): void {
  const wrote = scene.thread.lastInbound?.channel;
  const channel =
    effect.class === 'reply' || effect.class === 'compliance' ? (wrote ?? effect.channel) : effect.channel;
  write(scene, wantedOf(scene, run, effect), [channel, ...effect.fallback, ...besides(scene, channel)]);
}

/** WhatsApp's day is over since they wrote: what is still owed to them ("Pardon, on a du retard") goes where it may. */
function besides(scene: Scene, channel: Channel): readonly Channel[] {
  if (channel !== 'whatsapp') return [];
  const { thread, library } = worldNow(scene);
  const { sender } = partiesOf(worldNow(scene), 'reply', channel);
  return isWindowOpen({ sender }, { thread, policy: library.policy }, scene.moment.now)
    ? []
    : ['sms', 'email'];
}

const replyMs = 24 * 3_600_000;

/** Words of `common` that no run asked for: the answers of the house. */
export function say(
  scene: Scene,
  key: string,
  how: {
    readonly class: 'reply' | 'compliance';
    readonly rule: string;
    readonly variant?: string | null;
    readonly notBefore?: Date;
    readonly fields?: Readonly<Record<string, unknown>>;
    /** Where it goes if it may not leave by the channel they wrote on. */
    readonly fallback?: readonly Channel[];
  },
): void {
  const channel = scene.thread.lastInbound?.channel;
  if (!channel) return;
  const { now } = scene.moment;
  write(
    scene,
    {
      run: null,
      flow: 'common',
      key,
      class: how.class,
      step: null,
      baseAt: null,
      question: null,
      variant: how.variant ?? null,
      fields: how.fields ?? {},
      sections: undefined,
      core: null,
      expiresAt: new Date(now.getTime() + replyMs),
      notBefore: how.notBefore ?? now,
      rule: how.rule,
    },
    [channel, ...(how.fallback ?? [])],
  );
}

function wantedOf(scene: Scene, run: RunState, effect: SendEffect): Wanted {
  return {
    run,
    ...keyOf(scene, run, effect),
    class: typeof effect.class === 'object' ? 'marketing' : effect.class,
    step: null,
    baseAt: null,
    question: effect.question,
    variant: effect.variant,
    sections: effect.sections,
    core: null,
    expiresAt: effect.expiresAt,
    notBefore: scene.moment.now,
    rule: 'flow',
  };
}

function rowOf(scene: Scene, wanted: Wanted, channel: Channel, id: string): Row {
  const world = worldNow(scene);
  const flow = wanted.run ? flowOf(scene, wanted.run) : null;
  return {
    id,
    contactId: scene.contact.id,
    class: wanted.class,
    channel,
    ...partiesOf(world, wanted.class, channel),
    priority: flow?.priority ?? 100,
    words: wordsOf(scene, wanted, channel, world, flow),
    body: { text: '' },
    ...(channel === 'push' && wanted.step?.topic ? { topic: wanted.step.topic } : {}),
    status: 'queued',
    notBefore: wanted.notBefore,
    expiresAt: wanted.expiresAt,
    attempt: 0,
    lapses: 0,
    history: [],
    itemId: '',
    runId: wanted.run?.id ?? null,
    stepKey: wanted.step?.id ?? null,
    node: wanted.question?.node ?? null,
    waitId: wanted.question?.waitId ?? null,
    again: 0,
    by: 'bot',
    guard: guardOf(scene, wanted, flow),
    createdAt: scene.moment.now,
  };
}

function wordsOf(scene: Scene, wanted: Wanted, channel: Channel, world: World, flow: Flow | null): RowWords {
  const isFirstAnswer = isAnswer(wanted) && scene.thread.introducedAt === null;
  return {
    flow: wanted.flow,
    version: flow && flow.id === wanted.flow ? flow.version : 0,
    key: wanted.key,
    variant: wanted.variant,
    ...(wanted.sections ? { sections: wanted.sections } : {}),
    locale: localeOf(world, wanted.run),
    register: registerOf(wanted.run, world, channel),
    fields: wanted.fields,
    claims: wanted.step?.claims ?? [],
    ...(isFirstAnswer ? { introduces: true } : {}),
  };
}

/** The confirmation of a STOP only confirms; a nudge is no answer. */
const isAnswer = (wanted: Wanted): boolean => wanted.class === 'reply' && wanted.step === null;

/** Who speaks to whom: an answer takes the address and the sender that the artist used. */
export function partiesOf(
  world: World,
  messageClass: MessageClass,
  channel: Channel,
): { sender: string; address: string } {
  const inbound = world.thread.lastInbound;
  const answers = messageClass === 'reply' || messageClass === 'compliance';
  const heard = answers && inbound?.channel === channel ? inbound : null;
  const sender = heard?.sender ?? world.senders.find((other) => other.channel === channel)?.key ?? '';
  const usable = world.addresses.filter((address) => address.channel === channel && !address.wrongPersonAt);
  return { sender, address: heard?.address ?? usable[0]?.value ?? '' };
}

/** Who is held out is judged like everybody, and hears nothing: the row ends as a ghost. */
const isHoldout = ({ run, step }: Wanted): boolean =>
  step?.experiment !== undefined && run?.arms[step.experiment] === holdoutArm;

function guardOf(scene: Scene, wanted: Wanted, flow: Flow | null): RowGuard {
  const { step } = wanted;
  return {
    flow: wanted.run?.flow ?? null,
    exclusive: flow?.exclusive ?? false,
    asksQuestion: wanted.question !== null,
    expectsReply: wanted.question !== null,
    when: step?.when ?? null,
    perishAt: step?.perishable
      ? perishAt(step.perishable, scopeOf(worldNow(scene), wanted.run, scene.moment), wanted.run)
      : null,
    baseAt: wanted.baseAt,
    lateMaxMs: step?.late.maxMs ?? null,
    window: step?.window ?? null,
    ...(isHoldout(wanted) ? { isHoldout: true } : {}),
    ...(step?.silenceMs ? { silenceMs: step.silenceMs } : {}),
    answersAt: isAnswer(wanted) ? (scene.thread.lastInbound?.at ?? null) : null,
  };
}

function keepRow(scene: Scene, wanted: Wanted, judged: Judged): string {
  const { verdict } = judged;
  const { id } = judged.row;
  const item = addItem(scene, {
    kind: 'out',
    channel: judged.row.channel,
    text: judged.row.body.text,
    rowId: id,
    runId: wanted.run?.id ?? null,
    by: 'bot',
    why: whyOf(wanted, verdict.may === 'wait' ? verdict.reason : undefined),
  });
  const after = isAnswer(wanted) ? scene.previousAnswer : null;
  const until = verdict.may === 'wait' ? verdict.until : wanted.notBefore;
  const held = after ? new Date(Math.max(until.getTime(), scene.moment.now.getTime() + followerMs)) : until;
  scene.rows.push({
    ...judged.row,
    itemId: item.id,
    after,
    notBefore: earliest(held, wanted.expiresAt),
    reason: verdict.may === 'wait' ? verdict.reason : null,
    history: [
      { at: scene.moment.now, status: 'queued', reason: verdict.may === 'wait' ? verdict.reason : null },
    ],
  });
  if (verdict.may === 'go') noteSaid(scene, wanted, judged.row, id);
  return item.id;
}

const earliest = (one: Date, other: Date): Date => (one < other ? one : other);

function noteSaid(scene: Scene, wanted: Wanted, row: Row, rowId: string): void {
  const { now } = scene.moment;
  setThread(scene, {
    last: { who: 'bot', text: row.body.text, at: now, channel: row.channel },
    recent: { ...scene.thread.recent, said: hashOfText(row.body.text) },
  });
  // Help and legal texts answer too: two machines that say HELP to each other are a loop.
  if (isAnswer(wanted) || wanted.class === 'compliance') {
    const { recent } = scene.thread;
    setThread(scene, { recent: { ...recent, answered: [...recent.answered, now].slice(-recentMost) } });
  }
  if (!isAnswer(wanted)) return;
  scene.previousAnswer = rowId;
  setThread(scene, { introducedAt: scene.thread.introducedAt ?? now });
}

/** What may not leave stays in sight with its reason (house.md, "The outbox"). */
function keepBlocked(scene: Scene, wanted: Wanted, judged: Judged): string {
  const reason = judged.verdict.may === 'never' ? judged.verdict.reason : 'blocked';
  const { id } = judged.row;
  const item: Item = addItem(scene, {
    kind: 'silence',
    channel: judged.row.channel,
    rowId: id,
    runId: wanted.run?.id ?? null,
    why: whyOf(wanted, reason),
  });
  scene.rows.push({
    ...judged.row,
    itemId: item.id,
    status: 'blocked',
    reason,
    history: [{ at: scene.moment.now, status: 'blocked', reason }],
  });
  return item.id;
}

function whyOf(wanted: Wanted, reason: string | undefined): Item['why'] {
  return {
    rule: wanted.rule,
    ...(wanted.run ? { flow: `${wanted.run.flow}@${wanted.run.version}` } : {}),
    ...(wanted.step ? { step: wanted.step.id } : {}),
    ...(wanted.question ? { node: wanted.question.node } : {}),
    ...(reason ? { reason } : {}),
    detail: { words: `${wanted.flow}:${wanted.key}` },
  };
}
