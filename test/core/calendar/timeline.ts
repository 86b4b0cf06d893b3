import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { DueFacts, Timeline } from '../../../src/core/calendar.ts';
import type { Flow, Step } from '../../../src/core/flow/definition.ts';
import { parsePolicy } from '../../../src/core/policy.ts';

/** The numbers that ship. */
export const policy = parsePolicy(parse(readFileSync('flows/policy.yaml', 'utf8')));

export const paris: Pick<DueFacts, 'zone' | 'country'> = { zone: 'Europe/Paris', country: 'FR' };

const longAgo = new Date('2020-01-01T00:00Z');

/** A step with what a test does not care about filled in; its channel is the end of its id. */
export function aStep(step: Partial<Step> & Pick<Step, 'id' | 'at'>): Step {
  const channel =
    ({ wa: 'whatsapp', sms: 'sms', push: 'push', email: 'email' } as const)[
      step.id.split('-').at(-1) ?? ''
    ] ?? 'email';
  const messageClass = step.class ?? 'marketing';
  const late: Step['late'] =
    messageClass === 'marketing'
      ? { maxMs: policy.late.marketingMs, then: 'skip' }
      : { maxMs: policy.late.serviceMs, then: 'send' };
  return {
    was: [],
    channel,
    fallback: [],
    class: messageClass,
    claims: [],
    sections: {},
    late,
    line: 1,
    ...step,
  };
}

export function aFlow(id: string, steps: readonly Step[], set: Partial<Flow> = {}): Flow {
  return {
    id, kind: 'sequence', version: 1, was: [], entry: [], exits: [], class: 'marketing', priority: 50, exclusive: true,
    segments: 4, channels: ['email', 'sms'], locales: ['fr'], registers: {}, fields: {}, steps, nodes: {}, ...set,
  }; // prettier-ignore
}

export function aTimeline(
  flow: Flow,
  set: Partial<Timeline> & Pick<Timeline, 'anchorAt' | 'anchorOn'>,
): Timeline {
  return { contactId: 'c_0001', flow: flow.id, zone: 'Europe/Paris', plan: [], done: {}, ...set };
}

/** Facts before anything is due, so that a plan is asked for. */
export const planned = (place: Pick<DueFacts, 'zone' | 'country'> & Partial<DueFacts> = paris): DueFacts => ({
  now: longAgo,
  ...place,
});

/** An instant as the place reads it: `2027-03-13T10:19:45+01:00`. */
export function shownIn(at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
    hourCycle: 'h23', timeZoneName: 'longOffset',
  }).formatToParts(at); // prettier-ignore
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}${offset}`;
}
