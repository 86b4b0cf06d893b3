import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { preferencesChanged, type PreferenceChoice } from '../core/decide/preferences.ts';
import type { Purpose } from '../core/contact.ts';
import type { Channel } from '../core/vocabulary.ts';
import type { RowDoc } from '../store/outbox.ts';
import type { MailPage, MailPageDoors, PageChoice, PageWords } from '../http/mail-pages.ts';
import type { Arrive } from '../pipeline/arrive.ts';
import { click, open } from '../pipeline/hits.ts';
import type { AccountWords } from '../pipeline/accounts.ts';
import type { TellWords } from '../pipeline/tell-coaches.ts';
import type { MailToken, Tokens } from '../pipeline/tokens.ts';
import type { Store } from '../store/connect.ts';

type ChoiceWords = Readonly<Record<'label' | 'done', string>>;

export interface PagesWords {
  readonly answer: PageWords;
  readonly unsubscribe: PageWords & { readonly choices: Readonly<Record<PreferenceChoice, ChoiceWords>> };
  readonly push: PageWords;
  readonly coaches: TellWords;
  readonly accounts: AccountWords;
  readonly lost: Pick<PageWords, 'title' | 'lead'>;
}

export interface MailAnswerDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly arrive: Arrive;
  readonly sender: string;
  /** By locale, `fr` at least. */
  readonly words: Readonly<Record<string, PagesWords>>;
  /** The public VAPID key. */
  readonly pushKey: string;
}

/** How long an answer button stays one (lifecycle.md §16). */
const answerDays = 60;
const dayMs = 86_400_000;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** The doors behind the addresses in a mail: each act is an arrival, and the same address twice is the same arrival. */
export function answeredByMail(deps: MailAnswerDeps): MailPageDoors {
  return {
    answer: (text) => answerPage(deps, text),
    unsubscribe: (text) => preferencesPage(deps, text),
    links: {
      click: (token, asked) => click(deps, token, asked),
      open: (token, asked) => open(deps, token, asked),
    },
    lost: wordsOf(deps, 'fr').lost,
  };
}

function wordsOf({ words }: MailAnswerDeps, locale: string): PagesWords {
  const found = words[locale] ?? words['fr'];
  if (!found) throw new Error(`locales/${locale}/pages.yaml is missing`);
  return found;
}

async function answerPage(deps: MailAnswerDeps, text: string): Promise<MailPage | null> {
  const { store, clock, tokens } = deps;
  const token = tokens.read(text);
  if (token?.kind !== 'answer') return null;
  const row = await store.outbox.findOne({ _id: token.rowId });
  if (!row || clock.now().getTime() - row.createdAt.getTime() > answerDays * dayMs) return null;
  const contact = await store.contacts.findOne({ _id: token.contactId }, { projection: { locale: 1 } });
  if (!contact) return null;
  const { title, lead, button, done } = wordsOf(deps, contact.locale).answer;
  const label = labelOf(row, token.choice);
  return {
    locale: contact.locale,
    title,
    lead,
    choices: [{ id: null, label: label ?? button, done }],
    act: () => hearAnswer(deps, token, `mail:answer:${digest(text)}`, row),
  };
}

const labelOf = (row: RowDoc, choice: string): string | null =>
  row.body.buttons?.find(({ id }) => id === choice)?.label ?? null;

type AnswerToken = Extract<MailToken, { kind: 'answer' }>;

async function hearAnswer(
  { clock, arrive, sender }: MailAnswerDeps,
  { contactId, choice }: AnswerToken,
  id: string,
  row: RowDoc,
): Promise<void> {
  const label = labelOf(row, choice) ?? choice;
  await arrive({
    id,
    kind: 'inbound',
    contactId,
    receivedAt: clock.now(),
    inbound: {
      channel: 'email',
      sender,
      address: row.address,
      text: label,
      media: [],
      button: { payload: choice, text: label },
      repliedTo: row.sid ?? null,
      optOutType: null,
      profileName: null,
      sid: id,
    },
  });
}

type WayOut = Extract<MailToken, { kind: 'unsubscribe' }>;

/** Also for a contact since erased, or gone: the page stands, and says that it is done (lifecycle.md §17). */
async function preferencesPage(deps: MailAnswerDeps, text: string): Promise<MailPage | null> {
  const { store, tokens } = deps;
  const token = tokens.read(text);
  if (token?.kind !== 'unsubscribe') return null;
  const { contactId } = token;
  const contact = await store.contacts.findOne(
    { _id: contactId },
    { projection: { locale: 1, erasedAt: 1 } },
  );
  const locale = contact?.locale ?? 'fr';
  const words = wordsOf(deps, locale);
  const isThere = contact !== null && !contact.erasedAt;
  const says = (channel: 'email' | 'push', purpose: 'open_tracking' | 'push'): Promise<boolean> =>
    isThere ? hasGranted(store, { contactId, channel, purpose }) : Promise.resolve(false);
  const [seesOpens, isOn] = await Promise.all([says('email', 'open_tracking'), says('push', 'push')]);
  return {
    locale,
    title: words.unsubscribe.title,
    lead: words.unsubscribe.lead,
    choices: choicesOf(words, token, seesOpens, isOn),
    push: isThere
      ? { token: tokens.sign({ kind: 'push', contactId }), key: deps.pushKey, isOn, words: words.push }
      : null,
    act: (choice) => (isThere ? prefer(deps, token, text, choice) : Promise.resolve()),
  };
}

async function hasGranted(
  store: Store,
  of: { readonly contactId: string; readonly channel: Channel; readonly purpose: Purpose },
): Promise<boolean> {
  const [last] = await store.consents.find(of).sort({ at: -1, order: -1 }).limit(1).toArray();
  return last?.action === 'granted';
}

/** The first one is what the mail program's own button does. */
function choicesOf(
  { unsubscribe }: PagesWords,
  { flow }: WayOut,
  seesOpens: boolean,
  isTold: boolean,
): PageChoice[] {
  const offered: PreferenceChoice[] = [
    ...(flow === null ? [] : ['sequence' as const]),
    'fewer',
    'all',
    seesOpens ? 'opens-off' : 'opens-on',
    ...(isTold ? ['push-off' as const] : []),
  ];
  return [
    { id: null, label: unsubscribe.button, done: unsubscribe.done },
    ...offered.map((id) => ({ id, ...unsubscribe.choices[id] })),
  ];
}

async function prefer(
  { clock, arrive }: MailAnswerDeps,
  { contactId, flow }: WayOut,
  token: string,
  choice: string | null,
): Promise<void> {
  const now = clock.now();
  const day = Math.floor(now.getTime() / dayMs);
  const id = `preferences:${digest(token)}:${choice ?? 'email'}:${String(day)}`;
  await arrive({
    id: `event:${id}`,
    kind: 'event',
    contactId,
    receivedAt: now,
    event: {
      id,
      name: preferencesChanged,
      properties: {
        choice: choice ?? 'email',
        how: choice === null ? 'one_click' : 'page',
        ...(flow === null ? {} : { flow }),
      },
      occurredAt: now,
    },
  });
}
