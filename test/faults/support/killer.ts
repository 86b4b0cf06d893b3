import type { Dice } from './scale.ts';
import type { Part } from './squall.ts';
import { pause } from './until.ts';

/** What was done to the house. */
export interface Blown {
  readonly kills: number;
  readonly freezes: number;
}

export interface KillerOptions {
  readonly parts: readonly Part[];
  readonly dice: Dice;
  /** Calls the work is expected to make at least: the blows fall at instants drawn among them. */
  readonly among: number;
  readonly kills: number;
  readonly freezes: number;
  /** How often the carrier was called so far. */
  readonly calls: () => Promise<number>;
}

/** A row's lease and a margin: a part frozen for so long has lost all it held. */
const frozenMs = 20_000;
/** Between two looks at the carrier's door. */
const lookMs = 20;

/** Ends a part with SIGKILL, or stops it for longer than its lease; another one starts in its place. */
export function createKiller({ parts, dice, among, kills, freezes, calls }: KillerOptions) {
  const plan = dice.shuffle([
    ...Array.from({ length: kills }, () => 'kill' as const),
    ...Array.from({ length: freezes }, () => 'freeze' as const),
  ]);
  // Counted anew after each blow: no part is struck down again before any work was done. All have fallen by the end.
  const widest = Math.max(1, Math.floor(among / plan.length));
  const gap = (): number => dice.between(Math.ceil(widest / 5), widest);
  const done = { kill: 0, freeze: 0 };
  const busy = new Set<Part>();
  const recovering = new Set<Promise<void>>();
  const failures: unknown[] = [];

  const recover = (part: Part, work: () => Promise<void>): void => {
    busy.add(part);
    const recovered = work()
      .catch((error: unknown) => {
        failures.push(error);
      })
      .finally(() => {
        busy.delete(part);
        recovering.delete(recovered);
      });
    recovering.add(recovered);
  };

  const blow = (): boolean => {
    const up = parts.filter((part) => !busy.has(part));
    const what = plan[0];
    if (up.length === 0 || !what) return false;
    plan.shift();
    done[what] += 1;
    const part = dice.pick(up);
    if (what === 'freeze') {
      part.child.signal('SIGSTOP');
      recover(part, async () => {
        await pause(frozenMs);
        part.child.signal('SIGCONT');
      });
    } else {
      part.child.signal('SIGKILL');
      recover(part, async () => {
        await part.child.ended;
        await part.restart();
      });
    }
    return true;
  };

  return {
    /** Blows until the work is done and every blow has fallen; then all parts stand again. */
    async blowWhile(work: () => Promise<void>): Promise<Blown> {
      let isOver = false;
      const ended = work().finally(() => {
        isOver = true;
      });
      // Awaited below, once the last blow has fallen.
      ended.catch(() => undefined);
      let next = (await calls()) + gap();
      while (!isOver && plan.length > 0) {
        const reached = await calls();
        if (next <= reached && blow()) next = reached + gap();
        await pause(lookMs);
      }
      await ended;
      await Promise.all(recovering);
      if (failures.length > 0) throw failures[0];
      return { kills: done.kill, freezes: done.freeze };
    },
  };
}
