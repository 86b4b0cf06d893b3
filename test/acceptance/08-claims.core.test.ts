import { describe, expect, test } from 'vitest';
import { play, type Cast, type Stage } from '../../src/core/rehearse.ts';
import { aStage, fateOf, left, leftKeys, on, says, spoken, tracks, trailOf, until, whyOf } from './stage.ts';

const bodyOf = (stage: Stage, step: string): string =>
  spoken(stage).find(({ stepKey }) => stepKey === step)?.body.text ?? '';

/** The booking system's slots, which change while the sequence runs. */
const slotsFrom =
  (at: string, remaining: number, times: readonly string[]) =>
  (cast: Cast): Cast => ({
    ...cast,
    offers: (now) =>
      cast
        .offers(now)
        .map((offer) =>
          offer.key === 'slots' && now >= on(at)
            ? { ...offer, value: { remaining, times: times.map((time) => on(time)) } }
            : offer,
        ),
  });

function aLead(change?: (cast: Cast) => Cast): Stage {
  const stage = aStage('noa', on('2026-03-03 10:00'), change);
  tracks(stage, 'Lead Created', { source: 'form' });
  return stage;
}

describe('19.8 slots that change between planning and sending', () => {
  test('19.8 three, then none: J5 is skipped', () => {
    const stage = aLead(slotsFrom('2026-03-08 09:00', 0, []));
    until(stage, '2026-03-12');
    expect(leftKeys(stage, 'welcome')).not.toContain('j5-email');
    expect(fateOf(stage, 'welcome', 'j5-email')).toMatch(/condition_false|claim_unbound|missing_field/u);
  });

  test('19.8 three, then one: it says one, and the right day', () => {
    const stage = aLead(slotsFrom('2026-03-08 09:00', 1, ['2026-03-10 16:30']));
    until(stage, '2026-03-10 12:00');
    expect(bodyOf(stage, 'j5-email')).toMatch(/\b1 créneau\b|un (seul )?créneau/u);
    expect(bodyOf(stage, 'j5-email')).not.toMatch(/3 créneaux/u);
    expect(bodyOf(stage, 'j6-sms')).toMatch(/1 créneau.*demain.*16h30/su);
  });
});

describe('19.8 the place kept until 21:00 on J1', () => {
  const inUpsell = (): Stage => {
    const stage = aStage('sofia', on('2026-03-03 08:00'));
    tracks(stage, 'Segment Entered', { segment: 'upsell_open' });
    return stage;
  };

  test('19.8 at 10:30 its text says "plus que 10h"', () => {
    const stage = inUpsell();
    until(stage, '2026-03-04 12:00');
    expect(bodyOf(stage, 'j1-sms')).toContain('10h');
  });

  test('19.8 held past 19:00 it has expired', () => {
    const stage = inUpsell();
    until(stage, '2026-03-04 10:20');
    says(stage, 'COACH');
    until(stage, '2026-03-04 19:10');
    const { rev } = stage.thread.own;
    play(stage, { do: 'coach', coachId: 'nina', act: { do: 'resolve', rev, why: 'done' } });
    until(stage, '2026-03-05');
    expect(trailOf(stage, 'j1-sms')).toContain('conversation_open');
    expect(fateOf(stage, 'upsell', 'j1-sms')).toBe('expired');
  });
});

describe('19.8 after the last word of win-back', () => {
  const silenced = (): Stage => {
    const stage = aStage('camille', on('2026-03-02 09:00', 'Indian/Reunion'));
    tracks(stage, 'Segment Entered', { segment: 'dormant' });
    until(stage, '2026-03-07 13:00');
    expect(left(stage, 'winback').at(-1)).toBe('j5-sms 2026-03-07 12:30');
    return stage;
  };
  const marketing = (stage: Stage, since: number): readonly string[] =>
    spoken(stage)
      .slice(since)
      .flatMap((row) => (row.class === 'marketing' ? [row.stepKey ?? ''] : []));

  test('19.8 no marketing for thirty days, whatever enters', () => {
    const stage = silenced();
    const said = spoken(stage).length;
    until(stage, '2026-03-10 08:00');
    tracks(stage, 'Segment Entered', { segment: 'spark_eligible' });
    until(stage, '2026-04-05');
    expect(whyOf(stage, 'j0-email')).toMatchObject({ because: 'promised_silence' });
    expect(marketing(stage, said)).toEqual([]);
  });

  test('19.8 unless they log in', () => {
    const stage = silenced();
    const said = spoken(stage).length;
    until(stage, '2026-03-10 08:00');
    tracks(stage, 'App Logged In');
    tracks(stage, 'Segment Entered', { segment: 'spark_eligible' });
    until(stage, '2026-03-20');
    expect(marketing(stage, said)).toEqual(['j0-email', 'j1-sms', 'j5-email']);
  });

  test('19.8 unless they answer', () => {
    const stage = silenced();
    const said = spoken(stage).length;
    until(stage, '2026-03-10 08:00');
    says(stage, 'oui');
    tracks(stage, 'Segment Entered', { segment: 'spark_eligible' });
    until(stage, '2026-03-20');
    expect(marketing(stage, said)).toContain('j1-sms');
  });
});
