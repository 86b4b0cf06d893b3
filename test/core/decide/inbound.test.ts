import { describe, expect, test } from 'vitest';
import { createDecide, type World } from '../../../src/core/decide.ts';
import type { Understood } from '../../../src/core/understood.ts';
import { aBubble, askedStage, aStage, decide, decided, tuesday, worldNow, zone } from './scenes.ts';

const later = (ms: number): Date => new Date(tuesday.getTime() + ms);

describe('collecting one breath', () => {
  test('free text waits 1.5 s, and is shown at once', () => {
    const kept = decided(aStage(), [aBubble('alors en fait')], tuesday, false);
    expect(kept.isCollecting).toBe(true);
    expect(kept.items.map((item) => item.text)).toEqual(['alors en fait']);
    expect(kept.thread).toMatchObject({ seq: 1, collectSince: tuesday, collectUntil: later(1_500) });
    expect(kept.rows).toEqual([]);
  });

  test('a second bubble waits anew, but never past 4 s', () => {
    const stage = aStage();
    stage.thread = { ...stage.thread, collectSince: tuesday, collectUntil: later(1_500) };
    const second = aBubble('et aussi', { sid: 'SM2' }, { receivedAt: later(3_500) });
    const kept = decided(stage, [aBubble('alors', {}, { state: 'shown' }), second], later(3_500), false);
    expect(kept.thread.collectUntil).toEqual(later(4_000));
    expect(kept.items).toHaveLength(1);
  });

  test('a photo waits 3 s for its caption', () => {
    const media = [{ url: 'https://example.org/1', type: 'image/jpeg' }];
    expect(decided(aStage(), [aBubble('', { media })], tuesday, false).thread.collectUntil).toEqual(
      later(3_000),
    );
  });

  test.each(['STOP', 'COACH', 'aide'])('%s waits for nothing', (word) => {
    expect(decided(aStage(), [aBubble(word)], tuesday, false).isCollecting).toBe(false);
  });

  test('a shown bubble is not written twice; its reading is', () => {
    const shown = aBubble('xyz truc', {}, { state: 'shown' });
    const kept = decided(aStage(), [shown], later(1_500), false);
    expect(kept.items.filter((item) => item.kind === 'in')).toEqual([]);
    expect(kept.itemChanges).toMatchObject([{ set: { why: { rule: 'catch-all' } } }]);
    expect(kept.thread.collectUntil).toBeNull();
  });

  test('a coach acting ends the wait', () => {
    const note = {
      contactId: 'lea',
      state: 'new',
      tries: 0,
      id: 'coach:n',
      receivedAt: tuesday,
      kind: 'coach',
      coachId: 'nina',
      coachName: 'Nina',
      act: { do: 'note', text: 'vu' },
    } as const;
    expect(decided(aStage(), [aBubble('alors'), note], tuesday, false).isCollecting).toBe(false);
  });
});

describe('STOP', () => {
  test('keeps the exact text and sid, suppresses, and confirms once', () => {
    const kept = decided(aStage(), [aBubble('Stop svp', { sid: 'SM77' })]);
    expect(kept.consents).toMatchObject([
      {
        channel: 'sms',
        purpose: 'marketing',
        action: 'withdrawn',
        evidence: { sid: 'SM77', text: 'Stop svp' },
      },
    ]);
    expect(kept.suppress).toMatchObject([{ channel: 'sms', address: '+33639980001', reason: 'stop' }]);
    expect(kept.rows).toMatchObject([
      { id: 'twilio:AC:SM77/1', class: 'compliance', words: { key: 'stop-done' } },
    ]);
    expect(kept.rows[0]?.notBefore).toEqual(tuesday);
  });

  test('the confirmation lets a call under way reach the wire first, and queued rows stop', () => {
    const stage = aStage();
    const row = {
      class: 'marketing',
      channel: 'sms',
      runId: null,
      stepKey: null,
      by: 'bot',
      itemId: 'i',
      notBefore: tuesday,
      expiresAt: later(1e6),
      reason: null,
    } as const;
    const world: World = {
      ...worldNow(stage),
      rows: [
        { ...row, id: 'a/1', status: 'sending' },
        { ...row, id: 'b/1', status: 'queued' },
        { ...row, id: 'c/1', status: 'queued', channel: 'email' },
      ],
    };
    const kept = decide([aBubble('STOP')], world, { now: tuesday, zone });
    expect(kept.rowChanges).toEqual([{ rowId: 'b/1', to: 'blocked', reason: 'suppressed' }]);
    expect(kept.rows[0]?.notBefore).toEqual(later(2_000));
  });

  test('in any bubble, beside a oui', () => {
    const kept = decided(askedStage(), [aBubble('oui alors'), aBubble('stop', { sid: 'SM2' })]);
    expect(kept.consents).toHaveLength(1);
    expect(kept.consents[0]?.evidence).toMatchObject({ sid: 'SM2', text: 'stop' });
    expect(kept.rows.map((row) => row.words?.key)).toEqual(['stop-done']);
  });

  test('while a coach owns the thread', () => {
    const stage = aStage();
    stage.thread = { ...stage.thread, own: { ...stage.thread.own, state: 'coach', ownerId: 'nina' } };
    const kept = decided(stage, [aBubble('STOP')]);
    expect(kept.consents).toHaveLength(1);
    expect(kept.thread.own.state).toBe('coach');
  });

  test('a label that says stop is no stop, its payload is what counts', () => {
    const stage = askedStage();
    const kept = decided(stage, [
      aBubble("NON, J'ARRÊTE", { button: { payload: 'no', text: "NON, J'ARRÊTE" } }),
    ]);
    expect(kept.consents).toEqual([]);
    expect(kept.items[0]?.why.rule).toBe('tap');
  });

  test('erase opens a task, a wrong number flags the address', () => {
    const erase = decided(aStage(), [aBubble('effacez mes coordonnées')]);
    expect(erase.gdprTasks).toHaveLength(1);
    expect(erase.suppress.map((one) => one.channel).sort()).toEqual(['email', 'sms', 'whatsapp']);
    const wrong = decided(aStage(), [aBubble('mauvais numéro')]);
    expect(wrong.addressSet).toMatchObject([{ id: 'sms:+33639980001', set: { wrongPersonAt: tuesday } }]);
  });
});

