import type { Contact } from '../../../src/core/contact.ts';
import type { Flow } from '../../../src/core/flow/definition.ts';
import type { Draft, Facts, Verdict } from '../../../src/core/guard/verdict.ts';
import { guard } from '../../../src/core/guard/index.ts';
import type { RunState } from '../../../src/core/run.ts';
import { newThread } from '../../../src/core/thread.ts';
import { aFlow, aStep, policy } from '../calendar/timeline.ts';

export { policy };

/** A Tuesday morning in Paris, in working hours of every window. */
export const now = new Date('2027-03-09T10:30+01:00');
export const moment = { now, zone: 'Europe/Paris' };

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const from = (ms: number, at: Date = now): Date => new Date(at.getTime() + ms);

export const lea: Contact = {
  id: 'c_0001', firstName: 'Léa', locale: 'fr', zone: 'Europe/Paris', zoneSource: 'profile', country: 'FR', plan: 290,
  tags: [], points: 0, heat: null, traits: {}, segments: [],
}; // prettier-ignore

export const nurturing: Flow = aFlow(
  'nurturing',
  [
    aStep({ id: 'j1-sms', at: { day: 1, time: '12:30' }, class: 'service' }),
    aStep({ id: 'j14-email', at: { day: 14, time: '09:30' }, class: { full: 'marketing', core: 'service' } }),
    aStep({ id: 'j15-sms', at: { day: 15, time: '12:30' } }),
    aStep({ id: 'j21-email', at: { day: 21, time: '09:30' }, class: { full: 'marketing', core: 'service' } }),
  ],
  { priority: 60 },
);

/** A run with every step of its flow planned at its base. */
export function aRun(flow: Flow, set: Partial<RunState> = {}): RunState {
  const anchorAt = from(-15 * day);
  return {
    id: `run-${flow.id}`, contactId: lea.id, flow: flow.id, version: 1, words: 'w', runKey: 'default', rev: 1, open: true,
    phase: 'sending', exitReason: null, enteredAt: anchorAt, anchorAt, anchorOn: '2027-02-22', zone: 'Europe/Paris', stepKey: null,
    plan: flow.steps.map(({ id }) => ({ stepId: id, baseAt: anchorAt, dueAt: null, reasons: [] })),
    waits: [], wakeAt: null, goalDeadline: null, register: null, answers: {}, arms: {}, done: {}, talk: null, past: [],
    hold: null, handoff: null, seen: [], entry: {}, ...set,
  }; // prettier-ignore
}

const addresses = {
  sms: '+33639980001',
  whatsapp: '+33639980001',
  email: 'lea@example.org',
  push: 'endpoint',
};

type Given = {
  readonly draft?: Partial<Draft>;
  readonly guard?: Partial<Draft['guard']>;
  readonly facts?: Partial<Facts>;
  readonly contact?: Partial<Contact>;
};

/** A marketing SMS of nobody's sequence that may go, and what a test changes of it. */
export function aCase({ draft, guard: rowGuard, facts, contact }: Given = {}): {
  draft: Draft;
  facts: Facts;
} {
  const channel = draft?.channel ?? 'sms';
  const whole: Draft = {
    id: 'wake:1/1', contactId: lea.id, class: 'marketing', channel, sender: channel, address: addresses[channel], priority: 50,
    body: { text: 'Salut Léa' }, notBefore: now, expiresAt: from(2 * day), runId: null, stepKey: null, by: 'bot', createdAt: now,
    ...draft,
    guard: { flow: null, exclusive: true, asksQuestion: false, expectsReply: false, ...rowGuard },
  }; // prettier-ignore
  const person = { ...lea, ...contact };
  return {
    draft: whole,
    facts: {
      asked: 'd', contact: person,
      address: { id: `${channel}:${whole.address}`, contactId: lea.id, channel, value: whole.address, softFails: 0 },
      consents: { 'sms:marketing': 'granted', 'whatsapp:marketing': 'granted', 'email:marketing': 'granted', 'push:push': 'granted' },
      suppressions: [], thread: newThread(lea.id, from(-30 * day)), run: null, flow: null, openRuns: [],
      sender: { key: channel, channel, canReceive: true, isPaused: false },
      allowances: [], pausedFlows: [], policy, hasTemplate: channel === 'whatsapp', holds: () => true, silencedUntil: null, unrendered: null,
      ...facts,
    },
  }; // prettier-ignore
}

/** The same for a step of a run. */
export function aStepCase(
  stepId: string,
  given: Given = {},
  flow: Flow = nurturing,
  run: RunState = aRun(flow),
) {
  const step = flow.steps.find(({ id }) => id === stepId);
  if (!step) throw new Error(`no step ${stepId}`);
  return aCase({
    ...given,
    draft: {
      channel: step.channel,
      class: typeof step.class === 'string' ? step.class : 'marketing',
      runId: run.id,
      stepKey: step.id,
      ...given.draft,
    },
    guard: { flow: flow.id, ...given.guard },
    facts: { run, flow, openRuns: [{ run, flow }], ...given.facts },
  });
}

/** A verdict as a word: `go`, `never late`, `wait dnd`, `instead frequency`. */
export const word = (verdict: Verdict): string =>
  verdict.may === 'go' ? 'go' : `${verdict.may} ${verdict.reason}`;

export const judged = (given: { draft: Draft; facts: Facts }, at = moment): string =>
  word(guard(given.draft, given.facts, at));
