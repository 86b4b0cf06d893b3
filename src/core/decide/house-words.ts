import type { SendEffect } from '../flow/effect.ts';
import type { RunState } from '../run.ts';
import type { Scene } from './scene.ts';

interface Key {
  readonly flow: string;
  readonly key: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The words an effect names; where they are the house's, the key of `common` and what the house knows of them. */
export function keyOf(scene: Scene, run: RunState, effect: SendEffect): Key {
  const at = effect.words.indexOf(':');
  const flow = at < 0 ? run.flow : effect.words.slice(0, at);
  const key = effect.words.slice(at + 1);
  const { fields } = effect;
  if (flow !== 'common') return { flow, key, fields };
  if (key === 'promise') return { flow, key, fields: { ...fields, promise: { ms: scene.promiseMs ?? 0 } } };
  return { flow, key: commonKeys[key]?.(fields) ?? key, fields };
}

/** Words the engine asks for by what they mean, where `common` has a form for each case. */
const commonKeys: Readonly<Record<string, (fields: SendEffect['fields']) => string>> = {
  'did-you-mean': ({ choice }) =>
    choice === 'yes' || choice === 'no' ? `confirm-${choice}` : 'confirm-choice',
  explain: () => 'expired',
};
