import { describe, expect, test } from 'vitest';
import { FlowError } from '../../../src/core/flow/step.ts';
import { aSnapshot, compiled, nurturing, paris, Play } from './play.ts';

const lea = (overrides = {}) => new Play(nurturing, '2026-03-02 18:04', aSnapshot(overrides));
const asked = () => lea().until('2026-03-03 12:30');

describe('the timeline', () => {
  test('J0 leaves as she enters, the others at their hours', () => {
    const run = lea();
    expect(run.said).toEqual(['j0-email']);
    expect(run.state.plan.map(({ stepId, dueAt }) => [stepId, dueAt?.toISOString()])).toEqual([
      ['j0-email', '2026-03-02T17:04:00.000Z'],
      ['j1-sms', '2026-03-03T11:30:00.000Z'],
      ['j7-email', '2026-03-09T08:30:00.000Z'],
      ['j14-email', '2026-03-16T08:30:00.000Z'],
      ['j15-sms', '2026-03-17T11:30:00.000Z'],
      ['j21-email', '2026-03-23T08:30:00.000Z'],
      ['j28-email', '2026-03-30T07:30:00.000Z'],
    ]);
    expect(run.state.wakeAt).toEqual(paris('2026-03-03 12:30'));
  });

  test('thirty days left alone: each message once, then the window of the goal closes', () => {
    const run = lea().until('2026-04-02 00:00');
    expect(run.said).toEqual(['j1-sms', 'j7-email', 'j14-email', 'j15-sms', 'j21-email', 'j28-email']);
    expect(run.state).toMatchObject({
      open: false,
      exitReason: 'goal_window_closed',
      wakeAt: null,
      talk: null,
    });
  });

  test('the last step spoken, the run is a tail until its goal can come no more', () => {
    const run = lea().until('2026-03-31 12:00');
    expect(run.state).toMatchObject({ open: true, phase: 'tail', stepKey: null });
  });

  test('a step whose condition is false is skipped with its reason, and the run goes on', () => {
    const run = lea().tracks('App Logged In', {}, '2026-03-03 09:00').until('2026-03-03 13:00');
    expect(run.said).toEqual([]);
    expect(run.whys).toEqual(['condition_false']);
    expect(run.state.done['j1-sms']?.verdict).toBe('condition_false');
    expect(run.state.stepKey).toBe('j7-email');
  });

  test('what the guard refuses is resolved with its reason', () => {
    const run = lea();
    run.verdict = 'no_consent';
    run.until('2026-03-03 12:30');
    expect(run.state.done['j1-sms']?.verdict).toBe('no_consent');
    expect(run.state.talk).toBeNull();
  });

  test('a woke that finds nothing due changes nothing and says nothing', () => {
    const run = lea();
    const { wakeAt } = run.state;
    run.move({ type: 'woke', wakeAt: paris('2026-03-02 19:00') }, '2026-03-02 19:00');
    expect(run.effects).toEqual([]);
    expect(run.state.wakeAt).toEqual(wakeAt);
  });

  test('a contact who moves to La Réunion is written to at noon there', () => {
    const run = lea();
    run.snapshot = aSnapshot({ contact: { zone: 'Indian/Reunion' } });
    run.tracks('Profile Updated', {}, '2026-03-02 20:00');
    expect(run.state.plan[1]?.dueAt?.toISOString()).toBe('2026-03-03T08:30:00.000Z');
  });
});

