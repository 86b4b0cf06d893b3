import { locales as allLocales, registers as allRegisters, type Channel } from '../vocabulary.ts';
import { complaintsOf, nearest } from './complaint.ts';
import type { Entry, Flow, Late, Node, Offset, Step, StepClass } from './definition.ts';
import { byPlace, type LintRule, type Mistake } from './mistake.ts';
import { readYaml, type Positions, type SourcePath } from './positions.ts';
import { flowShape, stepShape, type AuthoredEntry, type AuthoredFlow, type AuthoredStep } from './schema.ts';
import { slugPattern } from './shape.ts';
import { kindOf, nodeKinds, verbs } from './steps/index.ts';
import type { Compiler } from './steps/kind.ts';
import { defaultStepTimes, isWallTime, parseDuration, parseOffset, parsePerishable } from './time.ts';

export interface CompileOptions {
  /** Wall time of a bare `J7`, by channel (policy.stepTimes). */
  readonly stepTimes?: Readonly<Record<string, string>>;
  /** How late a step may be, by default (policy.late). */
  readonly late?: { readonly marketingMs: number; readonly serviceMs: number };
}

export type Compiled =
  { readonly flow: Flow; readonly positions: Positions } | { readonly mistakes: readonly Mistake[] };

export const isCompiled = (compiled: Compiled): compiled is Extract<Compiled, { flow: Flow }> =>
  'flow' in compiled;

/** A flow file as read: its mistakes of form, and what could be made of it all the same, for the lints to go on with. */
export interface ReadFlow {
  readonly flow: Flow | null;
  readonly positions: Positions;
  /** Where each of the flow's steps was written, in their order. */
  readonly stepPaths: readonly SourcePath[];
  readonly mistakes: readonly Mistake[];
}

const hourMs = 3_600_000;
const defaultLate = { marketingMs: 24 * hourMs, serviceMs: 72 * hourMs };

/** What a compilation reads and complains to. */
interface Desk {
  readonly positions: Positions;
  readonly options: CompileOptions;
  readonly mistakes: Mistake[];
}

/** Turns a flow file into the shape the engine runs, or says every mistake of form in it, each at its place. */
export function compileFlow(
  source: string,
  file: string,
  version: number,
  options: CompileOptions = {},
): Compiled {
  const { flow, positions, mistakes } = readFlow(source, file, version, options);
  return flow && mistakes.length === 0 ? { flow, positions } : { mistakes };
}

export function readFlow(
  source: string,
  file: string,
  version: number,
  options: CompileOptions = {},
): ReadFlow {
  const { value, positions, mistakes } = readYaml(source, file);
  const desk: Desk = { positions, options, mistakes: [...mistakes] };
  const parsed = mistakes.length > 0 ? null : flowShape.safeParse(value);
  if (parsed?.error) desk.mistakes.push(...complaintsOf(parsed.error.issues, positions, knownFields()));
  const flow = parsed?.data ? flowOf(parsed.data, version, desk) : null;
  const stepPaths = parsed?.data ? authoredSteps(parsed.data).map(({ path }) => path) : [];
  return { flow, positions, stepPaths, mistakes: [...desk.mistakes].sort(byPlace) };
}

function knownFields(): readonly string[] {
  const shapes = Object.values(nodeKinds).flatMap(({ shape }) => Object.keys(shape.shape));
  const parts = [
    'on',
    'where',
    'unless',
    'run',
    'anchor',
    'reentry',
    'segment',
    'within',
    'result',
    'until',
    'else',
    'use',
    'max',
    'then',
  ];
  return [
    ...new Set([...Object.keys(flowShape.shape), ...Object.keys(stepShape.shape), ...shapes, ...parts]),
  ];
}

function report(desk: Desk, rule: LintRule, path: SourcePath, message: string, fix: string): void {
  desk.mistakes.push({ file: desk.positions.file, ...desk.positions.at(path), rule, message, fix });
}

function flowOf(authored: AuthoredFlow, version: number, desk: Desk): Flow {
  const flowClass = authored.class ?? 'marketing';
  const locales = authored.locales ?? [...allLocales];
  const entries = entriesOf(authored);
  return {
    id: authored.id,
    kind: authored.kind ?? 'sequence',
    version,
    was: authored.was ?? [],
    entry: entries.map((entry, n) => entryOf(entry, authored, n, desk)),
    goal: authored.goal && {
      on: authored.goal.on,
      where: authored.goal.where,
      withinMs: msOf(authored.goal.within),
    },
    exits: authored.exits ?? [],
    class: flowClass,
    priority: authored.priority ?? 50,
    exclusive: authored.exclusive ?? true,
    segments: authored.segments ?? 4,
    channels: authored.channels,
    locales,
    registers: authored.registers ?? { fr: [...allRegisters] },
    fields: authored.fields ?? {},
    steps: authoredSteps(authored).map(({ step, path }) => stepOf(step, path, flowClass, desk)),
    nodes: Object.fromEntries(
      Object.entries(authored.nodes ?? {}).flatMap(([id, raw]) => {
        const node = nodeOf(id, raw, desk);
        return node ? [[id, node] as const] : [];
      }),
    ),
    migrate: authored.migrate && {
      from: authored.migrate.from,
      nodes: authored.migrate.nodes ?? {},
      steps: authored.migrate.steps ?? {},
    },
  };
}

