import { ShiftedClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import { loadLibrary } from '../store/library.ts';
import { readClockAhead } from '../store/settings.ts';
import { openBeside } from './database.ts';
import { furnish, type House } from './house.ts';
import { createMetrics } from './metrics.ts';
import { sandboxAccount } from './sandbox.ts';

/** A house for one command: it decides and keeps, and sends nothing itself. Beside a running house it shares its database. */
export interface Errand {
  readonly house: House;
  close(): Promise<void>;
}

const defaultPort = 3_000;

/** Opens what `mona` needs to act on one contact as the running house would. */
export async function openErrand(given: Config): Promise<Errand> {
  const config: Config = { ...given, role: 'web' };
  const log = createLog('warn');
  const database = await openBeside(config, log);
  try {
    const { store } = database;
    const clock = new ShiftedClock();
    if (config.sandbox) clock.setAheadMs(await readClockAhead(store));
    const localUrl = `http://127.0.0.1:${String(config.port || defaultPort)}`;
    const account = config.twilio ?? sandboxAccount(config.sandbox?.authToken ?? '', localUrl);
    const house = await furnish({
      config,
      publicUrl: config.publicUrl ?? localUrl,
      account,
      mailboxUrl: config.email.smtpUrl ? null : `${localUrl}/sandbox/mail`,
      pushUrl: null,
      log,
      clock,
      store,
      library: await loadLibrary(store),
      metrics: createMetrics(),
    });
    return {
      house,
      async close() {
        await house.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
