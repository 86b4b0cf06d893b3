import { isZone } from '../calendar.ts';
import type { TrackedEvent } from '../flow/event.ts';
import { crossMilestones } from '../trigger.ts';
import { isReadyAfter } from '../vip.ts';
import { locales } from '../vocabulary.ts';
import { fire } from './behaviour.ts';
import { setContact, type Scene } from './scene.ts';

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** What events mean for the contact itself (lifecycle.md §18). Any other event changes no fact. */
const meanings: Readonly<Record<string, (scene: Scene, event: TrackedEvent) => void>> = {
  'Subscription Started': startPlan,
  'Subscription Cancelled': endPlan,
  'Subscription Refunded': endPlan,
  'Mona Score Updated': setScore,
  'Audit Completed': takeAudit,
  'Upsell Declined': declineUpsell,
  'Connection Requested': countConnection,
  'Connection Accepted': countConnection,
  'Segment Entered': joinSegment,
  'Segment Left': leaveSegment,
  identify: identify,
  Identify: identify,
};

/** A login, a reply or an action done is a person; so is a click, once it is known not to be a machine's. */
const human: ReadonlySet<string> = new Set([
  'App Logged In',
  'Recommended Action Done',
  'Message Clicked',
  'Message Replied',
]);

export function learn(scene: Scene, event: TrackedEvent): void {
  meanings[event.name]?.(scene, event);
  if (human.has(event.name)) setContact(scene, { lastHumanAt: event.occurredAt });
}

function startPlan(scene: Scene, { properties, occurredAt }: TrackedEvent): void {
  const plan = numberOf(properties['plan']);
  if (plan === null) return;
  // A rank is one among the clients, told anew each night (lifecycle.md §12): who was none has none.
  const { mona, plan: before } = scene.contact;
  if (!before && mona) setContact(scene, { mona: { ...mona, percentile: null } });
  setContact(scene, { plan, planSince: occurredAt });
}

const dayMs = 86_400_000;
/** More than this nobody counts. */
const mostCounted = 50;

/** Connections of the last 24 hours, this one included: from the third on they are told together (lifecycle.md §4). */
function countConnection(scene: Scene, { occurredAt }: TrackedEvent): void {
  const known = scene.contact.traits['connectionsAt'];
  const since = new Date(occurredAt.getTime() - dayMs).toISOString();
  const recent = (Array.isArray(known) ? known : []).filter(
    (at: unknown): at is string => typeof at === 'string' && at > since,
  );
  const all = [...recent, occurredAt.toISOString()].slice(-mostCounted);
  setContact(scene, { 'traits.connectionsAt': all, 'traits.connectionsToday': all.length });
}

/** The refusal counts from now: what leans on the segment must not wait for its next evaluation. */
function declineUpsell(scene: Scene): void {
  const { segments } = scene.contact;
  if (segments.includes('upsell_open'))
    setContact(scene, { segments: segments.filter((one) => one !== 'upsell_open') });
}

/** A cancelled plan that is not the running one (an upgrade closes the old) changes nothing. */
function endPlan(scene: Scene, { properties }: TrackedEvent): void {
  const plan = numberOf(properties['plan']);
  if (plan === null || plan === scene.contact.plan) setContact(scene, { plan: null });
}

/** What an audit says beside the score; the texts print it. */
const auditTraits = ['strengths', 'weaknesses', 'actions', 'service'] as const;

function takeAudit(scene: Scene, event: TrackedEvent): void {
  setScore(scene, event);
  const { properties } = event;
  for (const name of auditTraits)
    if (properties[name] !== undefined) setContact(scene, { [`traits.${name}`]: properties[name] });
  const targetLevel = textOf(properties['targetLevel']);
  if (targetLevel) setContact(scene, { 'traits.mona.targetLevel': targetLevel });
}

function joinSegment(scene: Scene, { properties }: TrackedEvent): void {
  const { segments } = scene.contact;
  const name = textOf(properties['segment']);
  if (name && !segments.includes(name)) setContact(scene, { segments: [...segments, name] });
}

function leaveSegment(scene: Scene, { properties }: TrackedEvent): void {
  const { segments } = scene.contact;
  if (segments.some((one) => one === properties['segment']))
    setContact(scene, { segments: segments.filter((one) => one !== properties['segment']) });
}

const scoreMost = 120;

function setScore(scene: Scene, { properties, occurredAt }: TrackedEvent): void {
  const score = numberOf(properties['score']);
  if (score === null || score < 0 || score > scoreMost) return;
  const { mona } = scene.contact;
  if (mona && mona.at > occurredAt) return;
  const isReady = isReadyAfter(score, mona?.isReady ?? false, scene.loaded.library.policy.vip);
  const level = textOf(properties['level']) ?? mona?.level;
  const { fires, state } = crossMilestones(
    mona ? (mona.milestones ?? firstArming(mona.score, occurredAt)) : null,
    score,
    occurredAt,
  );
  setContact(scene, {
    mona: {
      score,
      start: mona?.start ?? score,
      ...(level ? { level } : {}),
      percentile: numberOf(properties['percentile']) ?? mona?.percentile ?? null,
      at: occurredAt,
      isReady,
      milestones: state,
    },
  });
  if (fires !== null) fire(scene, 'milestone', { level: fires, from: mona?.score ?? null, to: score });
}

/** A score from before milestones were remembered armed them in silence, like any first one. */
const firstArming = (score: number, at: Date) => crossMilestones(null, score, at).state;

/** Traits in Segment's names fill fields, others go to `traits`. Addresses are adopted at the door, not here. */
function identify(scene: Scene, { properties }: TrackedEvent): void {
  for (const [name, value] of Object.entries(properties)) {
    const field = fieldOf(name, value);
    if (field) setContact(scene, field);
  }
}

const elsewhere: ReadonlySet<string> = new Set(['email', 'phone', 'userId']);

function fieldOf(name: string, value: unknown): Readonly<Record<string, unknown>> | null {
  if (elsewhere.has(name) || name.includes('.') || name.startsWith('$')) return null;
  switch (name) {
    case 'firstName':
    case 'lastName':
      return { [name]: textOf(value) };
    case 'locale':
      return localeOf(value);
    case 'timezone':
      return typeof value === 'string' && isZone(value) ? { zone: value, zoneSource: 'profile' } : null;
    default:
      return { [`traits.${name}`]: value };
  }
}

function localeOf(value: unknown): Readonly<Record<string, unknown>> | null {
  const locale = locales.find((one) => one === textOf(value)?.slice(0, 2).toLowerCase());
  return locale ? { locale } : null;
}
