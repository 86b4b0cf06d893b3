import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Inbound } from '../core/arrival.ts';
import type { RowDoc } from '../store/outbox.ts';
import type { MailPage, MailPageDoors, PageWords } from '../http/mail-pages.ts';
import type { Arrive } from '../pipeline/arrive.ts';
import type { MailToken, Tokens } from '../pipeline/tokens.ts';
import type { Store } from '../store/connect.ts';

export type PagesWords = Readonly<Record<string, Readonly<Record<'answer' | 'unsubscribe', PageWords>>>>;

export interface MailAnswerDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly arrive: Arrive;
  readonly sender: string;
  readonly words: PagesWords;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** The doors behind the addresses in a mail: each act is an arrival, and the same address twice is the same arrival. */
export function answeredByMail(deps: MailAnswerDeps): MailPageDoors {
  const { store, clock, tokens, arrive, sender, words } = deps;
  const localeOf = async (contactId: string): Promise<string> =>
    (await store.contacts.findOne({ _id: contactId }, { projection: { locale: 1 } }))?.locale ?? 'fr';
  const pageWords = (locale: string, kind: MailToken['kind']): PageWords => {
    const found = (words[locale] ?? words.fr)?.[kind];
    if (!found) throw new Error(`locales/${locale}/pages.yaml lacks ${kind}`);
    return found;
  };
  const hear = async (
    id: string,
    contactId: string,
    inbound: Partial<Inbound> & Pick<Inbound, 'address'>,
  ): Promise<void> => {
    await arrive({
      id,
      kind: 'inbound',
      contactId,
      receivedAt: clock.now(),
      inbound: {
        channel: 'email',
        sender,
        text: '',
        media: [],
        button: null,
        repliedTo: null,
        optOutType: null,
        profileName: null,
        sid: id,
        ...inbound,
      },
    });
  };

  return {
    async answer(text) {
      const token = tokens.read(text);
      if (token?.kind !== 'answer') return null;
      const row = await store.outbox.findOne({ _id: token.rowId });
      if (!row) return null;
      const locale = await localeOf(token.contactId);
      const label = labelOf(row, token.choice);
      return {
        locale,
        words: pageWords(locale, 'answer'),
        label,
        act: () =>
          hear(`mail:answer:${digest(text)}`, token.contactId, {
            address: row.address,
            text: label ?? token.choice,
            button: { payload: token.choice, text: label ?? token.choice },
            repliedTo: row.sid ?? null,
          }),
      } satisfies MailPage;
    },

    async unsubscribe(text) {
      const token = tokens.read(text);
      if (token?.kind !== 'unsubscribe') return null;
      const locale = await localeOf(token.contactId);
      return {
        locale,
        words: pageWords(locale, 'unsubscribe'),
        label: null,
        // The page itself is the confirmation, as where the carrier has answered: no mail follows.
        act: () =>
          hear(
            `mail:unsubscribe:${digest(text)}:${String(Math.floor(clock.now().getTime() / 86_400_000))}`,
            token.contactId,
            { address: token.address, text: 'STOP', optOutType: 'STOP' },
          ),
      } satisfies MailPage;
    },
  };
}

const labelOf = (row: RowDoc, choice: string): string | null =>
  row.body.buttons?.find(({ id }) => id === choice)?.label ?? null;
