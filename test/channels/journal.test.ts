import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openJournal } from '../../src/sandbox/carrier/journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'mona-journal-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a second start finds every line of the first, in order', () => {
  const file = join(folder, 'carrier.jsonl');
  const first = openJournal(file, silentLog);
  for (const value of ['é', '🎤', 'c']) first.append('said', value);
  first.append('other', 1);
  first.close();
  expect(openJournal(file, silentLog).replay('said')).toEqual(['é', '🎤', 'c']);
});

test('a disk that is full is said once, and stops nothing', () => {
  const said: unknown[] = [];
  const log = { ...silentLog, error: (details: unknown) => void said.push(details) } as typeof silentLog;
  const journal = openJournal('/dev/full', log);
  journal.append('said', 1);
  journal.append('said', 2);
  expect(said).toEqual([{ reason: 'ENOSPC: no space left on device, write' }]);
  journal.close();
});