describe('a doubtful stop', () => {
  const doubtful: Understood = { intent: 'stop', confidence: 0.7, rule: 'stop:word', tags: [] };
  const doubting = createDecide(() => doubtful);

  test('pauses, says nothing, waits for a coach', () => {
    const kept = doubting(
      [aBubble('stop peut-être')],
      worldNow(aStage()),
      { now: tuesday, zone },
      { endsWait: true },
    );
    expect(kept.rows).toEqual([]);
    expect(kept.thread).toMatchObject({ flags: ['soft_stop'], softStops: [{ channel: 'sms', at: tuesday }] });
    expect(kept.consents).toEqual([]);
  });

  test('is an opt-out after a day', () => {
    const stage = aStage();
    stage.thread = { ...stage.thread, softStops: [{ channel: 'sms', at: tuesday }], flags: ['soft_stop'] };
    const event = {
      contactId: 'lea',
      state: 'new',
      tries: 0,
      id: 'event:1',
      receivedAt: later(86_400_000),
      kind: 'event',
      event: { id: '1', name: 'Page Viewed', properties: {}, occurredAt: tuesday },
    } as const;
    const kept = decided(stage, [event], later(86_400_000));
    expect(kept.consents).toMatchObject([{ action: 'withdrawn' }]);
    expect(kept.thread.flags).toEqual([]);
  });
});

describe('loops', () => {
  test('our own words come back: silence', () => {
    const stage = aStage();
    stage.thread = {
      ...stage.thread,
      last: { who: 'bot', text: 'Bonjour Léa', at: tuesday, channel: 'sms' },
    };
    const kept = decided(stage, [aBubble('Bonjour Léa')]);
    expect(kept.rows).toEqual([]);
    expect(kept.items.at(-1)?.why).toEqual({ rule: 'auto', reason: 'echo' });
  });

  test('ten answers in five minutes hand over, without a word', () => {
    const stage = aStage();
    const answered = Array.from({ length: 10 }, (_, n) => later(-n * 20_000));
    stage.thread = { ...stage.thread, recent: { heard: [], answered } };
    const kept = decided(stage, [aBubble('xyz truc')]);
    expect(kept.rows).toEqual([]);
    expect(kept.thread.own).toMatchObject({ state: 'waiting', reason: 'loop' });
    expect(kept.thread.flags).toContain('loop');
  });
});

test('the first answer of a thread says that it is automatic, the next does not', () => {
  const stage = aStage();
  const first = decided(stage, [aBubble('xyz truc')]);
  expect(first.rows[0]?.words?.introduces).toBe(true);
  expect(first.thread.introducedAt).toEqual(tuesday);
  stage.thread = { ...first.thread, notUnderstoodAt: null };
  const second = decided(stage, [aBubble('klm chose', { sid: 'SM2' })]);
  expect(second.rows[0]?.words?.introduces).toBeUndefined();
});

test('the same arguments give the same answer', () => {
  const stage = askedStage();
  expect(decided(stage, [aBubble('HELP')])).toEqual(decided(stage, [aBubble('HELP')]));
});

test('numbers of items are one after the other, without a hole', () => {
  const stage = askedStage();
  const kept = decided(stage, [aBubble('HELP')]);
  expect(kept.items.map((item) => item.seq)).toEqual(kept.items.map((_, n) => stage.thread.seq + 1 + n));
  expect(kept.thread.seq).toBe(kept.items.at(-1)?.seq);
  expect(kept.thread.rev).toBe(stage.thread.rev + 1);
});
