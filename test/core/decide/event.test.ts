import { describe, expect, test } from 'vitest';
import type { Arrival } from '../../../src/core/arrival.ts';
import { judgeAtClaim, type World } from '../../../src/core/decide.ts';
import type { TrackedEvent } from '../../../src/core/flow/event.ts';
import { play } from '../../../src/core/rehearse.ts';
import { aBubble, askedStage, aStage, decided, tuesday, worldNow, zone } from './scenes.ts';

function anEvent(
  name: string,
  properties: Record<string, unknown> = {},
  more: Partial<TrackedEvent> = {},
): Arrival {
  const event = { id: `e-${name}`, name, properties, occurredAt: tuesday, ...more };
  return {
    id: `event:${event.id}`,
    contactId: 'lea',
    receivedAt: tuesday,
    state: 'new',
    tries: 0,
    kind: 'event',
    event,
  };
}

describe('facts of the contact', () => {
  test('a plan begins, and ends with its own cancellation only', () => {
    const started = decided(aStage(), [anEvent('Subscription Started', { plan: 390 })]);
    expect(started.contactSet).toMatchObject({ plan: 390, planSince: tuesday });
    const stage = aStage('ines');
    expect(decided(stage, [anEvent('Subscription Cancelled', { plan: 290 })]).contactSet).toEqual({});
    expect(decided(stage, [anEvent('Subscription Cancelled', { plan: 490 })]).contactSet).toEqual({
      plan: null,
    });
  });

  test('a score is kept with the first one as its start; one out of range is not', () => {
    const kept = decided(aStage(), [anEvent('Mona Score Updated', { score: 86 })]);
    expect(kept.contactSet['mona']).toMatchObject({ score: 86, start: 52, isReady: true, at: tuesday });
    expect(decided(aStage(), [anEvent('Mona Score Updated', { score: 121 })]).contactSet).toEqual({});
  });

  test('identify fills fields, then traits; addresses are not its business', () => {
    const traits = {
      firstName: 'Lila',
      timezone: 'Pacific/Noumea',
      locale: 'en-GB',
      genre: 'soul',
      email: 'x@example.org',
    };
    expect(decided(aStage(), [anEvent('identify', traits)]).contactSet).toEqual({
      firstName: 'Lila', zone: 'Pacific/Noumea', zoneSource: 'profile', locale: 'en', 'traits.genre': 'soul',
    }); // prettier-ignore
  });

  test('history is kept, and does nothing (§19.20)', () => {
    const kept = decided(aStage(), [
      anEvent('Subscription Started', { plan: 290, subscriptionId: 's' }, { historical: true }),
    ]);
    expect(kept.events).toHaveLength(1);
    expect([kept.contactSet, kept.runs, kept.rows, kept.items]).toEqual([{}, [], [], []]);
  });
});

describe('consent by event', () => {
  test('granting needs its evidence, withdrawing does not', () => {
    const grant = (evidence?: object) =>
      decided(aStage(), [
        anEvent('Consent Granted', {
          channel: 'sms',
          purpose: 'marketing',
          ...(evidence ? { evidence } : {}),
        }),
      ]);
    expect(grant().consents).toEqual([]);
    expect(grant({ form: 'v3', page: '/signup' }).consents).toMatchObject([
      { action: 'granted', evidence: { form: 'v3' } },
    ]);
    expect(decided(aStage(), [anEvent('Consent Withdrawn', { channel: 'email' })]).consents).toMatchObject([
      { action: 'objected' },
    ]);
  });
});

