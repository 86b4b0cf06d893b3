import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, variables } from '../../src/config.ts';

const root = resolve(import.meta.dirname, '../..');
const somewhere = (): { DATA_DIR: string } => ({ DATA_DIR: mkdtempSync(join(tmpdir(), 'mona-config-')) });

function refused(env: Record<string, string>): readonly string[] {
  try {
    readConfig({ ...somewhere(), ...env }, root);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  test('needs nothing: the sandbox, an embedded database, secrets of its own', () => {
    const config = readConfig(somewhere(), root);
    expect(config).toMatchObject({
      port: 3000,
      publicUrl: 'http://localhost:3000',
      role: 'all',
      twilio: null,
      mongodbUri: null,
      redisUrl: null,
    });
    expect(config.secrets.session).toMatch(/^[0-9a-f]{64}$/);
    expect(config.sandbox?.demoPassword).toHaveLength(16);
  });

  test('takes a replica set by all its nodes', () => {
    const uri = 'mongodb://db-1:27017,db-2:27017,db-3:27017/mona?replicaSet=mona';
    expect(readConfig({ ...somewhere(), MONGODB_URI: uri }, root).mongodbUri).toBe(uri);
    expect(refused({ MONGODB_URI: 'postgres://db-1/mona' })).toEqual([
      expect.stringMatching(/^MONGODB_URI: .* takes an address that begins with mongodb:\/\//u),
    ]);
  });

  test('finds the secrets it made at the next start, readable by their owner alone', () => {
    const env = somewhere();
    const first = readConfig(env, root);
    expect(readConfig(env, root).secrets).toEqual(first.secrets);
    expect(statSync(join(env.DATA_DIR, 'secrets', 'session')).mode & 0o077).toBe(0);
  });

  test.each([
    [{ PORT: '70000' }, 'PORT: got "70000", takes a port from 0 to 65535 (0 picks a free one)'],
    [{ ROLE: 'boss' }, 'ROLE: got "boss", takes all, web or worker'],
    [
      { PUBLIC_URL: 'mona.example' },
      'PUBLIC_URL: got "mona.example", takes a URL that begins with http:// or https://',
    ],
    [
      { DEFAULT_TIMEZONE: 'Paris' },
      'DEFAULT_TIMEZONE: got "Paris", takes an IANA zone, such as Europe/Paris',
    ],
    [
      { TWILIO_WHATSAPP_FROM: '+33639980101' },
      'TWILIO_WHATSAPP_FROM: got "+33639980101", takes whatsapp:+33…',
    ],
    [
      { MONGOD_BINARY: '/nowhere/mongod' },
      'MONGOD_BINARY: got "/nowhere/mongod", takes the path of a mongod that exists',
    ],
  ])('refuses %o in one line', (env, line) => {
    expect(refused(env as Record<string, string>)).toEqual([line]);
  });

  test('says all that is wrong at once', () => {
    expect(refused({ PORT: 'x', ROLE: 'y', SMS_MPS: '-1' })).toHaveLength(3);
  });

  test('never shows a secret, nor the credentials inside a URL', () => {
    const lines = refused({ API_KEY: 'hunter2', MONGODB_URI: 'http://root:hunter2@db.example' }).join('\n');
    expect(lines).toContain('API_KEY');
    expect(lines).not.toContain('hunter2');
  });

  test('names what goes together', () => {
    expect(refused({ TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}` })[0]).toContain(
      'TWILIO_AUTH_TOKEN: unset, needed beside TWILIO_ACCOUNT_SID',
    );
  });

  test('requires its secrets in production', () => {
    expect(refused({ NODE_ENV: 'production' }).map((line) => line.split(':')[0])).toEqual([
      'SESSION_SECRET',
      'API_KEY',
      'SUPPRESSION_SECRET',
    ]);
  });

  test('.env.example lists every variable, and nothing else', () => {
    const listed = readFileSync(join(root, '.env.example'), 'utf8')
      .split('\n')
      .flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect(listed).toEqual(variables);
  });
});
