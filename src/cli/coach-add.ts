import { randomBytes } from 'node:crypto';
import { withStore } from '../app/database.ts';
import type { Config } from '../config.ts';
import { createSignIn } from '../pipeline/sign-in.ts';
import { CommandError } from './program.ts';

export interface CoachToAdd {
  readonly email: string;
  readonly name?: string;
  readonly role: string;
}

/** `mona coach add`: the first password is printed once and kept nowhere. */
export async function addCoach(config: Config, { email, name, role }: CoachToAdd): Promise<string> {
  if (role !== 'coach' && role !== 'manager')
    throw new CommandError(`--role: got "${role}", takes coach or manager`, 2);
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new CommandError(`"${email}" is no e-mail address`, 2);
  const address = email.toLowerCase();
  return withStore(config, async (store) => {
    if (await store.coaches.findOne({ email: address }))
      throw new CommandError(`${address} is a coach already.`);
    const password = randomBytes(12).toString('base64url');
    await createSignIn(store).addCoach({
      email: address,
      name: name ?? address.split('@')[0] ?? address,
      role,
      password,
    });
    return `${address} may sign in as ${role} with the password ${password}`;
  });
}

/** `mona coach forget-code`: for whoever lost the phone that makes the codes. */
export function forgetCode(config: Config, email: string): Promise<string> {
  const address = email.toLowerCase();
  return withStore(config, async (store) => {
    const coach = await store.coaches.findOneAndUpdate({ email: address }, { $set: { totp: null } });
    if (!coach) throw new CommandError(`Nobody signs in as ${address}.`);
    await store.sessions.deleteMany({ coachId: coach._id });
    return `${address} signs in without a code; every open session of theirs has ended`;
  });
}
