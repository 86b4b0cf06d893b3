import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { play, type Stage } from '../../src/core/rehearse.ts';
import { claimScope } from '../../src/core/claim.ts';
import { readSegments } from '../../src/core/segment/book.ts';
import { isMember } from '../../src/core/segment/evaluate.ts';
import { worldOf } from '../../src/core/rehearse.ts';
import { aStage, fateOf, left, leftKeys, on, runOf, spoken, tracks, until, whyOf } from './stage.ts';

const { book } = readSegments(
  (parse(readFileSync('flows/segments.yaml', 'utf8')) as { segments: Record<string, unknown> }).segments,
);
const bodyOf = (stage: Stage, step: string): string =>
  spoken(stage).find(({ stepKey }) => stepKey === step)?.body.text ?? '';

const eligible = (stage: Stage): void => {
  tracks(stage, 'Mona Score Updated', { score: 88 });
  tracks(stage, 'Segment Entered', { segment: 'spark_eligible' });
};

describe('19.6 SPARK at J14 of Nurturing', () => {
  const stage = aStage('lea', on('2026-03-03 10:00'));
  tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
  until(stage, '2026-03-17 08:00');
  eligible(stage);
  until(stage, '2026-04-10');

  test('19.6 SPARK leaves', () => {
    expect(leftKeys(stage, 'spark')).toEqual(['j0-email', 'j1-sms', 'j5-email']);
  });
  test('19.6 the core of J14 leaves at its hour, without its marketing section', () => {
    const untouched = aStage('lea', on('2026-03-03 10:00'));
    tracks(untouched, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
    until(untouched, '2026-03-18');
    expect(bodyOf(untouched, 'j14-email')).toContain('390');
    expect(bodyOf(stage, 'j14-email')).not.toContain('390');
    expect(left(stage, 'nurturing')).toContain('j14-email 2026-03-17 09:30');
  });
  test('19.6 J15 is skipped, its condition is false', () => {
    expect(fateOf(stage, 'nurturing', 'j15-sms')).toBe('condition_false');
  });
  test('19.6 J21 is whole again: SPARK has said its last word', () => {
    const j21 = spoken(stage).find(({ stepKey }) => stepKey === 'j21-email');
    expect(j21?.class).toBe('marketing');
  });
});

test('19.6 SPARK at J2 of Upsell: J3 is too late by then, and its trail says that SPARK came first', () => {
  const stage = aStage('sofia', on('2026-03-03 08:00'));
  tracks(stage, 'Segment Entered', { segment: 'upsell_open' });
  until(stage, '2026-03-05 09:00');
  eligible(stage);
  until(stage, '2026-03-20');
  expect(leftKeys(stage, 'spark')).toEqual(['j0-email', 'j1-sms', 'j5-email']);
  expect(fateOf(stage, 'upsell', 'j3-email')).toBe('late');
  expect(whyOf(stage, 'j3-email')).toMatchObject({ because: 'preempted', by: ['spark'] });
});

test('19.6 NON at J14: J15 is skipped, nothing of Upsell for 90 days, and on day 91 they may enter', () => {
  const stage = aStage('lea', on('2026-03-03 10:00'));
  tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
  until(stage, '2026-03-17 11:00');
  const mail = spoken(stage).find(({ stepKey }) => stepKey === 'j14-email');
  const tap = { text: '', button: { payload: 'no', text: 'non' }, repliedTo: mail?.sid ?? null };
  const declined = stage.now;
  tapOf(stage, tap);
  until(stage, '2026-03-19');
  expect(fateOf(stage, 'nurturing', 'j15-sms')).toBe('condition_false');
  expect(stage.contact.segments).not.toContain('upsell_open');

  const events = [{ name: 'Upsell Declined', occurredAt: declined, properties: {} }];
  const isOpen = (days: number): boolean => {
    const now = new Date(declined.getTime() + days * 86_400_000);
    const world = worldOf({ ...stage, now });
    const offers = claimScope(world.offers, stage.contact, world.duty, { now, zone: stage.contact.zone });
    const contact = { ...stage.contact, mona: { score: 76, percentile: 80, at: now } };
    const rule = book.rules.get('upsell_open');
    return rule ? isMember(rule, { contact, consents: stage.consents, events, offers }, now) : false;
  };
  expect([isOpen(1), isOpen(89), isOpen(91)]).toEqual([false, false, true]);
  until(stage, '2026-06-17 09:00');
  expect([...stage.runs.values()].filter(({ flow }) => flow === 'upsell')).toEqual([]);
  tracks(stage, 'Segment Entered', { segment: 'upsell_open' });
  expect(runOf(stage, 'upsell').open).toBe(true);
});

function tapOf(
  stage: Stage,
  bubble: { text: string; button: { payload: string; text: string }; repliedTo: string | null },
): void {
  play(stage, { do: 'hear', channel: 'email', bubbles: [bubble] });
}
