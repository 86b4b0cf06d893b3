import { describe, expect, test } from 'vitest';
import type { World } from '../../../src/core/decide.ts';
import { deskTemplatesFor } from '../../../src/core/decide/desk-template.ts';
import { aBubble, aMove, askedStage, aStage, decide, decided, tuesday, worldNow, zone } from './scenes.ts';

const moment = { now: tuesday, zone };
const say = { do: 'say', rev: 0, seen: 0, channel: 'sms', text: 'Bonjour', undoMs: 8_000 } as const;
const pending = {
  class: 'reply',
  channel: 'sms',
  runId: null,
  stepKey: null,
  by: 'bot',
  itemId: 'i1',
  notBefore: tuesday,
  expiresAt: tuesday,
  reason: null,
} as const;

describe('claim', () => {
  test('stops the bot answers not yet under way', () => {
    const world: World = {
      ...worldNow(aStage()),
      rows: [
        { ...pending, id: 'a/1', status: 'queued' },
        { ...pending, id: 'b/1', status: 'sending' },
        { ...pending, id: 'c/1', status: 'queued', by: 'sam' },
      ],
    };
    const kept = decide([aMove({ do: 'claim', rev: 0 })], world, moment);
    expect(kept.thread.own).toMatchObject({ state: 'coach', ownerId: 'nina', rev: 1 });
    expect(kept.rowChanges).toEqual([{ rowId: 'a/1', to: 'blocked', reason: 'coach_took_over' }]);
  });

  test('the second hears who was quicker, and nothing changes', () => {
    const stage = aStage();
    stage.thread = decided(stage, [aMove({ do: 'claim', rev: 0 })]).thread;
    const kept = decided(stage, [aMove({ do: 'claim', rev: 0 }, 'sam', 'coach:c2')]);
    expect(kept.refusal).toMatchObject({
      code: 'claimed',
      status: 409,
      detail: { ownerId: 'nina', ownerName: 'Nina', rev: 1 },
    });
    expect(kept.thread.own).toEqual(stage.thread.own);
    expect(kept.items).toEqual([]);
  });

  test('freezes the talk of every run', () => {
    const kept = decided(askedStage(), [aMove({ do: 'claim', rev: 0 })]);
    expect(kept.runs[0]?.hold).toMatchObject({ by: 'nina' });
  });
});

test('the clock of the next word runs from where it was set, and a claim does not wind it back', () => {
  const stage = aStage();
  const asked = decided(stage, [aBubble('COACH')]);
  expect(asked.thread.own).toMatchObject({ state: 'waiting', dueSince: tuesday });
  stage.thread = asked.thread;
  const later = new Date(tuesday.getTime() + 60_000);
  const { own } = decided(stage, [aMove({ do: 'claim', rev: asked.thread.own.rev })], later).thread;
  expect(own).toMatchObject({ state: 'coach', dueAt: asked.thread.own.dueAt, dueSince: tuesday });
  const at = new Date('2026-03-03T22:00:00Z');
  const night = decided(aStage('lea', at), [aBubble('COACH', {}, { receivedAt: at })], at).thread.own;
  expect(night.dueSince).toEqual(new Date('2026-03-04T08:00:00Z'));
});

describe('say', () => {
  test('takes the thread, names the coach, waits for its undo', () => {
    const kept = decided(aStage(), [aMove(say)]);
    expect(kept.thread.own).toMatchObject({ state: 'coach', ownerId: 'nina', spokeAt: tuesday });
    expect(kept.rows).toMatchObject([
      { id: 'coach:c1/1', by: 'nina', class: 'reply', body: { text: 'Nina (MONA) : Bonjour' } },
    ]);
    expect(kept.rows[0]?.notBefore).toEqual(new Date(tuesday.getTime() + 8_000));
    expect(kept.thread.waitingSince).toBeNull();
  });

  test('words that look like a placeholder stay as typed', () => {
    const kept = decided(aStage(), [aMove({ ...say, text: 'le code {{prenom}} $& §said§' })]);
    expect(kept.rows[0]?.body.text).toBe('Nina (MONA) : le code {{prenom}} $& §said§');
  });

  test('second words carry no name', () => {
    const stage = aStage();
    stage.thread = decided(stage, [aMove(say)]).thread;
    const kept = decided(stage, [aMove({ ...say, rev: 1, seen: stage.thread.seq }, 'nina', 'coach:c2')]);
    expect(kept.rows[0]?.body.text).toBe('Bonjour');
  });

  test('is refused when something was said after what the coach saw, unless they know', () => {
    const stage = aStage();
    stage.thread = decided(stage, [aBubble('xyz truc')]).thread;
    expect(decided(stage, [aMove(say)]).refusal).toMatchObject({ code: 'changed', status: 409 });
    expect(decided(stage, [aMove({ ...say, isForced: true })]).rows).toHaveLength(1);
  });

  test('is refused with the reason of the guard', () => {
    const stage = aStage();
    stage.suppressions = [{ channel: 'sms', reason: 'stop', at: tuesday }];
    expect(decided(stage, [aMove(say)]).refusal).toMatchObject({ code: 'suppressed', status: 422 });
    expect(decided(aStage('karim'), [aMove(say)]).refusal).toMatchObject({ code: 'no_address', status: 422 });
  });
});

