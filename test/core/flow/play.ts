import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { compileFlow, isCompiled } from '../../../src/core/flow/compile.ts';
import type { Flow } from '../../../src/core/flow/definition.ts';
import type { Effect, SendEffect } from '../../../src/core/flow/effect.ts';
import type { Binding, FlowEvent, TrackedEvent } from '../../../src/core/flow/event.ts';
import { enter, step, type Moved } from '../../../src/core/flow/step.ts';
import { wallTime } from '../../../src/core/calendar.ts';
import { parsePolicy } from '../../../src/core/policy.ts';
import type { RunState } from '../../../src/core/run.ts';
import type { Snapshot } from '../../../src/core/snapshot.ts';
import type { Intent, Tag } from '../../../src/core/understood.ts';
import type { Channel } from '../../../src/core/vocabulary.ts';

const zone = 'Europe/Paris';

export const policy = parsePolicy(parse(readFileSync('flows/policy.yaml', 'utf8')));

/** An instant as a clock in Paris shows it: `2026-03-02 18:04`. */
export function paris(wall: string): Date {
  const [date = '', time = '00:00'] = wall.split(' ');
  return wallTime(date, time, zone);
}

export function compiled(source: string, file = 'flows/test.yaml'): Flow {
  const result = compileFlow(source, file, 1);
  if (!isCompiled(result)) throw new Error(result.mistakes.map(({ message }) => message).join(' · '));
  return result.flow;
}

export const nurturing = compiled(
  readFileSync('test/core/flow/nurturing.yaml', 'utf8'),
  'flows/nurturing.yaml',
);

type Overrides = { [key in keyof Snapshot]?: Partial<Snapshot[key]> };

/** Léa, client MONA 290 €, and a coach on duty. */
export function aSnapshot({ contact, duty, ...rest }: Overrides = {}): Snapshot {
  return {
    contact: {
      id: 'lea',
      firstName: 'Léa',
      locale: 'fr',
      zone,
      zoneSource: 'profile',
      country: 'FR',
      plan: 290,
      tags: [],
      points: 0,
      heat: null,
      traits: {},
      segments: ['upsell_open'],
      ...contact,
    },
    duty: {
      isOnDuty: true,
      coaches: [{ id: 'nina', name: 'Nina' }],
      until: null,
      nextOpening: null,
      hours: {},
      ...duty,
    },
    offers: [],
    policy,
    priority: 'normal',
    coach: { id: 'nina', name: 'Nina' },
    publicUrl: 'http://localhost:8080',
    ...(rest as Partial<Snapshot>),
  };
}

interface Said {
  readonly intent?: Intent;
  readonly confidence?: number;
  readonly rule?: string;
  readonly tags?: readonly Tag[];
  readonly channel?: Channel;
  readonly route?: 'question' | 'tap' | 'escalate' | 'late';
  readonly binding?: Binding | null;
  readonly media?: boolean;
}

/** Plays one run as decide() does: steps it, has each step's draft judged, and keeps what was asked for. */
export class Play {
  readonly flow: Flow;
  snapshot: Snapshot;
  now: Date;
  state: RunState;
  effects: readonly Effect[] = [];
  /** The guard's answer to every draft. */
  verdict = 'go';

  constructor(flow: Flow, at: string, snapshot: Snapshot = aSnapshot(), by: TrackedEvent | null = null) {
    this.flow = flow;
    this.snapshot = snapshot;
    this.now = paris(at);
    const moved = enter(flow, {
      runId: 'run-1', contactId: 'lea', runKey: 'default', wordsHash: 'w', by, snapshot, moment: this.moment,
    }); // prettier-ignore
    this.state = moved.state;
    this.effects = this.#keep(moved);
  }

  get moment() {
    return { now: this.now, zone: this.snapshot.contact.zone };
  }

  move(event: FlowEvent, at?: string | Date): this {
    if (at) this.now = typeof at === 'string' ? paris(at) : at;
    this.effects = this.#keep(step(this.flow, this.state, event, this.snapshot, this.moment));
    return this;
  }

  /** Lets the clock run, waking the run whenever it asked for it, until the hour. */
  until(at: string): this {
    const end = paris(at);
    const all: Effect[] = [];
    for (let wakes = 0; this.state.wakeAt && this.state.wakeAt <= end; wakes++) {
      if (wakes > 500)
        throw new Error(`the run never rests: it asks to be woken at ${this.state.wakeAt.toISOString()}`);
      const wakeAt = this.state.wakeAt;
      this.now = wakeAt > this.now ? wakeAt : this.now;
      this.move({ type: 'woke', wakeAt });
      all.push(...this.effects);
    }
    this.now = end;
    this.effects = all;
    return this;
  }

  says(text: string, how: Said = {}, at?: string): this {
    const {
      intent = 'other',
      confidence = 1,
      rule = 'test',
      tags = [],
      channel = 'sms',
      route = 'question',
      media = false,
    } = how;
    return this.move(
      {
        type: 'heard', text, channel, itemIds: ['in'], rule: route, media, binding: how.binding ?? null,
        understood: { intent, confidence, rule, tags },
      },
      at,
    ); // prettier-ignore
  }

  taps(choice: string, node: string, waitId: string, at?: string, channel: Channel = 'whatsapp'): this {
    const binding: Binding = { runId: this.state.id, node, waitId, choice, how: 'tap' };
    return this.says(choice, { route: 'tap', binding, channel }, at);
  }

  tracks(name: string, properties: Record<string, unknown> = {}, at?: string, occurredAt?: Date): this {
    const instant = at ? paris(at) : this.now;
    return this.move(
      {
        type: 'tracked',
        event: { id: `${name}-${instant.getTime()}`, name, properties, occurredAt: occurredAt ?? instant },
      },
      instant,
    );
  }

  /** Words keys of what was said, in order. */
  get said(): readonly string[] {
    return this.sends.map(({ words }) => words);
  }

  get sends(): readonly SendEffect[] {
    return this.effects.filter((effect): effect is SendEffect => effect.type === 'send');
  }

  get whys(): readonly string[] {
    return this.effects.flatMap((effect) => (effect.type === 'note' ? [effect.why] : []));
  }

  of<T extends Effect['type']>(type: T): readonly Extract<Effect, { type: T }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
  }

  #keep(moved: Moved): readonly Effect[] {
    this.state = moved.state;
    const drafted = moved.effects.find((effect) => effect.type === 'send' && effect.via !== 'answer');
    if (drafted?.type !== 'send' || drafted.via === 'answer') return moved.effects;
    const judged = step(
      this.flow,
      this.state,
      {
        type: 'judged',
        stepId: drafted.via.step.id,
        verdict: this.verdict,
        itemId: 'out',
        channel: drafted.channel,
      },
      this.snapshot,
      this.moment,
    );
    this.state = judged.state;
    return [...moved.effects, ...judged.effects];
  }
}
