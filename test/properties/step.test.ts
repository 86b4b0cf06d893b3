import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FlowEvent } from '../../src/core/flow/event.ts';
import { enter, step, type Moved } from '../../src/core/flow/step.ts';
import type { RunState } from '../../src/core/run.ts';
import type { Intent } from '../../src/core/understood.ts';
import { aSnapshot, nurturing, paris } from '../core/flow/play.ts';

const zone = 'Europe/Paris';
const dayMs = 86_400_000;

/** What may happen to Léa's run, and how long after the thing before. */
type Happening =
  | { readonly does: 'wakes' }
  | {
      readonly does: 'says';
      readonly intent: Intent;
      readonly confidence: number;
      readonly isQuestion: boolean;
    }
  | { readonly does: 'taps'; readonly choice: string; readonly back: number }
  | { readonly does: 'tracks'; readonly name: string; readonly plan: number; readonly ageMs: number }
  | { readonly does: 'event'; readonly event: FlowEvent };

interface Line {
  readonly afterMs: number;
  readonly isOnDuty: boolean;
  readonly isOpen: boolean;
  readonly verdict: string;
  readonly what: Happening;
}

const intent = fc.constantFrom<Intent[]>('yes', 'no', 'help', 'human', 'other');
const node = fc.constantFrom(...Object.keys(nurturing.nodes), 'reception');

const event: fc.Arbitrary<FlowEvent> = fc.oneof(
  fc.constant<FlowEvent>({ type: 'held', by: 'nina' }),
  fc.constant<FlowEvent>({ type: 'spoke', by: 'nina' }),
  fc.constant<FlowEvent>({ type: 'superseded' }),
  fc
    .constantFrom('handBack', 'resolved', 'artistEnded')
    .map((outcome): FlowEvent => ({ type: 'released', outcome })),
  node.map((to): FlowEvent => ({ type: 'released', outcome: 'handBack', to })),
  node.map((to): FlowEvent => ({ type: 'jumped', to })),
  fc.constantFrom(...nurturing.steps).map(({ id }): FlowEvent => ({ type: 'skipped', stepId: id })),
  fc.constant<FlowEvent>({ type: 'closed', reason: 'test' }),
);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Happening>({ does: 'wakes' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('says' as const),
      intent,
      confidence: fc.constantFrom(0.4, 0.6, 0.9, 1),
      isQuestion: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('taps' as const),
      choice: fc.constantFrom('yes', 'no', 'help', 'solo', 'plan390'),
      back: fc.nat(3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('tracks' as const),
      name: fc.constantFrom(
        'App Logged In',
        'Subscription Started',
        'Subscription Cancelled',
        'Profile Updated',
      ),
      plan: fc.constantFrom(290, 390),
      ageMs: fc.constantFrom(0, 90 * dayMs),
    }),
  },
  { weight: 3, arbitrary: event.map((one): Happening => ({ does: 'event', event: one })) },
);

const line: fc.Arbitrary<Line> = fc.record({
  afterMs: fc.oneof(fc.constant(0), fc.nat(10 * 60_000), fc.nat(3 * dayMs)),
  isOnDuty: fc.boolean(),
  isOpen: fc.boolean(),
  verdict: fc.constantFrom('go', 'go', 'wait', 'no_consent'),
  what: happening,
});

const script = fc.array(line, { maxLength: 40 });

/** Plays a script as decide() does, and looks at every state on the way. */
function play(
  lines: readonly Line[],
  look: (before: RunState, moved: Moved, event: FlowEvent, now: Date) => void,
): readonly Moved[] {
  let now = paris('2026-03-02 18:04');
  let snapshot = aSnapshot();
  let state!: RunState;
  const all: Moved[] = [];
  const keep = (moved: Moved, verdict: string): void => {
    state = moved.state;
    all.push(moved);
    for (const effect of moved.effects) {
      if (effect.type !== 'send' || effect.via === 'answer') continue;
      move(
        { type: 'judged', stepId: effect.via.step.id, verdict, itemId: null, channel: effect.channel },
        verdict,
      );
    }
  };
  const move = (event: FlowEvent, verdict: string): void => {
    const before = state;
    const moved = step(nurturing, before, event, snapshot, { now, zone });
    look(before, moved, event, now);
    keep(moved, verdict);
  };
  keep(
    enter(nurturing, {
      runId: 'run-1',
      contactId: 'lea',
      runKey: 's1',
      wordsHash: 'w',
      by: null,
      snapshot,
      moment: { now, zone },
    }),
    'go',
  );
  for (const { afterMs, isOnDuty, isOpen, verdict, what } of lines) {
    now = new Date(now.getTime() + afterMs);
    snapshot = aSnapshot({ duty: { isOnDuty }, contact: { segments: isOpen ? ['upsell_open'] : [] } });
    const happens = eventOf(what, state, now);
    if (happens) move(happens, verdict);
  }
  return all;
}

