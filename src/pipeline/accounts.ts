import { weaknessOf, type PasswordOwner } from '../core/password.ts';
import { escapeHtml } from '../core/render-email.ts';
import type { Locale } from '../core/vocabulary.ts';
import { fill } from '../core/words.ts';
import { messageOf, unprocessable } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CoachDoc } from '../store/coaches.ts';
import type { Store } from '../store/connect.ts';
import { endLinks, linkMs, makeLink, needLink, takeLink, type LinkKind } from './invitation.ts';
import { hashPassword, isPassword } from './password.ts';
import { createSessions, type Sessions } from './sessions.ts';

/** A mail to one of the house's own people: no artist reads it, and no rule of the guard is asked. */
export interface Letter {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly locale: Locale;
}

/** Lines of a letter: `{{name}} {{by}} {{role}} {{hours}}` and the button's words. */
export interface LetterWords {
  readonly subject: string;
  readonly hello: string;
  readonly body: string;
  readonly button: string;
  readonly after: string;
}

export interface AccountWords {
  readonly invite: LetterWords;
  readonly reset: LetterWords;
  readonly changed: LetterWords;
  readonly roles: Readonly<Record<CoachDoc['role'], string>>;
}

export interface AccountDeps {
  readonly store: Store;
  readonly publicUrl: string;
  /** Rejects where it surely did not leave, or nobody knows. */
  readonly post: (letter: Letter) => Promise<void>;
  readonly words: Readonly<Record<string, AccountWords>>;
  readonly log: Log;
  /** By the machine's clock: a jump of the sandbox ends no link. */
  readonly machineNow?: () => number;
}

/** What an invitation says before it is accepted. */
export interface InvitationView {
  readonly email: string;
  readonly name: string;
  readonly role: CoachDoc['role'];
  /** The page speaks it, as the mail did. */
  readonly locale: Locale;
  readonly expiresAt: Date;
}

export interface AccountsDoor {
  /** Sends a link that opens the account. False where the mail did not leave: it can be sent again. */
  sendInvitation(coachId: string, by: string): Promise<boolean>;
  /** Throws 404 `link_void`. */
  lookAtInvitation(secret: string): Promise<InvitationView>;
  /** The account is its owner's from now on. Throws 404 `link_void`, 422 `password_…` without using the link up. */
  acceptInvitation(secret: string, name: string, password: string): Promise<string>;
  /** Resolves at once, whether anybody has that address or not; a mail leaves behind it only where somebody has. */
  forgot(email: string): void;
  /** Whose password it is about. Throws 404 `link_void`. */
  lookAtReset(secret: string): Promise<{ readonly email: string; readonly locale: Locale }>;
  /** Every session ends, the link too; who signs in next shows the new password, and the code where there is one. */
  reset(secret: string, password: string): Promise<string>;
  /** Throws 422 `password_wrong` or what is wrong with the new one. Every other session ends. */
  changePassword(coachId: string, old: string, password: string, sessionSecret: string): Promise<void>;
  /** Resolves when no mail is under way. */
  settle(): Promise<void>;
}

const hourMs = 3_600_000;
/** One address is sent so many reset mails in so long; more are not sent, and the answer does not say. */
const mostResets = 3;
const resetsMs = hourMs;

/** The secret stands behind the `#`: no server, no log and no other site is ever told it. */
const addressOf = (publicUrl: string, kind: LinkKind, secret: string): string =>
  `${publicUrl}/${kind === 'invite' ? 'join' : 'reset'}#${secret}`;

function letterOf(
  words: LetterWords,
  values: Readonly<Record<string, string>>,
  url: string,
): Pick<Letter, 'subject' | 'text' | 'html'> {
  const of = (line: string): string => fill(line, values);
  const paragraph = (line: string): string => `<p>${escapeHtml(of(line))}</p>`;
  return {
    subject: of(words.subject),
    text: [of(words.hello), of(words.body), `${of(words.button)} : ${url}`, of(words.after)].join('\n\n'),
    html: [
      paragraph(words.hello),
      paragraph(words.body),
      `<p class="buttons"><a href="${escapeHtml(url)}" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#6d28d9;color:#ffffff;text-decoration:none;font-weight:700">${escapeHtml(of(words.button))}</a></p>`,
      paragraph(words.after),
    ].join(''),
  };
}

