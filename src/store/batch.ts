export interface BatchOptions<T, R> {
  /** The most that goes together. */
  readonly most: number;
  /** Takes what waits, answers one result an item, in order. A throw is every item's answer. */
  readonly run: (items: readonly T[]) => Promise<readonly R[]>;
  /** How many batches may be under way at once; 1 unless said. */
  readonly lanes?: number;
}

export interface Batch<T, R> {
  add(item: T): Promise<R>;
  /** Resolves once nothing waits and nothing is under way; never rejects: each `add` has its own answer. */
  settle(): Promise<void>;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit (reliability.md §5): what queued up while the last batch was under way goes together; alone, nobody waits
 * longer than the present turn of the event loop.
 */
export function createBatch<T, R>({ most, run, lanes = 1 }: BatchOptions<T, R>): Batch<T, R> {
  const queue: Waiting<T, R>[] = [];
  const idle: (() => void)[] = [];
  let underWay = 0;
  let isPlanned = false;

  function plan(): void {
    if (isPlanned || underWay >= lanes || queue.length === 0) return;
    isPlanned = true;
    setImmediate(() => {
      isPlanned = false;
      void take(queue.splice(0, most));
      plan();
    });
  }

  async function take(batch: readonly Waiting<T, R>[]): Promise<void> {
    underWay += 1;
    try {
      const results = await run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] as R);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      underWay -= 1;
      if (underWay === 0 && queue.length === 0) for (const done of idle.splice(0)) done();
      plan();
    }
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        plan();
      }),
    settle: () =>
      underWay === 0 && queue.length === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            idle.push(resolve);
          }),
  };
}
