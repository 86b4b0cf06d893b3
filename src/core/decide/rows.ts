import type { Row } from '../row.ts';
import type { Scene } from './scene.ts';

type Waiting = Pick<Row, 'id' | 'class' | 'channel' | 'runId' | 'stepKey' | 'by' | 'itemId'>;

/** Blocks rows not yet claimed, those of this very decision included; what is `sending` has left our hands. */
export function blockQueued(
  scene: Scene,
  covers: (row: Waiting) => boolean,
  reason: string,
): readonly string[] {
  const blocked: string[] = [];
  for (const row of scene.loaded.rows) {
    if (row.status !== 'queued' || !covers(row) || isChanged(scene, row.id)) continue;
    scene.rowChanges.push({ rowId: row.id, to: 'blocked', reason });
    blocked.push(row.id);
  }
  scene.rows.forEach((row, index) => {
    if (row.status !== 'queued' || !covers(row)) return;
    const entry = { at: scene.moment.now, status: 'blocked' as const, reason };
    scene.rows[index] = { ...row, status: 'blocked', reason, history: [...row.history, entry] };
    blocked.push(row.id);
  });
  return blocked;
}

const isChanged = (scene: Scene, rowId: string): boolean =>
  scene.rowChanges.some((change) => change.rowId === rowId && change.to === 'blocked');

/**
 * A hold without an end was written as `notBefore` = `expiresAt`: what ends it lets the row be asked again now
 * (house.md, "The outbox").
 */
export function freeHeld(scene: Scene, reason: string): void {
  for (const row of scene.loaded.rows) {
    if (row.status !== 'queued' || row.reason !== reason) continue;
    scene.rowChanges.push({ rowId: row.id, notBefore: scene.moment.now });
  }
}

export const isAnySending = (scene: Scene): boolean =>
  scene.loaded.rows.some((row) => row.status === 'sending');
