import { isEndTarget, receptionTarget, restTarget, type AskNode, type Flow } from '../definition.ts';
import { slugPattern } from '../shape.ts';
import { orderOf } from '../time.ts';
import { complainAt, nodesOf, openings, placedSteps, waysOf, type LintDesk } from './desk.ts';
import { onwardOf } from './graph.ts';

const endings = { email: 'email', sms: 'sms', whatsapp: 'wa', push: 'push' } as const;

/** L06: ids are identities: one each, ending in their channel, and never renamed without `was`. */
export function identity(desk: LintDesk): void {
  const { flow, positions } = desk;
  const file = positions.file
    .split('/')
    .at(-1)
    ?.replace(/\.(?:ya?ml|json)$/u, '');
  if (file !== flow.id && !desk.isDraft) {
    complainAt(
      desk,
      'L06',
      ['id'],
      `the file is "${file ?? ''}", the flow "${flow.id}"`,
      'give both the same name',
    );
  }
  const seen = new Set<string>();
  for (const { step, path } of placedSteps(desk)) {
    const idPath = [...path, 'id'];
    const ending = endings[step.channel];
    if (seen.has(step.id)) {
      complainAt(desk, 'L06', idPath, `two steps are called "${step.id}"`, 'give one of them another id');
    } else if (slugPattern.test(step.id) && !step.id.endsWith(`-${ending}`)) {
      complainAt(
        desk,
        'L06',
        idPath,
        `"${step.id}" does not end in its channel`,
        `call it "${step.id}-${ending}"`,
      );
    }
    seen.add(step.id);
  }
  renamed(desk);
}

/** A step that is new where another is gone would be sent to those who had the old one. */
export function renamed(desk: LintDesk): void {
  const before = desk.previous?.flow;
  if (!before) return;
  const stays = new Set(desk.flow.steps.flatMap(({ id, was }) => [id, ...was]));
  const gone = before.steps.filter(({ id }) => !stays.has(id) && !desk.flow.migrate?.steps[id]);
  for (const { step, path } of placedSteps(desk)) {
    if (before.steps.some(({ id }) => id === step.id)) continue;
    const old = gone.find(
      (other) => other.channel === step.channel && orderOf(other.at) === orderOf(step.at),
    );
    if (!old || step.was.includes(old.id)) continue;
    complainAt(
      desk,
      'L06',
      [...path, 'id'],
      `"${step.id}" stands where "${old.id}" stood`,
      `add was: [${old.id}], or map it in migrate`,
    );
  }
}

/** L07: what is counted back from J0 needs a J0 that is still to come, which only an entry with an anchor has. */
export function beforeAnchor(desk: LintDesk): void {
  const { flow } = desk;
  for (const { step, path } of placedSteps(desk)) {
    if (!('afterMs' in step.at) || step.at.afterMs >= 0) continue;
    const planning = flow.entry.filter(({ steps }) => steps === undefined || steps.includes(step.id));
    if (planning.length > 0 && planning.every(({ anchor }) => anchor !== undefined)) continue;
    complainAt(
      desk,
      'L07',
      [...path, 'at'],
      `"${step.id}" is counted back from J0, which is past once the run begins`,
      'give each entry that plans it an anchor: the event property that says when J0 is',
    );
  }
}

/** L07: steps stand in the order in which they are sent. */
export function order(desk: LintDesk): void {
  if (desk.flow.kind !== 'sequence') return;
  const steps = placedSteps(desk);
  for (const [n, { step, path }] of steps.entries()) {
    const before = steps[n - 1]?.step;
    if (!before || orderOf(step.at) >= orderOf(before.at)) continue;
    complainAt(
      desk,
      'L07',
      [...path, 'at'],
      `"${step.id}" is sent before "${before.id}", and stands after it`,
      'put the steps in their order',
    );
  }
}

/** L08: what a step opens is a question, and it is the step's own message that asks it. */
export function opensQuestion(desk: LintDesk): void {
  for (const { node: id, step, path } of openings(desk)) {
    const node = desk.flow.nodes[id];
    if (!node) continue;
    if (node.kind !== 'ask') {
      complainAt(desk, 'L08', path, `"${id}" is a ${node.kind}, no question`, 'open a node with ask');
    } else if (node.words !== step.id) {
      complainAt(
        desk,
        'L08',
        path,
        `"${id}" asks "${node.words}", the step says "${step.id}"`,
        `write ask: ${step.id}`,
      );
    }
  }
}

