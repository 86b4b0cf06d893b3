import { isPositive } from '../scoring.ts';
import type { TrackedEvent } from '../flow/event.ts';
import { rulesIn } from '../segment/rule.ts';
import type { SegmentBook } from '../segment/book.ts';
import type { Trigger } from '../trigger.ts';
import { emit, setContact, type Scene } from './scene.ts';

/** A trigger crossed inside this decision; one that a storm stopped says nothing. */
export function fire(scene: Scene, trigger: Trigger, properties: Readonly<Record<string, unknown>>): void {
  if (isStopped(scene, trigger)) return;
  emit(scene, 'Trigger Fired', { trigger, ...properties });
}

export const isStopped = (scene: Scene, trigger: unknown): boolean =>
  (scene.loaded.stoppedTriggers ?? []).some((stopped) => stopped === trigger);

/**
 * Says that the contact is to be looked at again (pipeline/behave.ts), where something changed that a segment or a
 * trigger reads. A reply alone only moves the end of a silence further away, and costs nothing here.
 */
export function touch(scene: Scene): void {
  const { segmentBook: book } = scene.loaded.library;
  if (!book || !isTouched(scene, book)) return;
  setContact(scene, { recheckAt: scene.moment.now });
}

/** Facts that triggers and idle weeks read. */
const alwaysRead: readonly string[] = ['mona', 'plan', 'planSince', 'erasedAt'];

function isTouched(scene: Scene, book: SegmentBook): boolean {
  if (scene.scores.length > 0) return true;
  if (scene.events.some(({ name }) => book.events.has(name) || isPositive(name))) return true;
  const changed = Object.keys(scene.contactSet).map((path) => path.split('.')[0] ?? '');
  if (changed.length === 0) return false;
  if (changed.includes('lastHumanAt') && isHumanRead(scene, book)) return true;
  const read = new Set([...alwaysRead, ...[...book.rules.values()].flatMap((rule) => rootsOf(rule))]);
  return changed.some((root) => root !== 'lastHumanAt' && read.has(root));
}

/** A sign of life ends memberships that lean on silence; of others it only moves the next look, which may come early. */
function isHumanRead({ contact }: Scene, book: SegmentBook): boolean {
  if (!contact.recheckAt) return true;
  return contact.segments.some((name) => {
    const rule = book.rules.get(name);
    return rule ? rootsOf(rule).includes('lastHumanAt') : false;
  });
}

const known = new WeakMap<object, readonly string[]>();

function rootsOf(rule: Parameters<typeof rulesIn>[0]): readonly string[] {
  const standing = known.get(rule);
  if (standing) return standing;
  const roots = rulesIn(rule).flatMap((part) => {
    if ('attr' in part) return [part.attr.path.split('.')[0] ?? ''];
    return 'inSegment' in part ? ['segments'] : [];
  });
  known.set(rule, roots);
  return roots;
}

/** Segments that the engine itself counted carry their cause: told twice, they are no second edge. */
export function isNoEdge({ contact }: Scene, { name, properties }: TrackedEvent): boolean {
  const { segment, cause } = properties;
  if (cause === undefined || typeof segment !== 'string') return false;
  if (name === 'Segment Entered') return contact.segments.includes(segment);
  return name === 'Segment Left' && !contact.segments.includes(segment);
}
