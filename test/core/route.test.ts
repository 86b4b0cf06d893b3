import { describe, expect, test } from 'vitest';
import { route, type Heard } from '../../src/core/route.ts';
import type { Stage } from '../../src/core/rehearse.ts';
import { askedStage, aStage, understand, worldNow, zone } from './decide/scenes.ts';

function routed(stage: Stage, text: string, over: Partial<Heard> = {}) {
  const heard: Heard = {
    channel: 'sms',
    bubbles: [{ text, isTap: false }],
    tap: null,
    repliedTo: null,
    optOutType: null,
    lastSaid: null,
    ...over,
  };
  return route(heard, worldNow(stage), understand, { now: stage.now, zone });
}

const tap = (payload: string): Partial<Heard> => ({
  tap: payload,
  bubbles: [{ text: payload, isTap: true }],
});

function held(state: 'waiting' | 'coach' | 'snoozed'): Stage {
  const stage = aStage();
  stage.thread = { ...stage.thread, own: { ...stage.thread.own, state } };
  return stage;
}

describe('first match wins', () => {
  test.each([
    ['R1 the carrier stopped', aStage(), 'STOP', { optOutType: 'STOP' }, 'carrier', 'opt-out'],
    ['R1 the carrier started', aStage(), 'START', { optOutType: 'START' }, 'carrier', 'opt-in'],
    [
      'R1 the carrier helped, and no question offers it',
      aStage(),
      'HELP',
      { optOutType: 'HELP' },
      'carrier',
      'silence',
    ],
    [
      'R1 the carrier helped, and the question offers it',
      askedStage(),
      'HELP',
      { optOutType: 'HELP' },
      'question',
      'answer',
    ],
    ['R2 over a coach', held('coach'), 'stop', {}, 'stop', 'opt-out'],
    ['R2 by a tap', askedStage(), '', tap('kw:stop'), 'stop', 'opt-out'],
    ['R3', aStage(), 'START', {}, 'start', 'opt-in'],
    ['R4 a program wrote it', aStage(), 'je suis là', { isAutomatic: true }, 'auto', 'silence'],
    ['R5 over escalation', held('coach'), 'remboursement', {}, 'held', 'hint'],
    ['R5 thanks', held('waiting'), "merci, c'est réglé", {}, 'held', 'ended'],
    ['R5 a tap', held('snoozed'), '', tap('yes'), 'held', 'hint'],
    ['R6 E2', askedStage(), 'je veux un remboursement', {}, 'escalate', 'person'],
    ['R6 E4', aStage(), 'COACH', {}, 'escalate', 'person'],
    ['R7', askedStage(), '', tap('yes'), 'tap', 'answer'],
    ['R7 a tap nobody asked for', aStage(), '', tap('yes'), 'catch-all', 'say'],
    ['R9', askedStage(), 'oui', {}, 'question', 'answer'],
    ['R11 help', aStage(), 'aide', {}, 'keyword', 'say'],
    ['R11 contact over the question', askedStage(), 'CONTACT', {}, 'keyword', 'say'],
    ['R12', aStage('ines'), 'xyz truc', {}, 'vip', 'person'],
    ['R13', aStage(), 'xyz truc', {}, 'catch-all', 'say'],
    ['R13 thanks', aStage(), 'merci !', {}, 'catch-all', 'silence'],
  ] as const)('%s', (_, stage, text, over, rule, what) => {
    const answer = routed(stage, text, over);
    expect([answer.rule, answer.what.do]).toEqual([rule, what]);
  });
});

test('a VIP is answered by the bot only where the answer is exact', () => {
  const stage = askedStage();
  stage.contact = { ...stage.contact, tags: ['vip'] };
  expect(routed(stage, 'oui').what.do).toBe('answer');
  expect(routed(stage, 'je crois que ça va le faire').rule).toBe('vip');
});

test('READY holds until the score falls below 80', () => {
  const stage = aStage();
  const mona = { score: 82, at: stage.now };
  stage.contact = { ...stage.contact, mona: { ...mona, isReady: true } };
  expect(routed(stage, 'xyz truc').rule).toBe('vip');
  stage.contact = { ...stage.contact, mona };
  expect(routed(stage, 'xyz truc').rule).toBe('catch-all');
});
