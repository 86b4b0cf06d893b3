import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Channel, SendError } from '../../src/channels/channel.ts';
import type { Row } from '../../src/core/row.ts';
import { aRow, sending } from './support/world.ts';

/** What is on the far side of a channel, for a test. */
export interface FarSide {
  readonly channel: Channel;
  /** Bodies it took, oldest first. */
  taken(): readonly string[];
  /** What it does with the next message. */
  next(does: 'refuses' | 'throttles' | 'hangs' | 'fails' | 'loses the answer'): void;
  /** Stops listening. */
  leave(): Promise<void>;
  stop(): Promise<void>;
}

/** The tests that every channel passes (channels/channel.ts). `row` is one it can send. */
export function channelContract(name: string, open: () => Promise<FarSide>, row: Partial<Row>): void {
  describe(`${name} keeps the channel contract`, () => {
    let far: FarSide;
    beforeEach(async () => {
      far = await open();
    });
    afterEach(() => far.stop());
    const send = (change: Partial<Row> = {}, options = sending()): Promise<unknown> =>
      far.channel.send(aRow({ ...row, ...change }), options).catch((error: unknown) => error);

    test('names its senders by channel', () => {
      expect(far.channel.senders.length).toBeGreaterThan(0);
      for (const sender of far.channel.senders) expect(sender.startsWith(`${far.channel.name}:`)).toBe(true);
    });

    test('a message that was taken has a sid', async () => {
      const accepted = await far.channel.send(aRow(row), sending());
      expect(accepted).toMatchObject({ sid: expect.stringMatching(/.{8,}/) as string });
      expect(far.taken()).toEqual([aRow(row).body.text]);
    });

    test('a throttled carrier is a retry', async () => {
      far.next('throttles');
      expect(await send()).toMatchObject({ name: 'SendError', retry: true });
      expect(far.taken()).toEqual([]);
    });

    test('a refusal is none', async () => {
      far.next('refuses');
      expect(await send()).toMatchObject({ name: 'SendError', retry: false });
    });

    test('a refused connection is a retry', async () => {
      await far.leave();
      expect(await send()).toMatchObject({ name: 'SendError', retry: true });
    });

    test.each(['fails', 'loses the answer'] as const)(
      'a carrier that %s leaves us not knowing',
      async (does) => {
        far.next(does);
        const outcome = await send();
        expect(outcome).toBeInstanceOf(Error);
        expect(outcome).not.toBeInstanceOf(SendError);
      },
    );

    test('a call cut off by its signal leaves us not knowing', async () => {
      far.next('hangs');
      const outcome = await send({}, { signal: AbortSignal.timeout(100), validForS: 60 });
      expect(outcome).toBeInstanceOf(Error);
      expect(outcome).not.toBeInstanceOf(SendError);
    });

    test('a call whose time was over before it began sent nothing', async () => {
      expect(await send({}, { signal: AbortSignal.abort(), validForS: 60 })).toMatchObject({
        name: 'SendError',
        retry: true,
      });
      expect(far.taken()).toEqual([]);
    });
  });
}
