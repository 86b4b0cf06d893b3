import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('a command that is not there is named with the one that was meant, and nothing is started', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'src/main.ts', 'flow', 'lint'], {
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain("unknown command 'flow'");
  expect(stderr).toContain('Did you mean flows?');
});
