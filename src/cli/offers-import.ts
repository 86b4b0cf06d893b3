import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { openBeside } from '../app/database.ts';
import { ShiftedClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { writeCell } from '../core/csv.ts';
import { isHttpError } from '../errors.ts';
import { createLog } from '../log.ts';
import { importOffers, type OfferCounts } from '../pipeline/import-offers.ts';
import { readText } from '../pipeline/read-text.ts';
import { readClockAhead } from '../store/settings.ts';
import { CommandError } from './program.ts';
import { openRefused } from './refused-file.ts';

/** `mona offers import`: facts from a CSV; refused rows go to FILE.refused.csv with line, reason and key. */
export async function importOffersFile(config: Config, file: string, isDry: boolean): Promise<string> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new CommandError(`${file}: there is no such file`, 2);
  const database = await openBeside(config, createLog('warn'));
  const refused = openRefused(file, 'line,reason,key');
  try {
    const clock = new ShiftedClock();
    if (config.sandbox) clock.setAheadMs(await readClockAhead(database.store));
    const { text } = await readText(file);
    const counts = await importOffers(
      { store: database.store, clock },
      {
        text,
        who: basename(file),
        isDry,
        onRefused: (line, reason, key) => {
          refused.write(`${String(line)},${reason},${writeCell(key)}`);
        },
        onProgress: (rows) => {
          if (process.stderr.isTTY) process.stderr.write(`\r${String(rows)} rows`);
        },
      },
    );
    return said(counts, refused.path, isDry);
  } catch (error) {
    throw isHttpError(error) ? new CommandError(`${file}: ${error.message}`, 2) : error;
  } finally {
    await refused.close();
    await database.close();
  }
}

function said(
  { rows, added, changed, confirmed, refused }: OfferCounts,
  refusedFile: string,
  isDry: boolean,
) {
  return [
    ...(isDry ? ['Dry run: nothing was written.'] : []),
    `${String(rows)} rows: ${String(added)} new, ${String(changed)} changed, ${String(confirmed)} confirmed, ${String(refused)} refused`,
    ...(refused > 0 ? [`refused rows, each with its line and reason: ${refusedFile}`] : []),
  ].join('\n');
}
