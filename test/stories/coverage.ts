import type { Choice, DoNode, Flow, HandoffNode, Node } from '../../src/core/flow/definition.ts';
import { receptionTarget } from '../../src/core/flow/definition.ts';
import type { Stage } from '../../src/core/rehearse.ts';
import type { RowWords } from '../../src/core/row.ts';
import type { RunState } from '../../src/core/run.ts';
import { channels, type Channel, type Locale, type Register } from '../../src/core/vocabulary.ts';

/*
 * What the stories have been through (conversation.md §7). A way of a flow is led through a node of its own that only notes
 * that it was taken; what has no way (a line that is said again, a person who is waited for) shows in the run.
 */

/** `nurturing/dashboard/yes`: a node of a flow, and one of its exits. */
type Way = `${string}/${string}/${string}`;

export class Coverage {
  readonly seen = new Set<Way>();
  /** R1–R13 that heard something, by their names. */
  readonly rules = new Set<string>();
  /** Why a person was asked for. */
  readonly reasons = new Set<string>();
  /** What became of late answers. */
  readonly late = new Set<string>();
  /** Words that were read by somebody: `nurturing:j1-sms fr+vous by sms`. */
  readonly said = new Set<string>();

  /** The flow, each of its ways noting who takes it. */
  probe(flow: Flow): Flow {
    const nodes: Record<string, Node> = Object.fromEntries(Object.values(flow.nodes).map((node) => [node.id, led(node)]));
    const seen = this.seen;
    const probed = new Proxy(nodes, {
      get(own, id: string) {
        if (typeof id !== 'string' || !id.startsWith(viaMark)) return own[id];
        const [node = '', exit = '', to = ''] = id.slice(viaMark.length).split(viaBar);
        seen.add(`${flow.id}/${node}/${exit}`);
        return { kind: 'do', id, go: to } satisfies DoNode;
      },
    });
    return { ...flow, nodes: probed };
  }

  /** Notes what the runs and the thread of a stage show, as they change. */
  watch(stage: Stage, flows: readonly Flow[]): void {
    const keep = stage.runs.set.bind(stage.runs);
    stage.runs.set = (id, run) => {
      const flow = flows.find((one) => one.id === run.flow);
      if (flow) this.#note(flow, stage.runs.get(id), run);
      return keep(id, run);
    };
  }

  #note(flow: Flow, before: RunState | undefined, { open, talk, handoff }: RunState): void {
    const add = (node: string, exit: string): unknown => this.seen.add(`${flow.id}/${node}/${exit}`);
    // A run that was left for its goal ends with the last clock of its handoff.
    if (!open && before?.handoff && before.exitReason !== null) add(before.handoff.node, 'timeout');
    if (handoff && handoff.node !== receptionTarget && handoff.exit) add(handoff.node, handoff.exit);
    if (!talk) return;
    const asked = before?.talk?.waitId === talk.waitId ? before.talk : null;
    for (let rung = (asked?.invalid ?? 0) + 1; rung <= talk.invalid; rung += 1) add(talk.node, `not understood ${rung}`);
    const dueNow = new Set(talk.due.map(({ kind }) => kind));
    for (const { kind } of asked?.due ?? []) if (!dueNow.has(kind)) add(talk.node, `silence ${Number(kind.split(':')[1]) + 1}`);
  }

  /** Notes what a told stage shows of rules, people and late answers. */
  notice(stage: Stage): void {
    for (const item of stage.items) {
      if (item.kind === 'in' && item.why.rule) this.rules.add(item.why.rule);
      const reason = item.why.reason ?? '';
      if (lateReasons.has(reason)) this.late.add(reason);
    }
    // What a late tap is told leaves no note of its own.
    if (stage.lines.some((line) => line.kind === 'out' && line.row.words?.key === 'expired')) this.late.add('explained');
    for (const line of stage.lines)
      if (line.kind === 'out' && line.row.words) this.said.add(cellOf(line.row.words, line.row.channel));
    for (const line of stage.lines) if (line.kind === 'tell') this.reasons.add(line.tell.why.replace(/^handoff:/u, ''));
    for (const item of stage.items) if (item.kind === 'state' && item.why.reason) this.reasons.add(item.why.reason);
  }
}

/** One text of the words files as one reader has it: key, language and register, channel. */
const cellOf = ({ flow, key, locale, register }: Pick<RowWords, 'flow' | 'key' | 'locale' | 'register'>, channel: Channel): string =>
  `${flow}:${key} ${locale === 'fr' && register === 'vous' ? 'fr+vous' : locale} by ${channel}`;