describe('the question', () => {
  test('a step that asks opens its question, and no other run of it is open', () => {
    const run = asked();
    expect(run.said).toEqual(['j1-sms']);
    expect(run.sends[0]?.question).toEqual({ node: 'dashboard', waitId: run.state.talk?.waitId });
    expect(run.state.talk).toMatchObject({ node: 'dashboard', channel: 'sms', itemIds: ['out'], invalid: 0 });
  });

  test('oui: bravo, and the timeline goes on', () => {
    const run = asked().says('oui', { intent: 'yes' }, '2026-03-03 12:41');
    expect(run.said).toEqual(['j1-bravo']);
    expect(run.state).toMatchObject({ talk: null, answers: { dashboard: 'yes' } });
    expect(run.state.past.at(-1)).toMatchObject({ node: 'dashboard', how: 'answered', choice: 'yes' });
    expect(run.state.wakeAt).toEqual(paris('2026-03-09 09:30'));
  });

  test('HELP: a promise, and the talk waits for a person', () => {
    const run = asked().says('HELP', { intent: 'help' }, '2026-03-03 12:41');
    expect(run.said).toEqual(['common:promise']);
    expect(run.of('handoff')[0]?.handoff).toMatchObject({
      reason: 'help-j1',
      priority: 'vip',
      promiseMs: 120_000,
      dueKind: 'promise',
      dueAt: paris('2026-03-03 12:43'),
      noCoach: false,
    });
    expect(run.state.hold?.by).toBe('handoff');
  });

  test('two days without a word: the question closes in silence', () => {
    const run = asked().until('2026-03-05 12:30');
    expect(run.said).toEqual([]);
    expect(run.whys).toEqual(['no_reply']);
    expect(run.state).toMatchObject({ talk: null });
    expect(run.state.past.at(-1)?.how).toBe('noReply');
  });

  test('she managed alone: the question closes, nothing is said', () => {
    const run = asked().tracks('App Logged In', {}, '2026-03-03 13:00');
    expect(run.said).toEqual([]);
    expect(run.state.past.at(-1)).toMatchObject({ node: 'dashboard', how: 'event' });
  });

  test('an answer that is not clear is asked about once, then the ladder', () => {
    const run = asked().says('ouais bof', { intent: 'yes', confidence: 0.6 }, '2026-03-03 12:41');
    expect(run.said).toEqual(['common:confirm-yes']);
    run.says('oui', { intent: 'yes' });
    expect(run.said).toEqual(['j1-bravo']);
  });

  test('a question back goes to a coach and is no invalid answer', () => {
    const run = asked().says('c’est où ?', { tags: ['question'] }, '2026-03-03 12:41');
    expect(run.of('handoff')[0]?.handoff.reason).toBe('question');
    expect(run.said).toEqual(['common:handoff']);
  });

  test('a choice whose condition does not hold is no choice', () => {
    const run = lea({ contact: { mona: { score: 60, at: paris('2026-03-01') } } }).until('2026-03-30 10:00');
    run.says('490', { rule: 'choice:plan490', confidence: 0.95 });
    expect(run.said).toEqual(['common:pick-one']);
    run.snapshot = aSnapshot({ contact: { mona: { score: 80, at: paris('2026-03-01') } } });
    run.says('490', { rule: 'choice:plan490', confidence: 0.95 });
    expect(run.said).toEqual(['j28-apply-490']);
  });

  test('two answers that are none: the question again, then a coach', () => {
    const run = lea().until('2026-03-30 10:00').says('hmm').says('hmm');
    expect(run.of('handoff')[0]?.handoff).toMatchObject({ reason: 'not-understood', node: 'reception' });
  });

  test('a newer question closes the one before as superseded', () => {
    const run = lea().until('2026-03-16 09:30');
    expect(run.state.talk?.node).toBe('more-390');
    run.until('2026-03-17 12:30');
    expect(run.state.talk?.node).toBe('peer');
    expect(run.state.past.at(-1)).toMatchObject({ node: 'more-390', how: 'superseded' });
  });

  test('the part of the mail that asks was dropped: nothing is asked', () => {
    const run = lea({ contact: { segments: [] } }).until('2026-03-16 09:30');
    expect(run.sends.at(-1)).toMatchObject({ words: 'j14-email', sections: [], question: null });
    expect(run.state.talk).toBeNull();
  });

  test('a question held back counts its days from when it may leave', () => {
    const run = lea();
    run.move({
      type: 'judged',
      stepId: 'j1-sms',
      verdict: 'wait',
      itemId: 'out',
      channel: 'sms',
      until: paris('2026-03-04 09:00'),
    });
    expect(run.state.talk?.due[0]?.at).toEqual(paris('2026-03-06 09:00'));
  });

  test('a tap on no is an answer too: J15 finds the segment closed', () => {
    const run = lea().until('2026-03-16 09:30');
    run.taps('no', 'more-390', run.state.talk?.waitId ?? '', '2026-03-16 10:00', 'email');
    expect(run.said).toEqual(['j14-keep-going']);
    expect(run.of('emit')[0]).toMatchObject({ event: 'Upsell Declined' });
    run.snapshot = aSnapshot({ contact: { segments: [] } });
    run.until('2026-03-17 13:00');
    expect(run.whys).toEqual(['condition_false']);
  });

  test('no reply found more than a day late: the way is taken without its words', () => {
    const flow = compiled(`
spec: 1
id: test
channels: [sms]
steps: [{ id: a-sms, at: J0, channel: sms, class: service, open: q }]
nodes:
  q: { ask: a-sms, choices: { yes: { go: rest } }, noReply: [{ after: 1d, say: still-there, go: rest }] }
`);
    const soon = new Play(flow, '2026-03-02 12:00');
    soon.move({ type: 'woke', wakeAt: paris('2026-03-03 12:00') }, '2026-03-04 11:00');
    expect(soon.said).toEqual(['still-there']);
    const late = new Play(flow, '2026-03-02 12:00');
    late.move({ type: 'woke', wakeAt: paris('2026-03-03 12:00') }, '2026-03-04 12:01');
    expect(late.said).toEqual([]);
    expect(late.state).toMatchObject({ open: false, exitReason: 'completed' });
  });
});

