import { generate } from 'otplib';
import { expect, test } from 'vitest';
import { createSecondFactor } from '../../src/pipeline/second-factor.ts';
import { createSignIn } from '../../src/pipeline/sign-in.ts';
import { useStore } from '../support/mongo.ts';

const db = useStore();
const password = 'une longue phrase de passe';

async function aCoach(email: string) {
  const time = { ms: Date.parse('2026-11-23T09:00:00Z') };
  const door = createSignIn(db.store, () => time.ms);
  const factor = createSecondFactor(db.store, () => time.ms);
  const id = await door.addCoach({ email, name: 'Nina', role: 'coach', password });
  const codeOf = (secret: string): Promise<string> => generate({ secret, epoch: time.ms / 1000 });
  const signIn = (code: string | null = null): Promise<string> =>
    door.signIn(email, password, { ip: email, agent: null, code }).then(
      () => 'signed in',
      (error: { data?: { code?: string } }) => error.data?.code ?? String(error),
    );
  return { id, time, factor, codeOf, signIn };
}

test('a second factor counts only once a code of it was shown', async () => {
  const { id, factor, codeOf, signIn } = await aCoach('nina@second.example');
  const { secret, uri } = await factor.begin(id);
  expect(uri).toContain('otpauth://totp/');
  expect(await signIn()).toBe('signed in');
  await expect(factor.confirm(id, '000000')).rejects.toThrow('wrong, or was used');
  await factor.confirm(id, await codeOf(secret));
  expect(await signIn()).toBe('code_needed');
  await expect(factor.begin(id)).rejects.toThrow('End it first');
});

test('each code signs in once, also when two ask at the same moment', async () => {
  const { id, time, factor, codeOf, signIn } = await aCoach('sam@second.example');
  const { secret } = await factor.begin(id);
  await factor.confirm(id, await codeOf(secret));
  expect(await signIn(await codeOf(secret))).toBe('code_refused');
  time.ms += 30_000;
  const code = await codeOf(secret);
  const both = await Promise.all([signIn(code), signIn(code)]);
  expect(both.sort()).toEqual(['code_refused', 'signed in']);
  time.ms += 90_000;
  expect(await signIn(code)).toBe('code_refused');
});

test('guessing codes is bounded like guessing passwords', async () => {
  const { id, factor, codeOf, signIn } = await aCoach('lou@second.example');
  const { secret } = await factor.begin(id);
  await factor.confirm(id, await codeOf(secret));
  const guesses: string[] = [];
  for (const guess of ['111111', '222222', '333333', '444444', '555555', '666666'])
    guesses.push(await signIn(guess));
  expect(guesses).toEqual([...Array<string>(5).fill('code_refused'), 'too_many_failures']);
});

test('whoever has a code may end it', async () => {
  const { id, time, factor, codeOf, signIn } = await aCoach('zoe@second.example');
  const { secret } = await factor.begin(id);
  await factor.confirm(id, await codeOf(secret));
  time.ms += 60_000;
  await factor.end(id, await codeOf(secret));
  expect(await signIn()).toBe('signed in');
});
