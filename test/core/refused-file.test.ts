import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRefused } from '../../src/cli/refused-file.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mona-refused-'));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('the rows an import refuses', () => {
  test('none refused: no file, and that of an earlier try is gone', async () => {
    const refused = openRefused(join(dir, 'clean.csv'), 'line,reason');
    await refused.close();
    writeFileSync(refused.path, 'line,reason\n2,bad_phone\n');
    await openRefused(join(dir, 'clean.csv'), 'line,reason').close();
    expect(existsSync(refused.path)).toBe(false);
  });

  test('a resumed import adds to its own, under one heading', async () => {
    for (const row of ['2,bad_phone', '7,no_address']) {
      const refused = openRefused(join(dir, 'long.csv'), 'line,reason', row.startsWith('7'));
      refused.write(row);
      await refused.close();
    }
    expect(readFileSync(join(dir, 'long.csv.refused.csv'), 'utf8')).toBe(
      'line,reason\n2,bad_phone\n7,no_address\n',
    );
  });
});
