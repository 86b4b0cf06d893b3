import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { openDatabase } from '../app/database.ts';
import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import { readBundle } from '../reports/bundle.ts';
import { exportContacts } from '../reports/export.ts';
import type { Store } from '../store/connect.ts';
import { CommandError } from './program.ts';

/** `mona contacts export`: everyone as CSV, or all that is held on one person as JSON. */
export async function exportTo(
  config: Config,
  id: string | undefined,
  out: string | undefined,
): Promise<void> {
  const database = await openDatabase(config, createLog('warn'));
  try {
    const text = id === undefined ? exportContacts(database.store) : [await bundleText(database.store, id)];
    const target = out === undefined ? process.stdout : createWriteStream(out);
    await pipeline(text, target, { end: out !== undefined });
  } finally {
    await database.close();
  }
}

async function bundleText(store: Store, id: string): Promise<string> {
  const bundle = await readBundle(store, id, new Date());
  if (!bundle) throw new CommandError(`There is no contact "${id}".`);
  return `${JSON.stringify(bundle, null, 2)}\n`;
}