/** Every text a flow's words hold, in both languages and registers, on every channel. */
export function textsOf(flow: string, locales: Readonly<Partial<Record<Locale, Readonly<Record<string, unknown>>>>>): readonly string[] {
  return (['fr', 'en'] as const).flatMap((locale) => {
    const registers: readonly Register[] = locale === 'fr' ? ['tu', 'vous'] : ['tu'];
    const keys = Object.entries((locales[locale]?.[flow] ?? {}) as Record<string, Record<string, unknown>>);
    return keys.flatMap(([key, byChannel]) =>
      channels.filter((channel) => byChannel[channel] !== undefined).flatMap((channel) => registers.map((register) => cellOf({ flow, key, locale, register }, channel))),
    );
  });
}

const lateReasons: ReadonlySet<string> = new Set(['answered_late', 'explained', 'reopened', 'amended', 'repeated']);

const viaMark = 'via\u001f';
const viaBar = '\u001e';
const via = (node: string, exit: string, to: string): string => `${viaMark}${[node, exit, to].join(viaBar)}`;

/** The node, with each of its ways led through a note. */
function led(node: Node): Node {
  const to = (exit: string, go: string): string => via(node.id, exit, go);
  const rung = (name: string) => <T extends { readonly go?: string }>(one: T, n: number): T => (one.go ? { ...one, go: to(`${name} ${n + 1}`, one.go) } : one);
  switch (node.kind) {
    case 'ask':
      return {
        ...node,
        choices: node.choices.map((choice): Choice => ({ ...choice, go: to(choice.id, choice.go) })),
        ...(node.expectGo ? { expectGo: to('expected', node.expectGo) } : {}),
        invalid: node.invalid.map(rung('not understood')),
        noReply: node.noReply.map(rung('silence')),
        on: node.on.map(({ event, go }) => ({ event, go: to(event, go) })),
      };
    case 'say':
    case 'do':
      return { ...node, go: to('then', node.go) };
    case 'branch':
      return { ...node, cases: node.cases.map(({ when, go }, n) => ({ ...(when ? { when } : {}), go: to(when ? `case ${n + 1}` : 'else', go) })) };
    case 'split':
      return { ...node, arms: Object.fromEntries(Object.entries(node.arms).map(([arm, go]) => [arm, to(arm, go)])) };
    case 'handoff': {
      const exits = Object.entries(node.exits).map(([name, exit]) => [name, exit.go ? { ...exit, go: to(name, exit.go) } : exit]);
      return { ...node, exits: Object.fromEntries(exits) as HandoffNode['exits'] };
    }
  }
}

/** Every exit of a node, as the coverage names it. */
export function exitsOf(node: Node): readonly string[] {
  switch (node.kind) {
    case 'ask':
      return [
        ...node.choices.map(({ id }) => id),
        ...(node.expectGo ? ['expected'] : []),
        ...node.invalid.map((_, n) => `not understood ${n + 1}`),
        ...node.noReply.map((_, n) => `silence ${n + 1}`),
        ...node.on.map(({ event }) => event),
      ];
    case 'say':
    case 'do':
      return ['then'];
    case 'branch':
      return node.cases.map(({ when }, n) => (when ? `case ${n + 1}` : 'else'));
    case 'split':
      return Object.keys(node.arms);
    case 'handoff':
      return Object.keys(node.exits);
  }
}

/** One row of the table: a flow, how much of it the stories go through, and what they do not. */
export interface Covered {
  readonly flow: string;
  readonly nodes: readonly [seen: number, all: number];
  readonly exits: readonly [seen: number, all: number];
  /** `dashboard → yes`. */
  readonly missing: readonly string[];
}

export function coveredOf(flow: Flow, { seen }: Coverage): Covered {
  const nodes = Object.values(flow.nodes);
  const ways = nodes.flatMap((node) => exitsOf(node).map((exit) => ({ node: node.id, exit, isSeen: seen.has(`${flow.id}/${node.id}/${exit}`) })));
  const entered = new Set(ways.filter(({ isSeen }) => isSeen).map(({ node }) => node));
  return {
    flow: flow.id,
    nodes: [entered.size, nodes.length],
    exits: [ways.filter(({ isSeen }) => isSeen).length, ways.length],
    missing: ways.filter(({ isSeen }) => !isSeen).map(({ node, exit }) => `${node} → ${exit}`),
  };
}

/** The table that `npm test` prints. */
export function tableOf(rows: readonly Covered[]): string {
  const cell = ([seen, all]: readonly [number, number]): string => `${seen}/${all}`.padStart(7);
  const percent = ([seen, all]: readonly [number, number]): string => `${all === 0 ? 100 : Math.floor((100 * seen) / all)} %`.padStart(6);
  const lines = rows.map(({ flow, nodes, exits }) => `  ${flow.padEnd(12)} ${cell(nodes)} ${cell(exits)} ${percent(exits)}`);
  return ['Stories go through:', `  ${'flow'.padEnd(12)}   nodes   exits`, ...lines].join('\n');
}
