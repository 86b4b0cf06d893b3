import { z } from 'zod';
import type { SayNode } from '../definition.ts';
import { text } from '../shape.ts';
import { say } from '../turn.ts';
import type { NodeKind } from './kind.ts';

const shape = z.strictObject({ say: text, go: text.optional() });

/** Says words and goes on. */
export const sayKind: NodeKind<SayNode, typeof shape> = {
  verb: 'say',
  shape,
  compile: (id, authored, { target }) => ({
    kind: 'say',
    id,
    words: authored.say,
    go: target(authored.go, ['go']),
  }),
  ways: (node) => [{ to: node.go, path: ['go'] }],
  says: (node) => [{ words: node.words, path: ['say'] }],
  enter(node, turn) {
    say(turn, node.words);
    return node.go;
  },
};
