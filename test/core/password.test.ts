import { expect, test } from 'vitest';
import { weaknessOf } from '../../src/core/password.ts';

const owner = { email: 'lou.bernard@example.org', name: 'Lou Bernard' };
const of = (password: string): string | null => weaknessOf(password, owner);

test('length is asked for, and not classes of characters', () => {
  expect(of('trois petits chats')).toBeNull();
  expect(of('onze petits')).toBe('short');
  // Characters, not bytes: what is typed is what is counted.
  expect(of('éééé')).toBe('short');
  expect(of(`${'une phrase '.repeat(30)}`)).toBe('long');
});

test('what everybody tries first is refused, however it is dressed', () => {
  expect(of('aaaaaaaaaaaa')).toBe('plain');
  expect(of('121212121212')).toBe('plain');
  expect(of('MotDePasse2026!')).toBe('common');
  expect(of('azertyuiop123')).toBe('common');
  expect(of('Password1234!')).toBe('common');
  expect(of('MONA x SPARK 2026')).toBe('common');
  expect(of('azerty dans la prairie')).toBeNull();
});

test('nobody is called by their password', () => {
  expect(of('Bernard-2026-06')).toBe('personal');
  expect(of('bernard au bord de la mer')).toBeNull();
  expect(weaknessOf('Bernard-2026-06', { email: 'x@y.z', name: 'Ana' })).toBeNull();
});
