import type { Notification, Subscription } from '../channels/push/index.ts';
import type { Clock } from '../clock.ts';
import type { Kept } from '../core/decide.ts';
import { fill } from '../core/words.ts';
import type { Locale } from '../core/vocabulary.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CoachDoc } from '../store/coaches.ts';
import type { Store } from '../store/connect.ts';
import { dutyAt, firstHours, type TeamHours } from '../store/duty.ts';
import { subscriptionsOf } from './subscribe.ts';

type Tell = Kept['tells'][number];

/** Titles by what happened; `{{name}}` is the artist's. */
export const tellKinds = ['waits', 'unclaimed', 'soon', 'late', 'given', 'wrote', 'look'] as const;
export type TellWords = Readonly<Record<(typeof tellKinds)[number] | 'someone', string>>;

export interface TellDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly notify: (subscriptions: readonly Subscription[], notification: Notification) => Promise<number>;
  readonly words: Readonly<Record<string, TellWords>>;
  readonly log: Log;
}

const kindOf = (why: string): (typeof tellKinds)[number] => {
  if (why.startsWith('handoff:')) return 'waits';
  const known: Readonly<Record<string, (typeof tellKinds)[number]>> = {
    handoff_unclaimed: 'unclaimed',
    no_coach: 'waits',
    promise_missed: 'late',
    word_soon: 'soon',
    word_late: 'late',
    handoff_timeout: 'late',
    transfer: 'given',
    returned: 'wrote',
    vip_wrote: 'wrote',
  };
  return known[why] ?? 'look';
};

/** A coach who does not come within so long has heard it otherwise. */
const ttlS = 3_600;
const longestBody = 120;

/**
 * Tells coaches on their devices what the commit says they should know: who wrote, and what (inbox.md, "P2"). Nobody is told
 * while the team rests, but a coach who is named and managers who are asked for; what fails is only logged: the inbox has it.
 */
export function createTellCoaches(
  deps: TellDeps,
): (contactId: string, tells: readonly Tell[]) => Promise<void> {
  return async (contactId, tells) => {
    try {
      await tellAll(deps, contactId, tells);
    } catch (error) {
      deps.log.warn({ contactId, error: messageOf(error) }, 'coaches could not be told by push');
    }
  };
}

async function tellAll(deps: TellDeps, contactId: string, tells: readonly Tell[]): Promise<void> {
  const { store, publicUrl, notify, words } = deps;
  const reached = await reachedOf(deps, tells);
  if (reached.length === 0) return;
  const [contact, heard] = await Promise.all([
    store.contacts.findOne({ _id: contactId }, { projection: { firstName: 1, lastName: 1 } }),
    store.items.findOne({ contactId, kind: 'in' }, { projection: { text: 1 }, sort: { seq: -1 } }),
  ]);
  const name = [contact?.firstName, contact?.lastName].filter(Boolean).join(' ');
  const body = clipped(heard?.text ?? '');
  for (const { coach, why, subscriptions } of reached) {
    const says = wordsFor(words, coach.locale ?? 'fr');
    await notify(subscriptions, {
      title: fill(says[kindOf(why)], { name: name || says.someone }),
      body,
      url: `${publicUrl}/inbox/todo/${contactId}`,
      topic: `t-${contactId}`.replace(/[^\w-]/g, '').slice(0, 32),
      ttlS,
      isUrgent: true,
    });
  }
}

interface Reached {
  readonly coach: CoachDoc;
  readonly why: string;
  readonly subscriptions: readonly Subscription[];
}

/** Those of them who have a device that takes notifications. */
async function reachedOf(deps: TellDeps, tells: readonly Tell[]): Promise<readonly Reached[]> {
  const told = [...(await whom(deps, tells))];
  const reached = await Promise.all(
    told.map(async ([coach, why]) => ({
      coach,
      why,
      subscriptions: await subscriptionsOf(deps.store, { kind: 'coach', id: coach._id }),
    })),
  );
  return reached.filter(({ subscriptions }) => subscriptions.length > 0);
}

function wordsFor(words: TellDeps['words'], locale: Locale): TellWords {
  const found = words[locale] ?? words['fr'];
  if (!found) throw new Error('locales/fr/pages.yaml has no words for coaches');
  return found;
}

function clipped(text: string): string {
  const characters = [...text];
  return characters.length <= longestBody ? text : `${characters.slice(0, longestBody - 1).join('')}…`;
}

/** Each coach once, with the first thing there is to tell. */
async function whom({ store, clock }: TellDeps, tells: readonly Tell[]): Promise<Map<CoachDoc, string>> {
  const [coaches, hours] = await Promise.all([
    store.coaches.find({ status: { $in: ['available', 'away'] } }).toArray(),
    store.settings.findOne({ _id: 'hours' }),
  ]);
  const { until } = dutyAt((hours?.value as TeamHours | undefined) ?? firstHours, [], clock.now());
  const told = new Map<CoachDoc, string>();
  for (const tell of tells)
    for (const coach of coaches)
      if (!told.has(coach) && isFor(tell, coach, until !== null)) told.set(coach, tell.why);
  return told;
}

function isFor({ who, coachId }: Tell, coach: CoachDoc, isOpen: boolean): boolean {
  if (who === 'managers') return coach.role === 'manager' && isOpen;
  if (who === 'coach' && coachId !== null) return coach._id === coachId;
  return coach.status === 'available' && isOpen;
}
