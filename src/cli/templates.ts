import { openDatabase } from '../app/database.ts';
import { pushTemplates, readTemplates } from '../app/templates.ts';
import { createTwilio } from '../channels/twilio/index.ts';
import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import { loadLibrary } from '../store/library.ts';
import { CommandError } from './program.ts';

/** `mona templates push | status`: one line a template. The sandbox submits and approves its own at each start. */
export async function templates(config: Config, what: 'push' | 'status'): Promise<string> {
  if (!config.twilio)
    throw new CommandError('TWILIO_ACCOUNT_SID: unset; the sandbox approves its templates by itself');
  const log = createLog('warn');
  const database = await openDatabase(config, log);
  const twilio = createTwilio({ ...config.twilio, publicUrl: config.publicUrl ?? '', log });
  try {
    const library = await loadLibrary(database.store);
    const states =
      what === 'push'
        ? await pushTemplates({ library, carriers: { twilio } })
        : await readTemplates(library, twilio.templates);
    return states.length === 0
      ? 'The published words name no template.'
      : states.map(({ name, status }) => `${status.padEnd(12)} ${name}`).join('\n');
  } finally {
    await twilio.close();
    await database.close();
  }
}
