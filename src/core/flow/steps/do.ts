import { z } from 'zod';
import type { DoNode, Offset } from '../definition.ts';
import { duration, reservation, text, values } from '../shape.ts';
import { parseDuration } from '../time.ts';
import { emit, reserve, setValues } from '../turn.ts';
import type { NodeKind } from './kind.ts';

const shape = z.strictObject({
  do: z.strictObject({
    set: values.optional(),
    emit: text.optional(),
    reserve: reservation.optional(),
    withdraw: z.enum(['channel', 'all']).optional(),
    snooze: duration.optional(),
    tell: z.strictObject({ who: z.enum(['coach', 'coaches', 'managers']), why: text }).optional(),
  }),
  go: text.optional(),
});

/** Changes something without a word: facts, events, a reservation, consent, a line for a coach. */
export const doKind: NodeKind<DoNode, typeof shape> = {
  verb: 'do',
  shape,
  compile(id, authored, compiler) {
    const { set, emit: event, reserve, withdraw, snooze, tell } = authored.do;
    return {
      kind: 'do',
      id,
      set,
      emit: event,
      reserve: reserve && { offer: reserve.offer, until: untilOf(reserve.until, compiler.offset) },
      withdraw,
      ...(snooze ? { snoozeMs: compiler.durationMs(snooze) } : {}),
      tell,
      go: compiler.target(authored.go, ['go']),
    };
  },
  ways: (node) => [{ to: node.go, path: ['go'] }],
  says: () => [],
  enter(node, turn) {
    if (node.set) setValues(turn, node.set);
    if (node.reserve) reserve(turn, node.reserve);
    if (node.snoozeMs) {
      const until = new Date(turn.moment.now.getTime() + node.snoozeMs);
      setValues(turn, { 'contact.traits.dndUntil': until.toISOString() });
    }
    if (node.withdraw) turn.effects.push({ type: 'withdraw', scope: node.withdraw });
    if (node.emit) emit(turn, node.emit, { node: node.id });
    if (node.tell) turn.effects.push({ type: 'tell', ...node.tell });
    return node.go;
  },
};

/** `30m` counts from the answer, `J1 21:00` from J0. */
function untilOf(
  text: string,
  offset: (text: string, path: readonly string[]) => Offset,
): Offset | { readonly inMs: number } {
  const inMs = parseDuration(text);
  return inMs === null ? offset(text, ['do', 'reserve', 'until']) : { inMs };
}
