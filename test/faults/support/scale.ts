import { seeded } from '../../../src/sandbox/carrier/faults.ts';

/** 1 = the gate of each landing; 10 reaches the real size of every test. */
export const scale = Number(process.env['FAULTS_SCALE'] ?? 1);
export const isScaled = scale > 1;

/** A size at the gate, in proportion to FAULTS_SCALE up to the real one. */
export const sized = (small: number, real: number): number =>
  Math.min(real, Math.round(small * Math.max(1, scale)));

/** All that is random in a run follows from this. */
export const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

export interface Dice {
  /** 0 ≤ … < 1 */
  next(): number;
  /** An integer, both ends included. */
  between(least: number, most: number): number;
  pick<T>(some: readonly T[]): T;
  shuffle<T>(some: readonly T[]): T[];
}

/** Dice of one test: the run's seed and the test's name, so that no test depends on the one before it. */
export function diceOf(test: string): Dice {
  const random = seeded([...test].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, seed));
  const between = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  return {
    next: random,
    between,
    pick: (some) => {
      const one = some[between(0, some.length - 1)];
      if (one === undefined) throw new Error('There is nothing to pick from.');
      return one;
    },
    shuffle: (some) => {
      const all = [...some];
      for (let place = all.length - 1; place > 0; place -= 1) {
        const other = between(0, place);
        [all[place], all[other]] = [all[other] as (typeof all)[number], all[place] as (typeof all)[number]];
      }
      return all;
    },
  };
}