describe('a template, where the window of WhatsApp is closed', () => {
  const text = { ...say, channel: 'whatsapp' } as const;
  const template = (key: string, fields: Readonly<Record<string, string>> = {}) =>
    aMove({ ...text, text: '', template: { key, fields } });

  test('a free text does not leave, the approved one does, in the words approved', () => {
    expect(decided(aStage('karim'), [aMove(text)]).refusal).toMatchObject({ code: 'window_closed' });
    const [row] = decided(aStage('karim'), [template('desk-resume')]).rows;
    expect(row).toMatchObject({
      class: 'reply',
      by: 'nina',
      words: { flow: 'common', key: 'desk-resume' },
      body: { template: { name: 'mona_desk_resume:fr:vous', variables: { 1: 'Karim', 2: 'Nina' } } },
    });
    expect(row?.body.text).toContain("Bonjour Karim, c'est Nina de MONA");
  });

  test('a place that is empty is refused, and what the coach fills in stands there', () => {
    expect(decided(aStage('karim'), [template('desk-news')]).refusal).toMatchObject({
      code: 'unfilled',
      status: 422,
    });
    const filled = template('desk-news', { topic: 'votre single' });
    expect(decided(aStage('karim'), [filled]).rows[0]?.body.template?.variables).toEqual({
      1: 'Karim',
      2: 'Nina',
      3: 'votre single',
    });
  });

  test('the picker shows what is known and what is missing', () => {
    const shown = deskTemplatesFor(worldNow(aStage('karim')), 'Nina', moment);
    expect(shown.map(({ key }) => key)).toEqual([
      'desk-resume',
      'desk-waiting',
      'desk-news',
      'desk-appointment',
    ]);
    expect(shown[2]?.variables).toEqual([
      { path: 'prenom', value: 'Karim' },
      { path: 'coach.name', value: 'Nina' },
      { path: 'topic', value: null },
    ]);
  });
});

describe('later', () => {
  const at = new Date('2026-03-04T08:00:00Z');

  test('words for an hour to come wait for it, and return to the draft when the artist writes first', () => {
    const stage = aStage();
    const [row] = decided(stage, [aMove({ ...say, at })]).rows;
    expect(row?.notBefore).toEqual(at);
    if (!row) throw new Error('Her words are kept.');
    const waiting = { ...pending, ...row };
    const world: World = { ...worldNow(stage), rows: [waiting] };
    expect(decide([aBubble('au fait')], world, moment, { endsWait: true }).rowChanges).toContainEqual({
      rowId: row.id,
      to: 'blocked',
      reason: 'returned',
    });
  });

  test('an hour that is past is refused', () => {
    expect(decided(aStage(), [aMove({ ...say, at: new Date(0) })]).refusal?.code).toBe('snooze_past');
  });

  test('a promise leaves at once and holds the thread until its hour', () => {
    const kept = decided(aStage(), [aMove({ ...say, promiseAt: at })]);
    expect(kept.rows[0]?.notBefore).toEqual(new Date(tuesday.getTime() + 8_000));
    expect(kept.thread.own).toMatchObject({
      state: 'snoozed',
      ownerId: 'nina',
      snooze: { until: at },
      dueAt: at,
      dueKind: 'promise',
    });
  });
});

