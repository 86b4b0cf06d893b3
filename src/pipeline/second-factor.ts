import { generateSecret, generateURI, verify } from 'otplib';
import { conflict, unauthorized, unprocessable } from '../errors.ts';
import type { CoachDoc } from '../store/coaches.ts';
import type { Store } from '../store/connect.ts';

/** One step either way: phones' clocks drift (RFC 6238 §5.2). */
const toleranceS = 30;

export interface SecondFactor {
  /** A new secret, which counts once a code made with it was shown. Throws 409 where one counts already. */
  begin(coachId: string): Promise<{ readonly secret: string; readonly uri: string }>;
  /** From now on signing in takes a code. Throws 422 for a wrong one. */
  confirm(coachId: string, code: string): Promise<void>;
  /** Signing in takes no code any more. Throws 422 for a wrong one. */
  end(coachId: string, code: string): Promise<void>;
  /** Lets a coach pass who needs no code, or shows one that was never used; else 401, `code_needed` or `code_refused`. */
  check(coach: CoachDoc, code: string | null): Promise<void>;
}

/** Codes are of the machine's time, not the product's: an authenticator knows no sandbox. */
export function createSecondFactor(store: Store, machineNow: () => number = Date.now): SecondFactor {
  /** Takes a code once: two requests that show the same one at once are one person and one thief. */
  async function take({ _id, totp }: CoachDoc, code: string): Promise<boolean> {
    if (!totp || !/^\d{6}$/u.test(code)) return false;
    const { secret, lastStep } = totp;
    const epoch = Math.floor(machineNow() / 1000);
    const seen = await verify({ secret, token: code, epoch, epochTolerance: toleranceS });
    if (!seen.valid || !('timeStep' in seen) || seen.timeStep <= lastStep) return false;
    const { modifiedCount } = await store.coaches.updateOne(
      { _id, 'totp.secret': secret, 'totp.lastStep': lastStep },
      { $set: { 'totp.lastStep': seen.timeStep } },
    );
    return modifiedCount === 1;
  }

  async function need(coachId: string): Promise<CoachDoc> {
    const coach = await store.coaches.findOne({ _id: coachId });
    if (!coach) throw unauthorized('signed_out', 'Sign in first.');
    return coach;
  }

  async function takeOr422(coachId: string, code: string): Promise<void> {
    if (!(await take(await need(coachId), code)))
      throw unprocessable(
        'code_refused',
        'This code is wrong, or was used. Wait for the next one and type that.',
      );
  }

  return {
    async begin(coachId) {
      const { email, totp } = await need(coachId);
      if (totp?.confirmedAt)
        throw conflict('code_counts_already', 'Signing in takes a code already. End it first.');
      const secret = generateSecret();
      await store.coaches.updateOne(
        { _id: coachId },
        { $set: { totp: { secret, confirmedAt: null, lastStep: 0 } } },
      );
      return { secret, uri: generateURI({ issuer: 'MONA x SPARK', label: email, secret }) };
    },

    async confirm(coachId, code) {
      await takeOr422(coachId, code);
      await store.coaches.updateOne(
        { _id: coachId },
        { $set: { 'totp.confirmedAt': new Date(machineNow()) } },
      );
    },

    async end(coachId, code) {
      await takeOr422(coachId, code);
      await store.coaches.updateOne({ _id: coachId }, { $set: { totp: null } });
    },

    async check(coach, code) {
      if (!coach.totp?.confirmedAt) return;
      if (code === null) throw unauthorized('code_needed', 'Type the code that your authenticator shows.');
      if (!(await take(coach, code)))
        throw unauthorized(
          'code_refused',
          'This code is wrong, or was used. Wait for the next one and type that.',
        );
    },
  };
}
