import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const sources = ['src/web', 'locales', 'vite.config.ts'];

function* filesOf(path: string): Generator<string> {
  if (!statSync(path).isDirectory()) yield path;
  else for (const name of readdirSync(path).sort()) yield* filesOf(join(path, name));
}

/** Changes with every file that the pages are made of. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const source of sources)
    for (const file of filesOf(join(root, source))) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${file} ${String(size)} ${String(mtimeMs)}\n`);
    }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Folder of the built pages, by the very command that ships them: inside this process React would be its larger
 * development self. Built once for all the files of tests of one state of the sources.
 */
export function builtPages(): string {
  const folder = join(tmpdir(), `mona-pages-${fingerprint()}`);
  if (existsSync(join(folder, 'index.html'))) return folder;
  const making = `${folder}-${String(process.pid)}`;
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--outDir', making, '--logLevel', 'error'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (existsSync(folder)) rmSync(making, { recursive: true });
  else renameSync(making, folder);
  return folder;
}
