import type { SendEffect } from '../flow/effect.ts';
import type { RunState } from '../run.ts';
import { priorityOf } from '../vip.ts';
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
  const own = vipWords(scene, key);
  if (own) return { flow: vipFlow, key: own, fields };
  if (key === 'promise') return { flow, key, fields: { ...fields, promise: { ms: scene.promiseMs ?? 0 } } };
  return { flow, key: commonKeys[key]?.(fields) ?? key, fields };
}

const vipFlow = 'vip';

/**
 * On WhatsApp a VIP has a thread of their own (conversation.md §9, lifecycle.md §4): nobody there, it says when and what to do
 * if it is urgent; whoever of `vip` or `high` writes before we ever did is told who reads there and how soon.
 */
function vipWords(scene: Scene, key: string): string | null {
  if (scene.thread.lastInbound?.channel !== 'whatsapp') return null;
  const priority = priorityOf(scene.contact, scene.loaded.library.policy);
  if (key === 'off-duty' && priority === 'vip') return 'off-hours-wa';
  return key === 'handoff' && priority !== 'normal' && hasWrittenFirst(scene) ? 'open-wa' : null;
}

/** No answer of ours before, and no message of a sequence there. */
const hasWrittenFirst = ({ thread, runs }: Scene): boolean =>
  thread.introducedAt === null &&
  [...runs.values()].every(({ done }) =>
    Object.entries(done).every(([id, step]) => !id.endsWith('-wa') || !isSaid(step.verdict)),
  );

const isSaid = (verdict: string): boolean => verdict === 'go' || verdict === 'wait';

/** Words the engine asks for by what they mean, where `common` has a form for each case. */
const commonKeys: Readonly<Record<string, (fields: SendEffect['fields']) => string>> = {
  'did-you-mean': ({ choice }) =>
    choice === 'yes' || choice === 'no' ? `confirm-${choice}` : 'confirm-choice',
  explain: () => 'expired',
};