describe('the nudges below the now line', () => {
  const inFlight = () => {
    const stage = askedStage();
    const run = worldNow(stage).runs.find(({ open, flow }) => open && flow === 'nurturing');
    const next = run?.plan.find(({ stepId }) => run.done[stepId] === undefined);
    if (!run || !next) throw new Error('Léa is in nurturing, with steps to come.');
    return { stage, runId: run.id, stepId: next.stepId };
  };

  test('another hour is kept, whatever the calendar says', () => {
    const { stage, runId, stepId } = inFlight();
    const to = new Date(stage.now.getTime() + 50 * 3_600_000);
    const kept = decided(stage, [aMove({ do: 'move', runId, stepId, to })]);
    const run = kept.runs.find(({ id }) => id === runId);
    expect(run?.plan.find((planned) => planned.stepId === stepId)).toMatchObject({ dueAt: to, movedTo: to });
    expect(kept.items.at(-1)).toMatchObject({ why: { reason: 'coach_moved' } });
  });

  test('now means now, through the guard', () => {
    const { stage, runId, stepId } = inFlight();
    const kept = decided(stage, [aMove({ do: 'move', runId, stepId, to: stage.now })]);
    expect(kept.rows).toMatchObject([{ stepKey: stepId, by: 'bot' }]);
    expect(kept.decisions.length).toBeGreaterThan(0);
  });

  test('a message already written is skipped, or asked again at its new hour', () => {
    const { stage, runId } = inFlight();
    const row = { ...pending, id: 'w/1', status: 'queued', runId, stepKey: 'j1-sms' } as const;
    const world: World = {
      ...worldNow(stage),
      rows: [{ ...row, expiresAt: new Date(stage.now.getTime() + 3_600_000) }],
    };
    const now = { now: stage.now, zone };
    const skipped = decide([aMove({ do: 'skip', runId, stepId: 'j1-sms' })], world, now);
    expect(skipped.rowChanges).toEqual([{ rowId: 'w/1', to: 'blocked', reason: 'coach_skipped' }]);
    const to = new Date(stage.now.getTime() + 60_000);
    expect(decide([aMove({ do: 'move', runId, stepId: 'j1-sms', to })], world, now).rowChanges).toEqual([
      { rowId: 'w/1', notBefore: to },
    ]);
    const far = new Date(stage.now.getTime() + 7_200_000);
    expect(decide([aMove({ do: 'move', runId, stepId: 'j1-sms', to: far })], world, now).refusal?.code).toBe(
      'too_late_for_step',
    );
  });
});

describe('unsay and undo', () => {
  const row = { ...pending, by: 'nina', id: 'coach:c1/1' } as const;

  test('a row that still waits is taken back', () => {
    const world: World = { ...worldNow(aStage()), rows: [{ ...row, status: 'queued' }] };
    const kept = decide([aMove({ do: 'unsay', itemId: 'i1' })], world, moment);
    expect(kept.rowChanges).toEqual([{ rowId: 'coach:c1/1', to: 'blocked', reason: 'undone' }]);
  });

  test('one that has left is not', () => {
    const world: World = { ...worldNow(aStage()), rows: [{ ...row, status: 'sending' }] };
    expect(decide([aMove({ do: 'unsay', itemId: 'i1' })], world, moment).refusal).toMatchObject({
      code: 'already_sent',
      status: 409,
    });
  });

  test('z puts the thread back where the last move found it', () => {
    const stage = aStage();
    stage.thread = decided(stage, [aMove({ do: 'claim', rev: 0 })]).thread;
    const kept = decided(stage, [aMove({ do: 'undo', rev: 1 }, 'nina', 'coach:c2')]);
    expect(kept.thread.own).toMatchObject({ state: 'bot', ownerId: null, rev: 2 });
  });
});

describe('passing on', () => {
  const owned = () => {
    const stage = aStage();
    stage.thread = decided(stage, [aMove({ do: 'claim', rev: 0 })]).thread;
    return stage;
  };

  test.each([
    [
      { do: 'release', rev: 1 },
      { state: 'waiting', ownerId: null },
    ],
    [
      { do: 'resolve', rev: 1, why: 'done' },
      { state: 'resolved', ownerId: null, resolvedAt: tuesday },
    ],
    [
      { do: 'handBack', rev: 1, to: null },
      { state: 'bot', ownerId: null },
    ],
    [
      { do: 'transfer', rev: 1, to: 'sam', why: 'hers' },
      { state: 'coach', ownerId: 'sam' },
    ],
    [
      { do: 'snooze', rev: 1, until: new Date('2026-03-04T08:00:00Z') },
      { state: 'snoozed', dueAt: null },
    ],
  ] as const)('%o', (act, own) => {
    expect(decided(owned(), [aMove(act, 'nina', 'coach:c2')]).thread.own).toMatchObject(own);
  });

  test('with an old revision: 409', () => {
    expect(
      decided(owned(), [aMove({ do: 'resolve', rev: 0, why: '' }, 'nina', 'coach:c2')]).refusal,
    ).toMatchObject({ code: 'changed' });
  });

  test('tags make a VIP', () => {
    const kept = decided(aStage(), [aMove({ do: 'tag', tags: ['vip', 'vip'] })]);
    expect(kept.contactSet).toEqual({ tags: ['vip'] });
    expect(kept.thread.tags).toEqual(['vip']);
  });
});
