import { openBeside, type Database } from '../app/database.ts';
import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import { readFlowFiles, type FlowFiles } from '../store/flow-files.ts';
import { publish, PublishRefused } from '../store/publish.ts';
import { CommandError } from './program.ts';
import { printMistakes } from './flows-lint.ts';

/** `mona flows publish`: refuses what does not lint; says which versions are new. */
export function publishFlows(config: Config): Promise<string> {
  return withFiles(config, async ({ store }, files) => {
    const { published } = await publish(store, files, 'cli', new Date());
    return published.length === 0
      ? 'Nothing changed.'
      : published.map((version) => `Published ${version}`).join('\n');
  });
}

/** `mona flows publish --dry-run`: what would be new, and every answer of the last threads that would differ. */
export function tryPublish(config: Config): Promise<string> {
  return withFiles(config, async ({ store }, files) => {
    const { dryRun } = await import('./flows-dry-run.ts');
    return dryRun(store, files, config.publicUrl ?? 'http://localhost:3000', config.localesDir);
  });
}

async function withFiles(
  config: Config,
  work: (database: Database, files: FlowFiles) => Promise<string>,
): Promise<string> {
  const files = readFlowFiles(config.flowsDir, config.localesDir);
  if (files.mistakes.length > 0) throw new CommandError(printMistakes(files.mistakes));
  const database = await openBeside(config, createLog('warn'));
  try {
    return await work(database, files);
  } catch (error) {
    if (error instanceof PublishRefused) throw new CommandError(printMistakes(error.mistakes));
    throw error;
  } finally {
    await database.close();
  }
}