describe('runs', () => {
  const started = anEvent('Subscription Started', { plan: 290, subscriptionId: 's1' });

  test('the same key while open is the same run', () => {
    const stage = askedStage();
    expect(decided(stage, [started]).runs.filter((run) => run.flow === 'nurturing' && run.rev === 1)).toEqual(
      [],
    );
    const other = decided(stage, [anEvent('Subscription Started', { plan: 290, subscriptionId: 's2' })]);
    expect(other.runs.filter((run) => run.rev === 1).map((run) => run.runKey)).toEqual(['s2']);
  });

  test('one decision, one run, the same id each time', () => {
    const one = decided(aStage(), [started]);
    expect(one.runs).toHaveLength(1);
    expect(one.runs[0]?.id).toBe(decided(aStage(), [started]).runs[0]?.id);
    expect(one.rows.map((row) => [row.id, row.stepKey])).toEqual([
      ['event:e-Subscription Started/1', 'j0-email'],
    ]);
  });

  test('a wake that finds nothing due changes nothing that is said', () => {
    const stage = askedStage();
    const [run] = stage.runs.values();
    const wake: Arrival = {
      id: 'wake:x',
      contactId: 'lea',
      receivedAt: tuesday,
      state: 'new',
      tries: 0,
      kind: 'wake',
      runId: run?.id ?? '',
      wakeAt: stage.now,
    };
    const kept = decided(stage, [wake]);
    expect([kept.rows, kept.items]).toEqual([[], []]);
    expect(kept.runs[0]?.rev).toBe((run?.rev ?? 0) + 1);
  });
});

describe('receipts', () => {
  const receipt = (code: string | null, more: object = {}): Arrival => ({
    id: 'receipt:SM1:failed', contactId: 'lea', receivedAt: tuesday, state: 'new', tries: 0, kind: 'receipt',
    rowId: 'r/1', sid: 'SM1', status: 'failed', code, channel: 'sms', address: '+33639980001', ...more,
  }); // prettier-ignore

  test('21610: the carrier blocks, consent is withdrawn', () => {
    const kept = decided(aStage(), [receipt('21610')]);
    expect(kept.addressSet).toMatchObject([
      { id: 'sms:+33639980001', set: { providerBlocked: { code: '21610' } } },
    ]);
    expect(kept.consents).toMatchObject([{ action: 'withdrawn', source: 'carrier' }]);
    expect(kept.suppress).toMatchObject([{ reason: 'provider_21610' }]);
  });

  test('a number that does not exist is suppressed, consent stays', () => {
    const kept = decided(aStage(), [receipt('21614')]);
    expect(kept.suppress).toMatchObject([{ reason: 'invalid' }]);
    expect(kept.consents).toEqual([]);
  });

  test("a VIP's failed message calls a person, without words", () => {
    const kept = decided(aStage('ines'), [receipt('30003', { address: '+33639980003' })]);
    expect(kept.thread).toMatchObject({
      flags: ['failed'],
      own: { state: 'waiting', reason: 'send_failed', priority: 'vip' },
    });
    expect(kept.rows).toEqual([]);
  });
});

describe('at the claim', () => {
  test('a STOP in between is caught, the text has the values of that instant (§19.5)', () => {
    const stage = askedStage();
    const kept = decided(stage, [aBubble('HELP')]);
    const [row] = kept.rows;
    if (!row) throw new Error('no answer');
    const world: World = { ...worldNow(stage), thread: kept.thread, runs: kept.runs };
    const moment = { now: stage.now, zone };
    expect(judgeAtClaim(row, world, moment).verdict).toEqual({ may: 'go' });
    const renamed = judgeAtClaim(row, { ...world, contact: { ...world.contact, firstName: 'Lila' } }, moment);
    expect(renamed.row.body.text).toContain('Lila');
    const stopped: World = {
      ...world,
      suppressions: [{ channel: 'sms', reason: 'stop', at: new Date(tuesday.getTime() + 9e9) }],
    };
    expect(judgeAtClaim(row, stopped, moment)).toMatchObject({
      verdict: { may: 'never', reason: 'suppressed' },
      decision: { asked: 'd', rowId: row.id },
    });
  });
});

test('a login brings a dormant artist back', () => {
  const stage = aStage('camille', new Date('2026-03-02T04:00:00Z'));
  play(stage, { do: 'track', name: 'Segment Entered', properties: { segment: 'dormant' } });
  const kept = decided(stage, [anEvent('Recommended Action Done')]);
  expect(kept.emitted.map((event) => event.name)).toEqual(['Reactivated']);
});
