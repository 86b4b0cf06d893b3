import type { Dispatch } from '../pipeline/dispatch.ts';
import type { Tick } from './tick.ts';

/** The truth behind the bell: rows whose time came without anybody ringing. */
export const dispatchTick = (dispatch: Pick<Dispatch, 'tick'>): Tick => ({
  name: 'dispatch',
  everyMs: 5_000,
  lifetimeMs: 15_000,
  // Bubbles after a lost bind and rows that backed off for seconds are due between two of Agenda's looks.
  loopMs: 1_000,
  run: async () => ({ started: await dispatch.tick() }),
});