const questionsOf = (flow: Flow): readonly AskNode[] =>
  Object.values(flow.nodes).filter((node): node is AskNode => node.kind === 'ask');

/** L10: silence is an answer too. */
export function noReply(desk: LintDesk): void {
  for (const { id, noReply: rungs } of questionsOf(desk.flow)) {
    if (rungs.length > 0) continue;
    const fix = 'add noReply, for example [{ after: 2d, go: rest }]';
    complainAt(
      desk,
      'L10',
      ['nodes', id, 'ask'],
      `question "${id}" does not say what follows when nobody answers`,
      fix,
    );
  }
}

/** L11: who cannot make themselves understood ends with a person, or is left in peace. */
export function ladder(desk: LintDesk): void {
  for (const node of questionsOf(desk.flow)) {
    const last = node.invalid.length - 1;
    const go = node.invalid[last]?.go;
    if (go !== undefined && ends(desk.flow, go)) continue;
    const path = ['nodes', node.id, 'invalid', last];
    complainAt(
      desk,
      'L11',
      path,
      `the ladder of "${node.id}" ends with neither a person nor rest`,
      'end it with go: <a handoff>, or go: rest',
    );
  }
}

/** Leads, whatever the branches say, to a person, to rest or to the end. */
function ends(flow: Flow, to: string, trail: readonly string[] = []): boolean {
  if (to === restTarget || to === receptionTarget || isEndTarget(to)) return true;
  const node = flow.nodes[to];
  if (!node || trail.includes(to)) return node === undefined;
  if (node.kind === 'handoff') return true;
  const onward = onwardOf(node);
  return onward.length > 0 && onward.every((next) => ends(flow, next, [...trail, to]));
}

/** L14: a branch has a way for everyone, a split an arm for each arm. */
export function total(desk: LintDesk): void {
  for (const node of nodesOf(desk.flow)) {
    if (node.kind === 'branch') {
      const open = node.cases.findIndex(({ when }) => when === undefined);
      const path = ['nodes', node.id, 'branch'];
      if (open < 0) {
        complainAt(
          desk,
          'L14',
          path,
          `branch "${node.id}" has no way for everyone else`,
          'end it with { go: … } without when',
        );
      } else if (open < node.cases.length - 1) {
        complainAt(
          desk,
          'L14',
          [...path, open + 1],
          `way ${open + 2} of "${node.id}" is never taken`,
          'put the way without when last',
        );
      }
    }
    if (node.kind === 'split') checkArms(desk, node);
  }
}

function checkArms(
  desk: LintDesk,
  { id, experiment, arms }: { id: string; experiment: string; arms: Readonly<Record<string, string>> },
): void {
  const missing = (desk.experiments?.[experiment] ?? []).filter((arm) => arms[arm] === undefined);
  if (missing.length > 0) {
    complainAt(
      desk,
      'L14',
      ['nodes', id, 'arms'],
      `split "${id}" has no way for the arm ${missing.join(', ')}`,
      'add it',
    );
  } else if (Object.keys(arms).length < 2) {
    complainAt(
      desk,
      'L14',
      ['nodes', id, 'arms'],
      `split "${id}" has one arm`,
      'give it two, or lead there directly',
    );
  }
}

/** L18: from every question there is a way to a person. */
export function wayToPerson(desk: LintDesk): void {
  for (const node of questionsOf(desk.flow)) {
    if (leadsToPerson(desk.flow, node.id, new Set())) continue;
    const fix = 'add human: { go: <a handoff> }, or end invalid with one';
    complainAt(desk, 'L18', ['nodes', node.id, 'ask'], `no way leads from "${node.id}" to a person`, fix);
  }
}

function leadsToPerson(flow: Flow, id: string, seen: Set<string>): boolean {
  if (id === receptionTarget) return true;
  const node = flow.nodes[id];
  if (!node || seen.has(id)) return false;
  seen.add(id);
  return node.kind === 'handoff' || waysOf(node).some(({ to }) => leadsToPerson(flow, to, seen));
}
