import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCast, readLibrary } from '../../src/cli/rehearsal-files.ts';
import { createUnderstand } from '../../src/core/intent.ts';
import { openStage, play, type Cue, type Stage } from '../../src/core/rehearse.ts';
import { readIntentLists } from '../../src/store/intent-files.ts';

const folders = { flowsDir: 'flows', localesDir: 'locales' };
const library = readLibrary(folders);
const understand = createUnderstand(readIntentLists(folders.localesDir));
const start = new Date('2026-03-02T17:04:00Z');
const { cast } = readCast({ ...folders, persona: 'lea', at: start, library, understand });

type Beat = (stage: Stage) => Cue;

const texts = [
  'oui',
  'non',
  'HELP',
  'STOP',
  'START',
  'COACH',
  'merci',
  'xyz truc',
  'ça coûte combien ?',
  '2',
  'remboursement',
  'mais non en fait',
];
const rev = (stage: Stage): number => stage.thread.own.rev;

const beat: fc.Arbitrary<Beat> = fc.oneof(
  fc
    .integer({ min: 1, max: 72 })
    .map((hours): Beat => ({ now }) => ({ do: 'until', at: new Date(now.getTime() + hours * 3_600_000) })),
  fc.constantFrom(...texts).map((text): Beat => () => ({ do: 'hear', bubbles: [{ text }], channel: 'sms' })),
  fc.constantFrom('yes', 'no', 'help', 'kw:stop').map((payload): Beat => () => ({
    do: 'hear',
    bubbles: [{ button: { payload, text: payload } }],
    channel: 'whatsapp',
  })),
  fc
    .constantFrom('App Logged In', 'Upsell Declined', 'Subscription Refunded')
    .map((name): Beat => () => ({ do: 'track', name, properties: { plan: 290, subscriptionId: 's1' } })),
  fc.constantFrom<Beat>(
    (stage) => ({ do: 'coach', coachId: 'nina', act: { do: 'claim', rev: rev(stage) } }),
    (stage) => ({
      do: 'coach',
      coachId: 'nina',
      act: {
        do: 'say',
        rev: rev(stage),
        seen: stage.thread.seq,
        channel: 'sms',
        text: 'Bonjour',
        undoMs: 8_000,
      },
    }),
    (stage) => ({ do: 'coach', coachId: 'nina', act: { do: 'handBack', rev: rev(stage), to: null } }),
    (stage) => ({ do: 'coach', coachId: 'sam', act: { do: 'resolve', rev: rev(stage), why: 'done' } }),
    (stage) => ({ do: 'coach', coachId: 'nina', act: { do: 'undo', rev: rev(stage) } }),
  ),
);

function played(beats: readonly Beat[]): Stage {
  const stage = openStage(cast, start);
  play(stage, { do: 'track', name: 'Subscription Started', properties: { plan: 290, subscriptionId: 's1' } });
  for (const one of beats) play(stage, one(stage));
  play(stage, { do: 'until', at: new Date(stage.now.getTime() + 40 * 86_400_000) });
  return stage;
}

const anyone = fc.array(beat, { minLength: 1, maxLength: 12 });
const runs = { numRuns: 25 };

test('whatever happens, what is kept hangs together', () => {
  fc.assert(
    fc.property(anyone, (beats) => {
      const stage = played(beats);
      // I6: items are 1…n, without a hole or a double.
      expect(stage.items.map((item) => item.seq)).toEqual(stage.items.map((_, n) => n + 1));
      // I8: a step speaks once a channel.
      const steps = [...stage.rows.values()].flatMap((row) =>
        row.stepKey && row.sid ? [`${row.runId ?? ''} ${row.stepKey}`] : [],
      );
      expect(new Set(steps).size).toBe(steps.length);
      // Nothing leaves early or late (I9), and everything ends (I2).
      for (const line of stage.lines) {
        if (line.kind === 'out')
          expect(line.at >= line.row.notBefore && line.at <= line.row.expiresAt).toBe(true);
      }
      expect(
        [...stage.rows.values()].filter((row) => row.status === 'queued' && row.expiresAt < stage.now),
      ).toEqual([]);
      // One question is open per thread.
      expect([...stage.runs.values()].filter((run) => run.open && run.talk).length).toBeLessThanOrEqual(1);
    }),
    runs,
  );
});

test('after a STOP nothing but its confirmation and answers to newer words leaves by that channel', () => {
  fc.assert(
    fc.property(anyone, (beats) => {
      const stage = played([...beats, () => ({ do: 'hear', bubbles: [{ text: 'STOP' }], channel: 'sms' })]);
      const stoppedAt = stage.ledger.findLast((record) => record.channel === 'sms')?.at;
      const after = stage.lines.filter(
        (line) => line.kind === 'out' && stoppedAt && line.at > stoppedAt && line.row.channel === 'sms',
      );
      expect(after).toEqual([]);
    }),
    runs,
  );
});

test('the same script always gives the same transcript', () => {
  fc.assert(
    fc.property(anyone, (beats) => void expect(played(beats).lines).toEqual(played(beats).lines)),
    { numRuns: 5 },
  );
});