describe('an answer to a question that is closed', () => {
  const answered = () => {
    const run = asked();
    const waitId = run.state.talk?.waitId ?? '';
    return { run: run.taps('yes', 'dashboard', waitId, '2026-03-03 12:41'), waitId };
  };

  test('the same tap twice is recorded, not answered', () => {
    const { run, waitId } = answered();
    expect(run.said).toEqual(['j1-bravo']);
    run.taps('yes', 'dashboard', waitId, '2026-03-03 12:42');
    expect(run.said).toEqual([]);
    expect(run.whys).toEqual(['repeated']);
  });

  test('another choice within ten minutes amends', () => {
    const { run, waitId } = answered();
    run.taps('no', 'dashboard', waitId, '2026-03-03 12:51');
    expect(run.whys).toContain('amended');
    expect(run.said).toEqual(['common:promise']);
    expect(run.state.answers['dashboard']).toBe('no');
  });

  test('later, the first answer stands and is explained', () => {
    const { run, waitId } = answered();
    run.taps('no', 'dashboard', waitId, '2026-03-03 12:52');
    expect(run.said).toEqual(['common:expired']);
    expect(run.state.answers['dashboard']).toBe('yes');
  });

  test('a question that closed without an answer takes one', () => {
    const run = asked();
    const waitId = run.state.talk?.waitId ?? '';
    run.until('2026-03-05 12:30').taps('yes', 'dashboard', waitId, '2026-03-06 09:00');
    expect(run.said).toEqual(['j1-bravo']);
    expect(run.state.past.at(-1)).toMatchObject({ how: 'answered', choice: 'yes' });
  });

  test('the run has ended: it says what became of it', () => {
    const run = asked();
    const waitId = run.state.talk?.waitId ?? '';
    run.tracks('Subscription Cancelled', {}, '2026-03-03 13:00');
    expect(run.state).toMatchObject({ open: false, exitReason: 'left' });
    run.taps('yes', 'dashboard', waitId, '2026-03-03 14:00');
    expect(run.said).toEqual(['common:expired']);
    expect(run.state.open).toBe(false);
  });

  test.each([
    ['explain', 'common:expired'],
    ['reopen', 'a-sms'],
  ])('stale: %s', (stale, words) => {
    const flow = compiled(`
spec: 1
id: test
channels: [sms]
steps: [{ id: a-sms, at: J0, channel: sms, class: service, open: q }, { id: b-sms, at: J9, channel: sms, class: service }]
nodes:
  q: { ask: a-sms, choices: { yes: { go: rest } }, stale: ${stale}, noReply: [{ after: 1d, go: rest }] }
`);
    const run = new Play(flow, '2026-03-02 12:00');
    const waitId = run.state.talk?.waitId ?? '';
    run.until('2026-03-03 13:00').taps('yes', 'q', waitId, '2026-03-03 14:00');
    expect(run.said).toEqual([words]);
  });
});

