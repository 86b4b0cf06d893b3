import { nearest } from '../complaint.ts';
import type { Comparison, Condition } from '../definition.ts';
import { scopeRoots } from '../expression.ts';
import type { SourcePath } from '../positions.ts';
import { complainAt, complainAtKey, nodesOf, placedSteps, type LintDesk } from './desk.ts';

type Kind = 'text' | 'number' | 'yes or no' | 'list' | 'date' | 'any';

/** Facts of a contact that a condition may read; whatever else the product told us is under `contact.traits.`. */
const contactFacts: Readonly<Record<string, Kind>> = {
  id: 'text', userId: 'text', firstName: 'text', lastName: 'text', locale: 'text', register: 'text', zone: 'text',
  zoneSource: 'text', country: 'text', department: 'text', plan: 'number', planSince: 'date', coachId: 'text',
  tags: 'list', 'mona.score': 'number', 'mona.start': 'number', 'mona.level': 'text', 'mona.percentile': 'number',
  'mona.at': 'date', 'mona.isReady': 'yes or no', points: 'number', lastHumanAt: 'date', segments: 'list',
}; // prettier-ignore

const runFacts: Readonly<Record<string, Kind>> = {
  flow: 'text', version: 'number', runKey: 'text', phase: 'text', enteredAt: 'date', anchorAt: 'date', anchorOn: 'text',
  register: 'text', stepKey: 'text', seen: 'list',
}; // prettier-ignore

interface Placed {
  readonly when: Condition;
  readonly path: SourcePath;
}

/** L15: a condition reads a path that exists, and compares it with what it can be. */
export function conditions(desk: LintDesk): void {
  for (const { when, path } of conditionsOf(desk)) check(desk, when, path);
}

function conditionsOf(desk: LintDesk): readonly Placed[] {
  const { flow, positions } = desk;
  const entryPath = (n: number): SourcePath =>
    positions.has(['entry', 'on']) || positions.has(['entry', 'segment']) ? ['entry'] : ['entry', n];
  const found: { when: Condition | undefined; path: SourcePath }[] = [
    ...flow.entry.flatMap(({ where, unless }, n) => [
      { when: where, path: [...entryPath(n), 'where'] },
      { when: unless, path: [...entryPath(n), 'unless'] },
    ]),
    { when: flow.goal?.where, path: ['goal', 'where'] },
    ...flow.exits.map(({ where }, n) => ({ when: where, path: ['exits', n, 'where'] })),
    ...placedSteps(desk).flatMap(({ step, path }) => [
      { when: step.when, path: [...path, 'when'] },
      ...Object.entries(step.sections).map(([name, { when }]) => ({
        when,
        path: [...path, 'sections', name, 'when'],
      })),
      ...(step.variant ?? []).map(({ when }, n) => ({ when, path: [...path, 'variant', n, 'when'] })),
    ]),
    ...nodesOf(flow).flatMap((node) => {
      const base = ['nodes', node.id];
      if (node.kind === 'branch')
        return node.cases.map(({ when }, n) => ({ when, path: [...base, 'branch', n, 'when'] }));
      if (node.kind !== 'ask') return [];
      return node.choices.map(({ id, when }) => ({ when, path: [...base, 'choices', id, 'when'] }));
    }),
  ];
  return found.flatMap(({ when, path }) => (when ? [{ when, path }] : []));
}

function check(desk: LintDesk, when: Condition, at: SourcePath): void {
  for (const [path, test] of Object.entries(when)) {
    const place = [...at, path];
    if (path === 'any')
      for (const [n, one] of (test as readonly Condition[]).entries()) check(desk, one, [...place, n]);
    else if (path === 'not') check(desk, test as Condition, place);
    else checkOne(desk, path, test as Comparison, place);
  }
}

function checkOne(desk: LintDesk, path: string, test: unknown, place: SourcePath): void {
  const kind = kindOf(desk, path);
  if (kind === null)
    return complainAtKey(desk, 'L15', place, `a condition cannot read "${path}"`, suggestPath(path));
  const wrong = mismatch(kind, test);
  if (wrong) complainAt(desk, 'L15', place, `"${path}" is a ${kind}: ${wrong}`, fixFor(kind));
}

function kindOf(desk: LintDesk, path: string): Kind | null {
  const dot = path.indexOf('.');
  const [root, rest] = dot < 0 ? [path, ''] : [path.slice(0, dot), path.slice(dot + 1)];
  if (rest === '') return null;
  switch (root) {
    case 'contact':
      return rest.startsWith('traits.') ? 'any' : (contactFacts[rest] ?? null);
    case 'run':
      if (rest.startsWith('done.')) return isVerdict(desk, rest) ? 'text' : null;
      return rest.startsWith('arms.') || rest.startsWith('entry.') ? 'any' : (runFacts[rest] ?? null);
    case 'answers':
      return answersOf(desk).has(rest) ? 'any' : null;
    case 'seen':
      return 'yes or no';
    case 'duty':
      return rest === 'isOnDuty' ? 'yes or no' : null;
    case 'event':
    case 'claim':
      return 'any';
    default:
      return null;
  }
}

