import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

function newest(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Compiles the product into its `dist/`, unless what stands there is as new as its source; answers the entry. */
export function build(root: string): string {
  const main = join(root, 'dist/main.js');
  const rooms = readdirSync(join(root, 'src')).filter((name) => name !== 'web');
  const changedAt = Math.max(...rooms.map((name) => newest(join(root, 'src', name))));
  if (existsSync(main) && statSync(main).mtimeMs >= changedAt) return main;
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noCheck'], {
    cwd: root,
    stdio: 'inherit',
  });
  utimesSync(main, new Date(), new Date());
  return main;
}

export interface OldBuild {
  readonly commit: string;
  readonly entry: string;
  end(): void;
}

const parts = ['src', 'flows', 'locales', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

/** The product as it was at a commit, built in a folder of its own; null where this folder knows no commits. */
export function buildOf(root: string, commit: string, folder: string): OldBuild | null {
  const git = (...args: readonly string[]) =>
    spawnSync('git', args, { cwd: root, maxBuffer: 1024 * 1024 * 1024 });
  const hash = git('rev-parse', '--short', commit);
  const archive = git('archive', '--format=tar', commit, ...parts);
  if (hash.status !== 0 || archive.status !== 0) return null;
  mkdirSync(folder, { recursive: true });
  const tar = join(folder, 'old.tar');
  writeFileSync(tar, archive.stdout);
  spawnSync('tar', ['-xf', tar, '-C', folder]);
  rmSync(tar);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return {
    commit: hash.stdout.toString().trim(),
    entry: build(folder),
    end: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
