import { expect } from 'vitest';
import type { TestApp } from '../support/app.ts';

const dayMs = 86_400_000;

/** The first Tuesday of the February to come, 09:00 in Paris: no holiday and no change of clocks for seven weeks. */
function aTuesday(): Date {
  const now = new Date(Date.now());
  const year = now.getUTCFullYear() + (now.getUTCMonth() === 0 ? 0 : 1);
  const first = new Date(Date.UTC(year, 1, 1, 8));
  return new Date(first.getTime() + ((9 - first.getUTCDay()) % 7) * dayMs);
}

/** The whole product on its sandbox, whose clock goes on by days from a Tuesday at nine. */
export function aJourney(house: TestApp) {
  const start = aTuesday();
  const day = (count: number): Date => new Date(start.getTime() + count * dayMs);
  return {
    day,
    /** Plays everything that comes due until then. */
    async jump(days: number): Promise<void> {
      const { status } = await house.ask('POST', '/api/sandbox/clock', { to: day(days).toISOString() });
      expect(status).toBe(200);
      await house.app.settle();
    },
    async enter(userId: string, event: string, properties: object = {}): Promise<void> {
      const { status } = await house.ask('POST', '/api/sandbox/enter', { userId, event, properties });
      expect(status).toBe(202);
      await house.app.settle();
    },
  };
}
