import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { withStore } from '../app/database.ts';
import type { Config } from '../config.ts';
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
  await withStore(config, async (store) => {
    const text = id === undefined ? exportContacts(store) : [await bundleText(store, id)];
    const target = out === undefined ? process.stdout : createWriteStream(out);
    await pipeline(text, target, { end: out !== undefined });
  });
}

async function bundleText(store: Store, id: string): Promise<string> {
  const bundle = await readBundle(store, id, new Date());
  if (!bundle) throw new CommandError(`There is no contact "${id}".`);
  return `${JSON.stringify(bundle, null, 2)}\n`;
}