function eventOf(what: Happening, state: RunState, now: Date): FlowEvent | null {
  switch (what.does) {
    case 'wakes':
      return state.wakeAt && state.wakeAt <= now
        ? { type: 'woke', wakeAt: state.wakeAt }
        : { type: 'woke', wakeAt: now };
    case 'event':
      return what.event;
    case 'tracks':
      return {
        type: 'tracked',
        event: {
          id: `${what.name}-${now.getTime()}`,
          name: what.name,
          properties: { plan: what.plan },
          occurredAt: new Date(now.getTime() - what.ageMs),
        },
      };
    case 'says':
      return heard(what.intent, what.confidence, what.isQuestion, null);
    case 'taps': {
      const asked = [...(state.talk ? [state.talk] : []), ...[...state.past].reverse()][what.back];
      if (!asked) return null;
      return heard(what.choice as Intent, 1, false, {
        runId: state.id,
        node: asked.node,
        waitId: asked.waitId,
        choice: what.choice,
        how: 'tap',
      });
    }
  }
}

type Heard = Extract<FlowEvent, { type: 'heard' }>;

const heard = (said: Intent, confidence: number, isQuestion: boolean, binding: Heard['binding']): Heard => ({
  type: 'heard',
  text: said,
  channel: 'whatsapp',
  itemIds: ['in'],
  understood: { intent: said, confidence, rule: 'test', tags: isQuestion ? ['question'] : [] },
  rule: binding ? 'tap' : 'question',
  binding,
  media: false,
});

const runs = { numRuns: 150 };
const nothing = (): void => undefined;

describe('a run, whatever happens to it', () => {
  test('never throws, and gives the same answer to the same arguments', () => {
    fc.assert(
      fc.property(script, (lines) => {
        expect(play(lines, nothing)).toEqual(play(lines, nothing));
      }),
      runs,
    );
  });

  test('never speaks a step twice, whatever the guard said', () => {
    fc.assert(
      fc.property(script, (lines) => {
        const spoken = play(lines, nothing).flatMap(({ effects }) =>
          effects.flatMap((effect) =>
            effect.type === 'send' && effect.via !== 'answer' ? [effect.via.step.id] : [],
          ),
        );
        expect(spoken).toEqual([...new Set(spoken)]);
      }),
      runs,
    );
  });

  test('never asks for the same wake twice, and never stands still', () => {
    fc.assert(
      fc.property(script, (lines) => {
        play(lines, (before, { state }, event) => {
          if (event.type === 'woke' && state.wakeAt)
            expect(state.wakeAt.getTime()).toBeGreaterThan(event.wakeAt.getTime());
          if (before.wokeAt && state.wakeAt)
            expect(state.wakeAt.getTime()).toBeGreaterThan(before.wokeAt.getTime());
        });
      }),
      runs,
    );
  });

  test('a wake that leaves something due has done something', () => {
    fc.assert(
      fc.property(script, (lines) => {
        play(lines, (before, { state, effects }, event, now) => {
          if (event.type !== 'woke' || !state.wakeAt || state.wakeAt > now) return;
          expect(effects.some(({ type }) => type === 'send')).toBe(true);
          expect(before.open).toBe(true);
        });
      }),
      runs,
    );
  });

  test('says one thing of its own accord a wake', () => {
    fc.assert(
      fc.property(script, (lines) => {
        play(lines, (_, { effects }, event) => {
          if (event.type === 'woke')
            expect(effects.filter(({ type }) => type === 'send').length).toBeLessThanOrEqual(1);
        });
      }),
      runs,
    );
  });

  test('has one question open at most, and never the same one twice', () => {
    fc.assert(
      fc.property(script, (lines) => {
        play(lines, (_, { state }) => {
          const closed = state.past.map(({ waitId }) => waitId);
          expect(closed).toEqual([...new Set(closed)]);
          if (state.talk) expect(closed).not.toContain(state.talk.waitId);
        });
      }),
      runs,
    );
  });

  test('closed, it asks for nothing more', () => {
    fc.assert(
      fc.property(script, (lines) => {
        play(lines, (_, { state }) => {
          if (!state.open) expect([state.wakeAt, state.handoff, state.talk]).toEqual([null, null, null]);
        });
      }),
      runs,
    );
  });

  test('always says why, a wake that found nothing apart', () => {
    fc.assert(
      fc.property(script, (lines) => {
        play(lines, (_, { effects }, event) => {
          if (event.type !== 'woke') expect(effects.some(({ type }) => type === 'note')).toBe(true);
        });
      }),
      runs,
    );
  });

  test('left alone, it ends', () => {
    fc.assert(
      fc.property(script, (lines) => {
        let state = play(lines, nothing).at(-1)?.state;
        for (let wakes = 0; state?.wakeAt; wakes++) {
          if (wakes > 200) throw new Error(`still awake at ${state.wakeAt.toISOString()}`);
          const now = state.wakeAt;
          const moment = { now, zone };
          const moved: Moved = step(nurturing, state, { type: 'woke', wakeAt: now }, aSnapshot(), moment);
          state = moved.state;
          for (const effect of moved.effects) {
            if (effect.type !== 'send' || effect.via === 'answer') continue;
            const judged: FlowEvent = {
              type: 'judged',
              stepId: effect.via.step.id,
              verdict: 'go',
              itemId: null,
              channel: effect.channel,
            };
            state = step(nurturing, state, judged, aSnapshot(), moment).state;
          }
        }
        expect(state?.open).toBe(false);
      }),
      runs,
    );
  });
});
