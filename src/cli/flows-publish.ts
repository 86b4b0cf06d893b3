import { openDatabase } from '../app/database.ts';
import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import { readFlowFiles } from '../store/flow-files.ts';
import { publish } from '../store/publish.ts';
import { CommandError } from './program.ts';
import { printMistakes } from './flows-lint.ts';

/** `mona flows publish`: refuses what does not lint; says which versions are new. */
export async function publishFlows(config: Config): Promise<string> {
  const files = readFlowFiles(config.flowsDir, config.localesDir);
  if (files.mistakes.length > 0) throw new CommandError(printMistakes(files.mistakes));
  const database = await openDatabase(config, createLog('warn'));
  try {
    const { published } = await publish(database.store, files, 'cli', new Date());
    return published.length === 0
      ? 'Nothing changed.'
      : published.map((version) => `Published ${version}`).join('\n');
  } finally {
    await database.close();
  }
}