/** `run.done.<step>.verdict`: what became of a step of the flow. */
function isVerdict({ flow }: LintDesk, path: string): boolean {
  const [, step, what, more] = path.split('.');
  return what === 'verdict' && more === undefined && flow.steps.some(({ id }) => id === step);
}

/** Answers are kept under the question, under `save` and under what a choice or a `do` sets. */
function answersOf({ flow }: LintDesk): ReadonlySet<string> {
  const names = nodesOf(flow).flatMap((node) => {
    if (node.kind === 'do') return Object.keys(node.set ?? {});
    if (node.kind !== 'ask') return [];
    return [
      node.id,
      ...(node.save ? [node.save] : []),
      ...node.choices.flatMap(({ set }) => Object.keys(set ?? {})),
    ];
  });
  return new Set(names.map((name) => name.replace(/^answers\./u, '')));
}

function suggestPath(path: string): string {
  const known = [
    ...Object.keys(contactFacts).map((fact) => `contact.${fact}`),
    ...Object.keys(runFacts).map((fact) => `run.${fact}`),
    'duty.isOnDuty',
  ];
  const meant = nearest(path, known);
  if (meant) return `did you mean "${meant}"?`;
  if (path.startsWith('contact.')) return `write contact.traits.${path.slice('contact.'.length)}`;
  return `begin it with one of ${scopeRoots.map((root) => `${root}.`).join(' ')}`;
}

function mismatch(kind: Kind, test: unknown): string | null {
  if (kind === 'any') return null;
  const tests: readonly [string, unknown][] =
    test !== null && typeof test === 'object' ? Object.entries(test) : [['eq', test]];
  for (const [op, wanted] of tests) {
    if (op === 'exists') continue;
    const values: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
    if (op === 'has' && kind !== 'list') return '`has` asks a list';
    const wrong = values.find((value) => value !== null && !fits(kind, op, value));
    if (wrong !== undefined) return `${op} ${JSON.stringify(wrong)} can never be true`;
  }
  return null;
}

function fits(kind: Kind, op: string, value: unknown): boolean {
  if (kind === 'number') return typeof value === 'number';
  if (kind === 'yes or no') return typeof value === 'boolean' && (op === 'eq' || op === 'ne');
  return typeof value === 'string';
}

function fixFor(kind: Kind): string {
  if (kind === 'list') return 'write { has: name }';
  if (kind === 'number') return 'compare it with a number';
  return kind === 'yes or no' ? 'write true or false' : 'compare it with a text';
}

/** L16: an experiment that is there, with the arms it has. */
export function experiments(desk: LintDesk): void {
  const known = desk.experiments;
  if (!known) return;
  const unknown = (key: string, path: SourcePath) => {
    if (known[key]) return;
    const meant = nearest(key, Object.keys(known));
    complainAt(
      desk,
      'L16',
      path,
      `there is no experiment "${key}"`,
      meant ? `did you mean "${meant}"?` : 'begin it first',
    );
  };
  const unknownArms = (experiment: string, named: readonly string[], path: SourcePath) => {
    const arms = known[experiment];
    for (const arm of arms ? named.filter((one) => !arms.includes(one)) : [])
      complainAtKey(
        desk,
        'L16',
        [...path, arm],
        `"${experiment}" has no arm "${arm}"`,
        `it has ${(arms ?? []).join(', ')}`,
      );
  };
  for (const { step, path } of placedSteps(desk)) {
    if (!step.experiment) continue;
    unknown(step.experiment, [...path, 'experiment']);
    unknownArms(step.experiment, Object.keys(step.times ?? {}), [...path, 'times']);
  }
  for (const node of nodesOf(desk.flow)) {
    if (node.kind !== 'split') continue;
    unknown(node.experiment, ['nodes', node.id, 'split']);
    unknownArms(node.experiment, Object.keys(node.arms), ['nodes', node.id, 'arms']);
  }
}

/** L17: nobody may be left waiting at a node that is gone (conversation.md §4). */
export function migration(desk: LintDesk): void {
  const { previous, flow } = desk;
  if (!previous) return;
  for (const [id, count] of Object.entries(previous.waiting)) {
    const before = previous.flow.nodes[id];
    const stays = flow.nodes[id]?.kind === before?.kind;
    if (!before || count === 0 || stays || flow.migrate?.nodes[id]) continue;
    const people = count === 1 ? '1 person waits' : `${count} people wait`;
    complainAtKey(
      desk,
      'L17',
      ['nodes'],
      `${people} at "${id}", which is gone`,
      `add migrate: { from: "<${previous.flow.version + 1}", nodes: { ${id}: <node> } }`,
    );
  }
}