const msOf = (text: string): number => parseDuration(text) ?? 0;

/** Steps of the flow, then those that an entry of a list holds itself. */
function authoredSteps(authored: AuthoredFlow): readonly { step: AuthoredStep; path: SourcePath }[] {
  const listed = entriesOf(authored).flatMap(({ steps }, n) =>
    (steps ?? []).flatMap((step, m) =>
      typeof step === 'string' ? [] : [{ step, path: ['entry', n, 'steps', m] }],
    ),
  );
  return [...(authored.steps ?? []).map((step, n) => ({ step, path: ['steps', n] })), ...listed];
}

function entriesOf({ entry }: AuthoredFlow): readonly AuthoredEntry[] {
  if (!entry) return [];
  return Array.isArray(entry) ? entry : [entry];
}

/** Event by which a contact is said to have come into a segment (lifecycle.md §11). */
const segmentEntered = 'Segment Entered';

function entryOf(authored: AuthoredEntry, flow: AuthoredFlow, n: number, desk: Desk): Entry {
  const path = Array.isArray(flow.entry) ? ['entry', n] : ['entry'];
  if (!authored.on && !authored.segment) {
    report(
      desk,
      'L01',
      path,
      'an entry has neither "on" nor "segment"',
      'name the event, or the segment, that enters',
    );
  }
  const ids = authored.steps?.map((step) => (typeof step === 'string' ? step : step.id));
  for (const [m, id] of (ids ?? []).entries()) {
    const isKnown = typeof authored.steps?.[m] !== 'string' || flow.steps?.some((step) => step.id === id);
    if (!isKnown) {
      const fix = suggest(
        id,
        (flow.steps ?? []).map((step) => step.id),
      );
      report(desk, 'L02', [...path, 'steps', m], `entry plans the step "${id}", which is not there`, fix);
    }
  }
  return {
    on: authored.on ?? [segmentEntered],
    where: authored.where,
    unless: authored.unless,
    run: authored.run,
    ...(authored.anchor ? { anchor: authored.anchor } : {}),
    reentry: reentryOf(authored, flow),
    segment: authored.segment,
    steps: ids,
  };
}

function reentryOf({ reentry, run }: AuthoredEntry, flow: AuthoredFlow): Entry['reentry'] {
  if (typeof reentry === 'object') return { afterMs: msOf(reentry.after) };
  if (reentry) return reentry;
  if (run) return 'per-run';
  return (flow.kind ?? 'sequence') === 'sequence' ? 'once' : { afterMs: 0 };
}

function stepOf(
  authored: AuthoredStep,
  path: SourcePath,
  flowClass: 'marketing' | 'service',
  desk: Desk,
): Step {
  const stepClass: StepClass = authored.class ?? flowClass;
  const offset = (text: string, field: SourcePath) =>
    offsetOf(text, authored.channel, [...path, ...field], desk);
  if (authored.window) checkWindow(authored.window, [...path, 'window'], desk);
  return {
    id: idOf(authored.id, [...path, 'id'], desk),
    was: authored.was ?? [],
    at: offset(authored.at, ['at']),
    channel: authored.channel,
    fallback: authored.fallback ?? [],
    class: stepClass,
    open: authored.open,
    when: authored.when,
    claims: authored.claims ?? [],
    sections: sectionsOf(authored, stepClass),
    wait: authored.wait && { ...authored.wait, until: offset(authored.wait.until, ['wait', 'until']) },
    variant: authored.variant,
    window: authored.window,
    late: lateOf(authored, stepClass, desk),
    perishable: perishableOf(authored.perishable, [...path, 'perishable'], desk),
    experiment: authored.experiment,
    ...(authored.times ? { times: timesOf(authored, path, desk) } : {}),
    reserve: authored.reserve && {
      offer: authored.reserve.offer,
      until: offset(authored.reserve.until, ['reserve', 'until']),
    },
    ...(authored.promise ? { silenceMs: msOf(authored.promise.silence) } : {}),
    ...(authored.topic ? { topic: authored.topic } : {}),
    line: desk.positions.at(path).line,
  };
}

/** An hour of its own for an arm means nothing without the experiment that gives arms. */
function timesOf(
  { times = {}, experiment, channel }: AuthoredStep,
  path: SourcePath,
  desk: Desk,
): Step['times'] {
  if (!experiment)
    report(desk, 'L16', [...path, 'times'], 'the times of arms need an experiment', 'name it: experiment');
  return Object.fromEntries(
    Object.entries(times).map(([arm, at]) => [arm, offsetOf(at, channel, [...path, 'times', arm], desk)]),
  );
}

