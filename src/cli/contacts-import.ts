import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { openBeside, withStore } from '../app/database.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import type { ImportCounts } from '../pipeline/import-work.ts';
import { importContacts } from '../pipeline/import.ts';
import { undoImport } from '../pipeline/undo-import.ts';
import { readText } from '../pipeline/read-text.ts';
import { CommandError } from './program.ts';
import { openRefused } from './refused-file.ts';

export interface ImportFlags {
  readonly dryRun?: boolean;
  readonly resume?: string;
  readonly map?: readonly string[];
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    throw new CommandError(`${file}: there is no such file`, 2);
  }
}

function mappingOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [column, field] = pair.split('=');
      if (!column || !field) throw new CommandError(`--map: got "${pair}", takes "column=field"`, 2);
      return [column, field];
    }),
  );
}

const width = 30;

function bar(done: number, { rows, refused }: ImportCounts): string {
  const full = Math.round(done * width);
  const share = `${String(Math.round(done * 100)).padStart(3)} %`;
  return `\r${'█'.repeat(full)}${'░'.repeat(width - full)} ${share}  ${String(rows)} rows, ${String(refused)} refused`;
}

/** `mona contacts import`: reads a CSV; refused rows go to FILE.refused.csv with line and reason. */
export async function importFile(config: Config, file: string, flags: ImportFlags): Promise<string> {
  const size = sizeOf(file);
  const database = await openBeside(config, createLog('warn'));
  const refused = openRefused(file, 'line,reason', flags.resume !== undefined);
  const id = flags.resume ?? randomBytes(6).toString('hex');
  let bytes = 0;
  const began = performance.now();
  try {
    if (!flags.dryRun) process.stderr.write(`import ${id}\n`);
    const { encoding, text } = await readText(file, (read) => {
      bytes = read;
    });
    const counts = await importContacts(
      { store: database.store, clock: systemClock, defaults: config.defaults },
      {
        id,
        file,
        by: 'cli',
        text,
        mapping: mappingOf(flags.map ?? []),
        isDry: flags.dryRun ?? false,
        onRefused: (line, reason) => {
          refused.write(`${String(line)},${reason}`);
        },
        onProgress: (now) => {
          if (process.stderr.isTTY) process.stderr.write(bar(size === 0 ? 1 : bytes / size, now));
        },
      },
    );
    const seconds = (performance.now() - began) / 1000;
    return said(counts, { id, encoding, seconds, refusedFile: refused.path, isDry: flags.dryRun ?? false });
  } finally {
    await refused.close();
    await database.close();
  }
}

interface Told {
  readonly id: string;
  readonly encoding: string;
  readonly seconds: number;
  readonly refusedFile: string;
  readonly isDry: boolean;
}

function said(counts: ImportCounts, { id, encoding, seconds, refusedFile, isDry }: Told): string {
  const rate = Math.round(counts.rows / Math.max(seconds, 0.001));
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  return [
    isDry ? '\nDry run: nothing was written.' : '',
    `${String(counts.rows)} rows (${encoding}) in ${seconds.toFixed(1)} s, ${String(rate)} a second, at most ${String(peak)} MB`,
    `${String(counts.created)} new, ${String(counts.changed)} changed, ${String(counts.unchanged)} as they were, ${String(counts.refused)} refused`,
    ...(counts.consentsKept > 0
      ? [
          `${String(counts.consentsKept)} consents stay as they were: a file makes none better without its evidence`,
        ]
      : []),
    ...(counts.refused > 0 ? [`refused rows, each with its line and reason: ${refusedFile}`] : []),
    ...(isDry ? [] : [`to take it back: mona contacts undo ${id}`]),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

/** `mona contacts undo`: an import taken back. */
export async function undoFile(config: Config, id: string): Promise<string> {
  const { removed, restored, kept } = await withStore(config, (store) => undoImport(store, id));
  return `${String(removed)} removed, ${String(restored)} as before, ${String(kept)} kept because somebody spoke with them`;
}
