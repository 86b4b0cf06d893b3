import type { SendEffect } from '../flow/effect.ts';
import type { RunState } from '../run.ts';
import type { Locale } from '../vocabulary.ts';
import { choiceWords, questionNode } from './question.ts';
import { worldNow, type Scene } from './scene.ts';

interface Key {
  readonly flow: string;
  readonly key: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The words an effect names, with what the house knows of them: what was promised, which choices there are. */
export function keyOf(scene: Scene, run: RunState, effect: SendEffect): Key {
  const at = effect.words.indexOf(':');
  const flow = at < 0 ? run.flow : effect.words.slice(0, at);
  const key = effect.words.slice(at + 1);
  if (flow !== 'common') return { flow, key, fields: effect.fields };
  return { flow, ...commonKey(scene, run, key, effect) };
}

function commonKey(scene: Scene, run: RunState, key: string, effect: SendEffect): Omit<Key, 'flow'> {
  const { fields } = effect;
  const node = effect.question?.node ?? run.talk?.node ?? null;
  const printed = (id: string): string => printedChoice(scene, run, node, id);
  switch (key) {
    case 'promise':
      return { key, fields: { ...fields, promise: { ms: scene.promiseMs ?? 0 } } };
    case 'did-you-mean':
      return didYouMean(String(fields['choice']), printed);
    case 'explain':
      return { key: 'expired', fields: {} };
    default:
      return { key, fields: { ...fields, ...choicesText(fields['choices'], printed, scene.contact.locale) } };
  }
}

function didYouMean(choice: string, printed: (id: string) => string): Omit<Key, 'flow'> {
  if (choice === 'yes' || choice === 'no') return { key: `confirm-${choice}`, fields: {} };
  return { key: 'confirm-choice', fields: { choice: printed(choice) } };
}

const or: Readonly<Record<Locale, string>> = { fr: ' ou ', en: ' or ' };

function choicesText(choices: unknown, printed: (id: string) => string, locale: Locale): { choices?: string } {
  if (!Array.isArray(choices)) return {};
  const words = choices.filter((id): id is string => typeof id === 'string').map(printed);
  const last = words.pop();
  if (last === undefined) return {};
  return { choices: words.length > 0 ? `${words.join(', ')}${or[locale]}${last}` : last };
}

/** Printed answer words are OUI, NON, COACH, digits and the help word only: YES is the carrier's (lifecycle.md §3). */
const answers: Readonly<Record<Locale, Readonly<Record<string, string>>>> = {
  fr: { yes: 'OUI', no: 'NON' },
  en: { yes: 'OK', no: 'NO' },
};

function printedChoice(scene: Scene, run: RunState, node: string | null, id: string): string {
  const { words } = scene.loaded.library.keywords;
  const prompt = id === 'help' || id === 'human' ? words[id].prompt : null;
  if (prompt) return typeof prompt === 'string' ? prompt : (prompt[0] ?? id);
  const known = answers[scene.contact.locale][id];
  if (known) return known;
  const world = worldNow(scene);
  const question = node ? questionNode(world, run, node) : null;
  return (question ? choiceWords(world, run, question, id)[0] : null) ?? id;
}
