import { describe, expect, test } from 'vitest';
import { playUntil, type Cast, type Stage } from '../../src/core/rehearse.ts';
import type { TrackedEvent } from '../../src/core/flow/event.ts';
import {
  aStage,
  between,
  fateOf,
  left,
  leftKeys,
  on,
  runOf,
  says,
  spoken,
  tracks,
  trailOf,
  until,
} from './stage.ts';

const plan390 = { plan: 390, subscriptionId: 's9' };

function inNurturing(): Stage {
  const stage = aStage('lea', on('2026-03-03 10:00'));
  tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
  return stage;
}

/** What is written down while a row is already there: an event, or a text, that the next look finds. */
const head = (stage: Stage) =>
  ({ contactId: stage.contact.id, receivedAt: stage.now, state: 'new', tries: 0 }) as const;

function happensNow(stage: Stage, name: string, properties: TrackedEvent['properties']): void {
  const event = { id: 'between', name, properties, occurredAt: stage.now };
  stage.waiting.push({ ...head(stage), id: 'event:between', kind: 'event', event });
}

function stopsNow(stage: Stage, channel: 'sms' | 'email'): void {
  const sender = stage.cast.senders.find((one) => one.channel === channel)?.key ?? '';
  const address = stage.addresses.find((one) => one.channel === channel)?.value ?? '';
  stage.waiting.push({
    ...head(stage),
    id: 'stop:between',
    kind: 'inbound',
    inbound: {
      channel, sender, address, text: 'STOP', media: [], button: null, repliedTo: null, optOutType: null, profileName: null, sid: 'SM-stop',
    },
  }); // prettier-ignore
}

describe('19.5 the goal', () => {
  test('19.5 a second before a due step: nothing leaves', () => {
    const stage = inNurturing();
    playUntil(stage, new Date(on('2026-03-04 12:30').getTime() - 1000));
    tracks(stage, 'Subscription Started', plan390);
    until(stage, '2026-04-10');
    expect(leftKeys(stage, 'nurturing')).toEqual(['j0-email']);
    expect(runOf(stage, 'nurturing').exitReason).toBe('goal_met');
  });

  test('19.5 between w and d: the row that was written does not leave', () => {
    const stage = inNurturing();
    until(stage, '2026-03-18 12:00');
    between(stage, 'j15-sms', () => happensNow(stage, 'Subscription Started', plan390));
    until(stage, '2026-04-10');
    expect(leftKeys(stage, 'nurturing')).not.toContain('j15-sms');
    expect(['goal_met', 'exited']).toContain(fateOf(stage, 'nurturing', 'j15-sms'));
    expect(runOf(stage, 'nurturing').exitReason).toBe('goal_met');
  });

  test('19.5 while a row is held: it never leaves', () => {
    const stage = inNurturing();
    until(stage, '2026-03-18 12:20');
    says(stage, 'COACH');
    until(stage, '2026-03-18 13:00');
    expect(trailOf(stage, 'j15-sms')).toContain('conversation_open');
    tracks(stage, 'Subscription Started', plan390);
    until(stage, '2026-04-10');
    expect(leftKeys(stage, 'nurturing')).not.toContain('j15-sms');
    expect(['goal_met', 'exited']).toContain(fateOf(stage, 'nurturing', 'j15-sms'));
  });
});

describe('19.5 STOP between w and d', () => {
  const inUpsell = (): Stage => {
    const stage = aStage('sofia', on('2026-03-03 08:00'));
    tracks(stage, 'Segment Entered', { segment: 'upsell_open' });
    return stage;
  };

  test('19.5 STOP between w and d by SMS: suppressed; mail follows its own consent', () => {
    const stage = inUpsell();
    until(stage, '2026-03-04 09:00');
    between(stage, 'j1-sms', () => stopsNow(stage, 'sms'));
    until(stage, '2026-03-11');
    expect(fateOf(stage, 'upsell', 'j1-sms')).toBe('suppressed');
    expect(left(stage, 'upsell')).toEqual([
      'j0-email 2026-03-03 10:00',
      'j3-email 2026-03-06 09:30',
      'j7-email 2026-03-10 09:30',
    ]);
    expect(
      spoken(stage)
        .filter(({ channel }) => channel === 'sms')
        .map((row) => row.class),
    ).toEqual(['compliance']);
  });

  test('19.5 STOP between w and d by e-mail: suppressed; texts follow their own consent', () => {
    const stage = inUpsell();
    between(stage, 'j0-email', () => stopsNow(stage, 'email'));
    until(stage, '2026-03-11');
    expect(fateOf(stage, 'upsell', 'j0-email')).toBe('suppressed');
    expect(leftKeys(stage, 'upsell').filter((key) => key.endsWith('email'))).toEqual([]);
    expect(stage.consents['sms:marketing']).toBe('granted');
  });

  test('19.5 STOP between w and d by push: suppressed; mail follows its own consent', () => {
    const subscribed = (cast: Cast): Cast => ({
      ...cast,
      consents: { ...cast.consents, 'push:push': 'granted', 'push:marketing': 'granted' },
      addresses: [
        ...cast.addresses,
        {
          id: 'push',
          contactId: cast.contact.id,
          channel: 'push',
          value: 'https://push.example/1',
          softFails: 0,
        },
      ],
    });
    const stop = (stage: Stage): void => {
      stage.suppressions = [...stage.suppressions, { channel: 'push', reason: 'stop', at: stage.now }];
    };
    const heard = aStage('lea', on('2026-03-03 10:00'), subscribed);
    tracks(heard, 'Trigger Fired', { trigger: 'inactivity' });
    expect(fateOf(heard, 'triggers', 'inactive-push')).toBe('sent');

    const stage = aStage('lea', on('2026-03-03 10:00'), subscribed);
    between(stage, 'inactive-push', () => stop(stage));
    tracks(stage, 'Trigger Fired', { trigger: 'inactivity' });
    expect(fateOf(stage, 'triggers', 'inactive-push')).toBe('suppressed');
    tracks(stage, 'Segment Entered', { segment: 'upsell_open' });
    until(stage, '2026-03-04 12:00');
    expect(leftKeys(stage, 'upsell')).toContain('j0-email');
  });
});