/** Invitations, forgotten passwords and what becomes of sessions when a password changes (inbox.md §11). */
export function createAccounts(deps: AccountDeps): AccountsDoor {
  const { store, publicUrl, log } = deps;
  const machineNow = deps.machineNow ?? Date.now;
  const now = (): Date => new Date(machineNow());
  const sessions: Sessions = createSessions(store, machineNow);
  const underWay = new Set<Promise<unknown>>();
  const asked = new Map<string, readonly number[]>();

  const wordsFor = (locale: Locale): AccountWords => {
    const found = deps.words[locale] ?? deps.words['fr'];
    if (!found) throw new Error('locales/fr/pages.yaml has no words for accounts');
    return found;
  };

  async function postTo(
    coach: CoachDoc,
    kind: keyof Omit<AccountWords, 'roles'>,
    url: string,
    more: Readonly<Record<string, string>>,
  ): Promise<void> {
    const locale = coach.locale ?? 'fr';
    const words = wordsFor(locale);
    const values = { name: coach.name, role: words.roles[coach.role], ...more };
    const id = `${kind}:${coach._id}:${String(machineNow())}`;
    await deps.post({ id, to: coach.email, locale, ...letterOf(words[kind], values, url) });
  }

  /** Behind the answer: whoever asks learns nothing from how long it took. */
  function behind(work: Promise<unknown>): void {
    const watched = work
      .catch((error: unknown) => {
        log.warn({ error: messageOf(error) }, 'a mail to a coach did not leave');
      })
      .finally(() => underWay.delete(watched));
    underWay.add(watched);
  }

  async function sendReset(address: string): Promise<void> {
    const coach = await store.coaches.findOne({ email: address });
    if (!coach?.scrypt || coach.leftAt) return;
    const { secret } = await makeLink(store, coach._id, 'reset', now());
    await postTo(coach, 'reset', addressOf(publicUrl, 'reset', secret), {
      hours: String(linkMs.reset / hourMs),
    });
  }

  function mayAsk(address: string): boolean {
    const recent = (asked.get(address) ?? []).filter((at) => machineNow() - at < resetsMs);
    asked.delete(address);
    asked.set(address, [...recent, machineNow()].slice(-mostResets));
    for (const oldest of asked.keys()) {
      if (asked.size <= 10_000) break;
      asked.delete(oldest);
    }
    return recent.length < mostResets;
  }

  async function need(coachId: string): Promise<CoachDoc> {
    const coach = await store.coaches.findOne({ _id: coachId });
    if (!coach) throw new Error(`No coach ${coachId}.`);
    return coach;
  }

  function refuseWeak(password: string, owner: PasswordOwner): void {
    const weakness = weaknessOf(password, owner);
    if (weakness)
      throw unprocessable(`password_${weakness}`, 'This password is too easy to guess.', {
        issues: [{ path: 'password', message: weakness }],
      });
  }

  async function setPassword(coach: CoachDoc, password: string, keep?: string): Promise<void> {
    await store.coaches.updateOne({ _id: coach._id }, { $set: { scrypt: await hashPassword(password) } });
    await sessions.endAll(coach._id, keep);
    behind(postTo(coach, 'changed', publicUrl, {}));
  }

  return {
    async sendInvitation(coachId, by) {
      const coach = await need(coachId);
      const { secret } = await makeLink(store, coachId, 'invite', now());
      const more = { by, hours: String(linkMs.invite / hourMs) };
      return postTo(coach, 'invite', addressOf(publicUrl, 'invite', secret), more).then(
        () => true,
        (error: unknown) => {
          log.warn({ coachId, error: messageOf(error) }, 'an invitation did not leave');
          return false;
        },
      );
    },

    async lookAtInvitation(secret) {
      const { coachId, expiresAt } = await needLink(store, secret, 'invite', now());
      const { email, name, role, locale } = await need(coachId);
      return { email, name, role, locale: locale ?? 'fr', expiresAt };
    },

    async acceptInvitation(secret, name, password) {
      const { coachId } = await needLink(store, secret, 'invite', now());
      const { email } = await need(coachId);
      refuseWeak(password, { email, name });
      const scrypt = await hashPassword(password);
      await takeLink(store, secret, 'invite', now());
      await store.coaches.updateOne({ _id: coachId }, { $set: { name, scrypt, status: 'available' } });
      return coachId;
    },

    forgot(email) {
      const address = email.trim().toLowerCase();
      if (mayAsk(address)) behind(sendReset(address));
    },

    async lookAtReset(secret) {
      const { coachId } = await needLink(store, secret, 'reset', now());
      const { email, locale } = await need(coachId);
      return { email, locale: locale ?? 'fr' };
    },

    async reset(secret, password) {
      const { coachId } = await needLink(store, secret, 'reset', now());
      const coach = await need(coachId);
      refuseWeak(password, coach);
      await takeLink(store, secret, 'reset', now());
      await endLinks(store, coachId);
      await setPassword(coach, password);
      return coachId;
    },

    async changePassword(coachId, old, password, sessionSecret) {
      const coach = await need(coachId);
      if (!(await isPassword(old, coach.scrypt ?? '')))
        throw unprocessable('password_wrong', 'This is not the present password.');
      refuseWeak(password, coach);
      await endLinks(store, coachId, 'reset');
      await setPassword(coach, password, sessionSecret);
    },

    async settle() {
      await Promise.all(underWay);
    },
  };
}
