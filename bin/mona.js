#!/usr/bin/env node
// Builds what is missing or older than its source, then runs the command that was asked for.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Newest change below a folder, in milliseconds. */
function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Runs one of the project's own tools to its end; its failure is ours. */
function build(what, tool, ...args) {
  process.stderr.write(`Building ${what}…\n`);
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', tool), ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.exit(status ?? 1);
}

const server = join(root, 'dist/main.js');
const page = join(root, 'dist/web/index.html');
const source = newest(join(root, 'src'));
if (!existsSync(server) || statSync(server).mtimeMs < source) {
  build('the server', 'typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck');
  // An unchanged file keeps its old date under tsc; the entry's date says when the whole was built.
  const { utimesSync } = await import('node:fs');
  utimesSync(server, new Date(), new Date());
}
const wantsPages = ['start', undefined].includes(process.argv[2]);
const pages = Math.max(newest(join(root, 'src/web')), newest(join(root, 'locales')));
if (
  wantsPages &&
  existsSync(join(root, 'src/web/index.html')) &&
  (!existsSync(page) || statSync(page).mtimeMs < pages)
)
  build('the pages', 'vite/bin/vite.js', 'build', '--logLevel', 'error');

await import(join(root, 'dist/main.js'));