/** Parts of a mixed mail are its marketing, unless they say service. */
function sectionsOf(authored: AuthoredStep, stepClass: StepClass): Step['sections'] {
  const otherwise = stepClass === 'service' ? 'service' : 'marketing';
  return Object.fromEntries(
    Object.entries(authored.sections ?? {}).map(([name, part]) => [
      name,
      { ...part, class: part.class ?? otherwise },
    ]),
  );
}

function idOf(id: string, path: SourcePath, desk: Desk): string {
  if (!slugPattern.test(id)) {
    report(desk, 'L06', path, `"${id}" is no id`, 'use small letters, digits and hyphens');
  }
  return id;
}

function offsetOf(text: string, channel: Channel, path: SourcePath, desk: Desk): Offset {
  const offset = parseOffset(text, channel, desk.options.stepTimes ?? defaultStepTimes);
  if (!offset) {
    report(desk, 'L07', path, `"${text}" is no time in a sequence`, 'write J0, J0+2h, J7 or J7 12:30');
  }
  return offset ?? { afterMs: 0 };
}

function checkWindow(window: { from: string; to: string }, path: SourcePath, desk: Desk): void {
  for (const end of ['from', 'to'] as const) {
    if (isWallTime(window[end])) continue;
    report(desk, 'L01', [...path, end], `"${window[end]}" is no time of day`, 'write it like "10:00"');
  }
}

/** Marketing that is late is skipped, service is sent all the same (lifecycle.md §6.5). */
function lateOf({ late }: AuthoredStep, stepClass: StepClass, desk: Desk): Late {
  const defaults = desk.options.late ?? defaultLate;
  const isMarketing = stepClass === 'marketing';
  const then = late?.then ?? (isMarketing ? 'skip' : 'send');
  return {
    maxMs: late?.max ? msOf(late.max) : isMarketing ? defaults.marketingMs : defaults.serviceMs,
    then:
      then === 'skip' || then === 'send' || then === 'exit'
        ? then
        : { variant: then.slice('variant:'.length) },
  };
}

function perishableOf(text: string | undefined, path: SourcePath, desk: Desk): Step['perishable'] {
  if (text === undefined) return undefined;
  const perishable = parsePerishable(text);
  if (!perishable) {
    report(
      desk,
      'L01',
      path,
      `"${text}" is no dated fact`,
      'write a claim, and how long before it: reservation.endsAt - 2h',
    );
  }
  return perishable ?? undefined;
}

/** A node is read by its one verb. */
function nodeOf(id: string, raw: Readonly<Record<string, unknown>>, desk: Desk): Node | null {
  const path = ['nodes', id];
  idOf(id, path, desk);
  const found = verbs.filter((verb) => verb in raw);
  const [verb] = found;
  if (!verb || found.length > 1) {
    const message = verb
      ? `node "${id}" has ${found.length} verbs: ${found.join(', ')}`
      : `node "${id}" has no verb`;
    desk.mistakes.push({
      file: desk.positions.file,
      ...desk.positions.keyAt(path),
      rule: 'L01',
      message,
      fix: verb ? 'make a node of each, joined by go' : misspelt(raw),
    });
    return null;
  }
  const kind = nodeKinds[verb];
  const parsed = kind.shape.safeParse(raw);
  if (!parsed.success) {
    desk.mistakes.push(
      ...complaintsOf(parsed.error.issues, desk.positions, Object.keys(kind.shape.shape), path),
    );
    return null;
  }
  return kindOf({ kind: verb } as Node).compile(id, parsed.data, compilerFor(id, path, desk));
}

function misspelt(raw: Readonly<Record<string, unknown>>): string {
  const meant = Object.keys(raw).flatMap((key) => nearest(key, verbs) ?? [])[0];
  return meant ? `did you mean "${meant}"?` : `give it one of ${verbs.join(', ')}`;
}

function compilerFor(id: string, path: SourcePath, desk: Desk): Compiler {
  return {
    offset: (text, field) => offsetOf(text, 'sms', [...path, ...field], desk),
    durationMs: msOf,
    report: (rule, field, message, fix) => report(desk, rule, [...path, ...field], message, fix),
    target: (go, field) => {
      if (go === undefined) {
        report(
          desk,
          'L04',
          [...path, ...field],
          `node "${id}" leads nowhere`,
          'add go: a node, rest, or end.<result>',
        );
      }
      return go ?? 'rest';
    },
  };
}

export function suggest(id: string, known: readonly string[]): string {
  const meant = nearest(id, known);
  return meant ? `did you mean "${meant}"?` : 'add it, or name one that is there';
}
