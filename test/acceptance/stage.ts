import { readCast } from '../../src/cli/rehearsal-files.ts';
import { wallTime } from '../../src/core/calendar.ts';
import { openStage, play, playUntil, type Cast, type Line, type Stage } from '../../src/core/rehearse.ts';
import type { Row } from '../../src/core/row.ts';
import type { RunState } from '../../src/core/run.ts';
import { library, understand } from '../core/decide/scenes.ts';

/*
 * A rehearsal as the acceptance tests tell it: one of the cast, the published flows, the sandbox's facts. Times are
 * written as on the contact's wall: `2026-03-03 09:30`.
 */

export { library, understand };

export const on = (text: string, zone = 'Europe/Paris'): Date => {
  const [date = '', time = '12:00'] = text.split(' ');
  return wallTime(date, time, zone);
};

/** A stage on which nothing has happened yet. */
export function aStage(persona: string, at: Date, change: (cast: Cast) => Cast = (cast) => cast): Stage {
  const { cast } = readCast({ flowsDir: 'flows', localesDir: 'locales', persona, at, library, understand });
  return openStage(change(cast), at);
}

export const tracks = (
  stage: Stage,
  name: string,
  properties: Readonly<Record<string, unknown>> = {},
): void => {
  play(stage, { do: 'track', name, properties });
};

export const says = (stage: Stage, text: string, channel: Row['channel'] = 'sms'): void => {
  play(stage, { do: 'hear', bubbles: [{ text }], channel });
};

/** Lets time go on to an hour on the contact's wall. */
export const until = (stage: Stage, text: string): void => {
  playUntil(stage, on(text, stage.contact.zone));
};

/** The day and hour of an instant, on the contact's wall. */
export function shown(at: Date, stage: Stage): string {
  const { zone } = stage.contact;
  return at.toLocaleString('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
}

export const spoken = (stage: Stage): readonly Row[] =>
  stage.lines.flatMap((line) => (line.kind === 'out' ? [line.row] : []));

/** Steps of a flow that left, as `j0-email 2026-03-03 09:00`. */
export const left = (stage: Stage, flow: string): readonly string[] =>
  stage.lines.flatMap((line) =>
    isStepOf(line, flow, stage) ? [`${line.row.stepKey ?? ''} ${shown(line.at, stage)}`] : [],
  );

/** Steps of a flow that left, without their hour. */
export const leftKeys = (stage: Stage, flow: string): readonly string[] =>
  left(stage, flow).map((line) => line.split(' ')[0] ?? '');

function isStepOf(line: Line, flow: string, stage: Stage): line is Extract<Line, { kind: 'out' }> {
  if (line.kind !== 'out' || !line.row.stepKey || line.row.words?.flow !== flow) return false;
  return stage.runs.get(line.row.runId ?? '')?.flow === flow;
}

export function runOf(stage: Stage, flow: string): RunState {
  const run = [...stage.runs.values()].findLast((one) => one.flow === flow);
  if (!run) throw new Error(`nobody is in ${flow}`);
  return run;
}

/** What became of a step: `sent`, or the reason why not. */
export function fateOf(stage: Stage, flow: string, step: string): string | null {
  const run = runOf(stage, flow);
  const row = [...stage.rows.values()].find((one) => one.runId === run.id && one.stepKey === step);
  if (row?.status === 'blocked') return row.reason ?? null;
  return row?.sid ? 'sent' : (run.done[step]?.verdict ?? null);
}

/** What the guard answered about a step, oldest first, each reason once. */
export const trailOf = (stage: Stage, step: string): readonly string[] => [
  ...new Set(stage.decisions.flatMap(({ stepKey, reason }) => (stepKey === step && reason ? [reason] : []))),
];

/** The facts of the guard's last answer about a step: what it was held by, and by whom. */
export const whyOf = (stage: Stage, step: string): Readonly<Record<string, unknown>> =>
  stage.decisions.findLast(({ stepKey }) => stepKey === step)?.facts ?? {};

/** Something happens once a row has been written and before it is claimed: between **w** and **d**. */
export function between(stage: Stage, step: string, happen: (row: Row) => void): void {
  const { decide } = stage;
  let isDone = false;
  const watching: Stage['decide'] = (...asked) => {
    const kept = decide(...asked);
    const row = kept.rows.find(({ stepKey }) => stepKey === step);
    if (row && !isDone) {
      isDone = true;
      happen(row);
    }
    return kept;
  };
  Object.assign(stage, { decide: watching });
}
