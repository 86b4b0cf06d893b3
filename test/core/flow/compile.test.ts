import { describe, expect, test } from 'vitest';
import { compileFlow, isCompiled } from '../../../src/core/flow/compile.ts';
import { printMistake } from '../../../src/core/flow/mistake.ts';
import { parseOffset, parsePerishable } from '../../../src/core/flow/time.ts';
import { compiled, nurturing } from './play.ts';

const hourMs = 3_600_000;
const minuteMs = 60_000;

describe('times as an author writes them', () => {
  test.each([
    ['J0', 'email', { afterMs: 0 }],
    ['J0+2h', 'sms', { afterMs: 2 * hourMs }],
    ['J0 10:00', 'email', { day: 0, time: '10:00' }],
    ['J7', 'email', { day: 7, time: '09:30' }],
    ['J7', 'whatsapp', { day: 7, time: '12:30' }],
    ['J7 18:05', 'sms', { day: 7, time: '18:05' }],
    ['J7+2h', 'sms', null],
    ['J7 25:00', 'sms', null],
    ['D7', 'sms', null],
  ] as const)('%s by %s', (written, channel, offset) => {
    expect(parseOffset(written, channel)).toEqual(offset);
  });

  test('a bare day takes the hour that the policy gives its channel', () => {
    expect(parseOffset('J7', 'email', { email: '08:00' })).toEqual({ day: 7, time: '08:00' });
  });

  test('what is true until an hour before a fact', () => {
    expect(parsePerishable('reservation.endsAt - 2h')).toEqual({
      path: 'reservation.endsAt',
      beforeMs: 2 * hourMs,
    });
    expect(parsePerishable('offer.comeback.endsAt')).toEqual({ path: 'offer.comeback.endsAt', beforeMs: 0 });
    expect(parsePerishable('offer.endsAt - soon')).toBeNull();
  });
});

describe('the worked example', () => {
  test('its entry, goal and exits', () => {
    expect(nurturing).toMatchObject({
      id: 'nurturing',
      kind: 'sequence',
      priority: 60,
      exclusive: true,
      class: 'marketing',
      segments: 4,
      locales: ['fr', 'en'],
      registers: { fr: ['tu', 'vous'] },
      entry: [
        {
          on: ['Subscription Started'],
          where: { 'event.plan': 290 },
          run: 'subscriptionId',
          reentry: 'per-run',
        },
      ],
      goal: { on: ['Subscription Started'], withinMs: 30 * 24 * hourMs },
      exits: [{ on: ['Subscription Cancelled', 'Subscription Refunded'], result: 'left' }],
    });
  });

  test('its steps have the defaults of their class', () => {
    const [service, , mixed, , marketing] = nurturing.steps;
    expect(service?.late).toEqual({ maxMs: 72 * hourMs, then: 'send' });
    expect(mixed?.class).toEqual({ full: 'marketing', core: 'service' });
    expect(mixed?.late.then).toBe('send');
    expect(marketing?.late).toEqual({ maxMs: 24 * hourMs, then: 'skip' });
    expect(nurturing.steps[3]?.sections['offer']).toMatchObject({ open: 'more-390', class: 'marketing' });
  });

  test('its nodes, with what nobody had to write', () => {
    expect(nurturing.nodes['options']).toMatchObject({
      kind: 'ask',
      stale: 'answer',
      expiresMs: 7 * 24 * hourMs,
      invalid: [{ say: 'common:pick-one' }, { go: 'reception' }],
    });
    expect(nurturing.nodes['help']).toMatchObject({
      promiseMs: 2 * minuteMs,
      timeoutMs: 10 * minuteMs,
      priority: 'vip',
    });
    expect(nurturing.nodes['interest']).toMatchObject({
      kind: 'branch',
      cases: [{ go: 'rest' }, { go: 'coach' }],
    });
  });

  test('is plain data, and comes back from JSON as it was', () => {
    expect(JSON.parse(JSON.stringify(nurturing))).toEqual(nurturing);
  });
});

describe('several entries, each with its steps', () => {
  const triggers = compiled(`
spec: 1
id: triggers
kind: notices
channels: [push, email]
entry:
  - { on: Milestone Reached, where: { event.milestone: 60 }, steps: [milestone-60-push] }
  - { segment: dormant, reentry: { after: 30d }, steps: [{ id: inactive-push, at: J0, channel: push }] }
steps: [{ id: milestone-60-push, at: J0, channel: push, class: service }]
`);

  test('name them, or hold them', () => {
    expect(triggers.entry.map(({ on, steps, segment }) => ({ on, steps, segment }))).toEqual([
      { on: ['Milestone Reached'], steps: ['milestone-60-push'], segment: undefined },
      { on: ['Segment Entered'], steps: ['inactive-push'], segment: 'dormant' },
    ]);
    expect(triggers.steps.map(({ id }) => id)).toEqual(['milestone-60-push', 'inactive-push']);
  });

  test('a notice may come again as soon as the one before is over', () => {
    expect(triggers.entry.map(({ reentry }) => reentry)).toEqual([
      { afterMs: 0 },
      { afterMs: 30 * 24 * hourMs },
    ]);
  });
});

describe('a file that cannot be', () => {
  const said = (source: string) => {
    const result = compileFlow(source, 'flows/x.yaml', 1);
    return isCompiled(result) ? [] : result.mistakes.map(printMistake);
  };

  test('says all that is wrong at once, each at its place', () => {
    const source =
      'spec: 1\nid: X\nchannels: [fax]\nsteps:\n  - { id: a-sms, channel: sms }\nnodes:\n  n: { sya: hi }\n';
    expect(said(source)).toEqual([
      'flows/x.yaml:2:5 L01 "id" is no id: small letters, digits and hyphens (`_ . :` mean something to i18next) — write id: small letters, digits and hyphens (`_ . :` mean something to i18next)',
      'flows/x.yaml:3:12 L01 "entry 1" is none of sms, whatsapp, email, push — write one of sms, whatsapp, email, push',
      'flows/x.yaml:5:5 L01 "at" is missing — add at: a text',
    ]);
  });

  test('a node has one verb', () => {
    const source = (node: string) => `spec: 1\nid: x\nchannels: [sms]\nnodes:\n  n: ${node}\n`;
    expect(said(source('{ sya: hi, go: rest }'))).toEqual([
      'flows/x.yaml:5:3 L01 node "n" has no verb — did you mean "say"?',
    ]);
    expect(said(source('{ say: hi, ask: ho, go: rest }'))[0]).toContain('has 2 verbs: ask, say');
  });

  test('yes, no and on are words, as YAML 1.2 has it', () => {
    const flow = compiled(
      'spec: 1\nid: x\nchannels: [sms]\nnodes:\n  q: { ask: q, choices: { yes: { go: rest }, no: { go: rest } } }\n',
    );
    expect(flow.nodes['q']).toMatchObject({ choices: [{ id: 'yes' }, { id: 'no' }] });
  });

  test('an empty file is said to be one', () => {
    expect(said('')).toHaveLength(1);
  });
});
