/** What a gate asks of its limiter; bottleneck's own shape. */
export interface Turns {
  schedule<T>(work: () => Promise<T>): Promise<T>;
  /** Refuses the turns that wait, and any asked for later. */
  stop(options?: object): Promise<unknown>;
}

interface Waiting {
  begin(): void;
  refuse(reason: string): void;
}

/**
 * Turns where no rate bounds them: so many at once, in the order asked for, the newest refused when too many wait. A limiter
 * with timers begins one job in a turn of the event loop or two; here what is free is taken at once, so that those who
 * come together are claimed together.
 */
export function freeTurns({
  most,
  mostWaiting,
}: {
  /** Asked each time one begins. */
  readonly most: () => number;
  readonly mostWaiting: number;
}): Turns {
  const line: Waiting[] = [];
  let underWay = 0;
  let isStopped = false;

  async function take<T>(work: () => Promise<T>): Promise<T> {
    underWay += 1;
    try {
      return await work();
    } finally {
      underWay -= 1;
      if (underWay < most()) line.shift()?.begin();
    }
  }

  return {
    schedule: (work) => {
      if (isStopped) return Promise.reject(new Error('the turns have ended'));
      if (underWay < most()) return take(work);
      if (line.length >= mostWaiting) return Promise.reject(new Error('too many wait for a turn'));
      return new Promise((resolve, reject) => {
        line.push({
          begin: () => {
            take(work).then(resolve, reject);
          },
          refuse: (reason) => {
            reject(new Error(reason));
          },
        });
      });
    },
    stop: () => {
      isStopped = true;
      for (const waiting of line.splice(0)) waiting.refuse('the turns have ended');
      return Promise.resolve();
    },
  };
}