describe('the goal and the exits', () => {
  test('a plan of 390 ends the run at once', () => {
    const run = asked().tracks('Subscription Started', { plan: 390 }, '2026-03-10 10:00');
    expect(run.state).toMatchObject({ open: false, exitReason: 'goal_met', wakeAt: null });
    expect(run.of('exit')).toEqual([{ type: 'exit', result: 'goal_met' }]);
  });

  test('a goal older than the run converted nobody (§19.5)', () => {
    const run = lea().tracks(
      'Subscription Started',
      { plan: 390 },
      '2026-03-03 10:00',
      paris('2026-03-01 10:00'),
    );
    expect(run.state.exitReason).toBe('already_converted');
  });

  test('a plan of 290 is no goal', () => {
    expect(lea().tracks('Subscription Started', { plan: 290 }).state.open).toBe(true);
  });

  test('a historical event moves nothing', () => {
    const run = lea();
    const event = {
      id: 'h',
      name: 'Subscription Started',
      properties: { plan: 490 },
      occurredAt: run.now,
      historical: true,
    };
    expect(run.move({ type: 'tracked', event }).state.open).toBe(true);
  });
});

describe('a person has the thread', () => {
  const helped = () => asked().says('HELP', { intent: 'help' }, '2026-03-03 12:41');

  test('nobody came: a push at 60 s, an excuse and the manager at 2 min, no second excuse at 10', () => {
    const run = helped().until('2026-03-03 12:42');
    expect(run.of('tell')).toEqual([{ type: 'tell', who: 'coaches', why: 'handoff_unclaimed' }]);
    run.until('2026-03-03 12:43');
    expect(run.said).toEqual(['common:coach-late']);
    expect(run.of('tell')).toEqual([{ type: 'tell', who: 'managers', why: 'promise_missed' }]);
    run.until('2026-03-03 12:51');
    expect(run.said).toEqual([]);
    expect(run.state.handoff).toMatchObject({ exit: 'timeout' });
  });

  test('a claim stops the push, not the promise; a word stops both', () => {
    const run = helped().move({ type: 'held', by: 'nina' }, '2026-03-03 12:41');
    run.until('2026-03-03 12:42');
    expect(run.of('tell')).toEqual([]);
    run.move({ type: 'spoke', by: 'nina' }).until('2026-03-03 13:00');
    expect(run.said).toEqual([]);
  });

  test('a coach who claimed and says nothing: the manager hears of it, the bot says no word in their thread', () => {
    const run = helped().move({ type: 'held', by: 'nina' }, '2026-03-03 12:41');
    run.until('2026-03-03 12:43');
    expect(run.of('tell')).toEqual([{ type: 'tell', who: 'managers', why: 'promise_missed' }]);
    run.until('2026-03-03 12:51');
    expect(run.said).toEqual([]);
    expect(run.state.handoff).toMatchObject({ exit: 'timeout' });
  });

  test('resolved: the exit’s words, and the timeline goes on', () => {
    const run = helped()
      .move({ type: 'held', by: 'nina' })
      .move({ type: 'released', outcome: 'resolved' }, '2026-03-03 13:00');
    expect(run.said).toEqual(['j1-solved']);
    expect(run.state).toMatchObject({ handoff: null, hold: null, talk: null });
    expect(run.state.wakeAt).toEqual(paris('2026-03-09 09:30'));
  });

  test('nobody on duty: the exit’s words at once, and she stays in the queue', () => {
    const nextOpening = paris('2026-03-04 09:00');
    const run = lea({ duty: { isOnDuty: false, nextOpening } })
      .until('2026-03-03 12:30')
      .says('HELP', { intent: 'help' });
    expect(run.said).toEqual(['common:off-duty']);
    expect(run.of('handoff')[0]?.handoff).toMatchObject({ noCoach: true, promiseMs: null, dueKind: 'first' });
    expect(run.state.handoff).toMatchObject({
      exit: 'noCoach',
      due: [{ kind: 'timeout', at: paris('2026-03-04 09:10') }],
    });
  });

  test('a held question gets its time back, and at least ten minutes of silence', () => {
    const run = asked().move({ type: 'held', by: 'nina' }, '2026-03-04 12:30');
    expect(run.state.wakeAt).toEqual(paris('2026-03-09 09:30'));
    run.move({ type: 'released', outcome: 'handBack' }, '2026-03-06 12:30');
    expect(run.state.talk?.due[0]?.at).toEqual(paris('2026-03-07 12:30'));
    expect(run.said).toEqual([]);
    const soon = asked().move({ type: 'held', by: 'nina' }, '2026-03-05 12:29');
    soon.move({ type: 'released', outcome: 'handBack' }, '2026-03-05 12:45');
    expect(soon.state.talk?.due[0]?.at).toEqual(paris('2026-03-05 12:55'));
  });

  test('handed back to a node, the talk goes on from there', () => {
    const run = helped().move({ type: 'released', outcome: 'handBack', to: 'bravo' }, '2026-03-03 13:00');
    expect(run.said).toEqual(['j1-bravo']);
  });

  test('she asks for a person where the question has a way to one', () => {
    const run = asked().says('un vrai humain', { intent: 'human', route: 'escalate' }, '2026-03-03 12:41');
    expect(run.of('handoff')[0]?.handoff.reason).toBe('help-j1');
  });
});

