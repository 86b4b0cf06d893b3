import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names the pages that this process serves: a restart of the same ones asks no window to reload. */
export function buildOf(webDir: string): string {
  const index = join(webDir, 'index.html');
  if (!existsSync(index)) return 'none';
  return createHash('sha256').update(readFileSync(index)).digest('hex').slice(0, 12);
}
