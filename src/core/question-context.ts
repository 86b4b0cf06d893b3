import { wordsInTree } from './decide/question.ts';
import type { AskNode, Flow } from './flow/definition.ts';
import type { OpenQuestion } from './intent.ts';
import type { Library } from './library.ts';
import { locales } from './vocabulary.ts';

/** The questions that a context names (`mona classify`), as they would be open: by the node's `context`. */
export function questionsByContext(library: Library): ReadonlyMap<string, OpenQuestion> {
  return new Map(
    library.published.flatMap((flow) =>
      Object.values(flow.nodes).flatMap((node) =>
        node.kind === 'ask' && node.context
          ? [[node.context, questionOf(library, flow, node, node.context)] as const]
          : [],
      ),
    ),
  );
}

function questionOf(library: Library, flow: Flow, node: AskNode, name: string): OpenQuestion {
  const [namespace = flow.id, key = node.words] = node.words.includes(':')
    ? node.words.split(':', 2)
    : [flow.id, node.words];
  const words = library.words(library.wordsOf(namespace));
  return {
    choices: node.choices.map(({ id }) => ({
      id,
      words: locales.flatMap((locale) => wordsInTree(words.tree(namespace, key, locale), id)),
    })),
    offersHelp: node.choices.some(({ id }) => id === 'help'),
    isNegative: false,
    name,
  };
}