describe('what no author can have meant', () => {
  test('a loop without a question is a named error, not an outage', () => {
    const flow = compiled(`
spec: 1
id: test
channels: [sms]
steps: [{ id: a-sms, at: J0, channel: sms, class: service, open: q }]
nodes:
  q: { ask: a-sms, choices: { yes: { go: one } } }
  one: { do: { emit: Ping }, go: two }
  two: { do: { emit: Pong }, go: one }
`);
    const run = new Play(flow, '2026-03-02 12:00');
    expect(() => run.says('oui', { intent: 'yes' })).toThrow(FlowError);
  });
});

describe('a step that waits for an event', () => {
  const flow = compiled(`
spec: 1
id: welcome
channels: [email]
goal: { on: Subscription Started, within: 14d }
steps:
  - { id: j3-email, at: J3 09:30, channel: email, class: { full: marketing, core: service }, wait: { on: Audit Completed, until: J4 18:00, else: audit_not_ready } }
`);

  test.each([
    ['2026-03-04 11:00', '2026-03-05 09:30'],
    ['2026-03-05 09:29', '2026-03-05 09:30'],
    ['2026-03-06 17:59', '2026-03-06 17:59'],
  ])('ready %s: leaves %s', (ready, leaves) => {
    const run = new Play(flow, '2026-03-02 12:00')
      .until(ready)
      .tracks('Audit Completed', {}, ready)
      .until('2026-03-07 12:00');
    expect(run.said).toEqual(['j3-email']);
    expect(run.state.done['j3-email']?.at).toEqual(paris(leaves));
  });

  test('not ready in time: skipped with its reason, and a coach told (§19.9)', () => {
    const run = new Play(flow, '2026-03-02 12:00').until('2026-03-06 18:00');
    expect(run.said).toEqual([]);
    expect(run.state.done['j3-email']?.verdict).toBe('audit_not_ready');
    expect(run.of('tell')).toEqual([{ type: 'tell', who: 'coach', why: 'audit_not_ready' }]);
  });
});
