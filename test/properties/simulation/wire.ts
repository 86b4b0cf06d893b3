import { MongoNetworkError } from 'mongodb';
import type { Wire } from './collection.ts';
import { serverError, transient, type Transaction, type TwinDatabase, type Work } from './database.ts';
import type { Rates } from './plan.ts';
import type { Owner, Time } from './time.ts';

/** What the database and the way to it are like at the moment. */
export interface Weather {
  readonly time: Time;
  rates: Rates;
  /** No primary until then. */
  awayUntil: number;
  /** How often each fault was played. */
  readonly played: Map<string, number>;
}

export const note = (weather: Pick<Weather, 'played'>, fault: string): void => {
  weather.played.set(fault, (weather.played.get(fault) ?? 0) + 1);
};

/** A driver waits so long for a primary. */
const selectionMs = 10_000;
/** After the budget of a transaction (10 s): whoever asked has gone. */
const tooLateMs = 12_000;
/** A document that is held is looked at again so soon, and then less often. */
const blockedMs = 5;
const longestWaitMs = 500;

const networkError = (command: string, ...labels: readonly string[]): MongoNetworkError => {
  const error = new MongoNetworkError(`connection closed during ${command}`);
  for (const label of labels) error.addErrorLabel(label);
  return error;
};

/** One process's way to the database: every command takes time, there and back, and may be lost on either. */
export function stormyWire(weather: Weather, database: TwinDatabase, owner: Owner): Wire {
  const { time } = weather;
  const draw = time.stream('database');
  const isPlayed = (fault: keyof Rates): boolean => {
    const hits = draw() < weather.rates[fault];
    if (hits) note(weather, fault);
    return hits;
  };
  const wayMs = (): number => (isPlayed('slowCommand') ? 200 + draw() * 2_800 : 0.2 + draw() * 4);

  function send<T>(command: string, work: () => Work<T>, within: Transaction | null = null): Promise<T> {
    return new Promise((resolve, reject) => {
      const isDropped = draw() < 0.5;
      const isEnd = command === 'commitTransaction' || command === 'abortTransaction';
      const lost = (): Error =>
        networkError(command, ...(command === 'commitTransaction' ? [unknown] : within ? [transient] : []));
      const answer = (run: () => void): void => {
        time.after(wayMs(), owner, run);
      };
      const fail = (error: Error): void => {
        answer(() => {
          reject(error);
        });
      };
      const arrive = (): void => {
        // Of what a process sent before it died, some arrives.
        if (!owner.isAlive && isDropped) return;
        const awayMs = weather.awayUntil - time.now();
        if (awayMs > 0) {
          if (awayMs < selectionMs) time.after(awayMs + draw() * 20, null, arrive);
          else
            time.after(selectionMs, null, () => {
              fail(lost());
            });
          return;
        }
        if (command === 'commitTransaction' && isPlayed('lostCommit')) {
          loseCommit(work, within, resolve, reject);
          return;
        }
        if (within && !isEnd && isPlayed('conflict')) {
          database.abort(within);
          fail(serverError(112, 'WriteConflict', [transient]));
          return;
        }
        const isLost = !isEnd && isPlayed('lostCommand');
        if (isLost && draw() < 0.5) {
          fail(lost());
          return;
        }
        run(
          work(),
          (value) => {
            if (isLost) fail(lost());
            else
              answer(() => {
                resolve(value);
              });
          },
          fail,
        );
      };
      // What a frozen process is about to send leaves when it thaws.
      time.after(Math.max(0, owner.frozenUntil - time.now()) + wayMs(), null, arrive);
    });
  }

  function run<T>(
    parts: Work<T>,
    then: (value: T) => void,
    fail: (error: Error) => void,
    waitedMs = blockedMs,
  ): void {
    try {
      for (;;) {
        const part = parts.next();
        if (part.done) {
          then(part.value);
          return;
        }
        const isApart = part.value === 'between' && draw() < 0.15;
        if (part.value === 'blocked' || isApart) {
          time.after(isApart ? draw() * 3 : waitedMs, null, () => {
            run(parts, then, fail, Math.min(waitedMs * 2, longestWaitMs));
          });
          return;
        }
      }
    } catch (error) {
      fail(error as Error);
    }
  }

  /** Nobody hears of it within the budget, whatever became of it: kept, not kept, kept a while later. */
  function loseCommit<T>(
    work: () => Work<T>,
    within: Transaction | null,
    resolve: (value: T) => void,
    reject: (error: Error) => void,
  ): void {
    const way = Math.floor(draw() * 4);
    const keep = (): void => {
      run(
        work(),
        () => undefined,
        () => undefined,
      );
    };
    if (way === 0) {
      // The answer alone was lost: the driver asks again and hears it.
      run(work(), (value) => time.after(wayMs() * 5, owner, () => resolve(value)), reject);
      return;
    }
    if (way === 1) keep();
    else if (way === 2 && within) database.abort(within);
    else time.after(draw() * 9_000, null, keep);
    time.after(tooLateMs, owner, () => {
      reject(networkError('commitTransaction', unknown));
    });
  }

  return { who: owner.name, send };
}

const unknown = 'UnknownTransactionCommitResult';
