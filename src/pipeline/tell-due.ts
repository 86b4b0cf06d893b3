import type { Clock } from '../clock.ts';
import type { Kept } from '../core/decide.ts';
import type { Own } from '../core/thread.ts';
import type { Store } from '../store/connect.ts';

export interface TellDueDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly tell: (contactId: string, tells: Kept['tells']) => Promise<void>;
}

/** Of the time there was for a word: first its owner is told, then everybody and the managers (inbox.md §9). */
const soon = 0.8;
const late = 1.2;
/** No promise is so long that its last mark comes later after its hour. */
const longestAfterMs = 7 * 86_400_000;

/**
 * Tells whoever owes a word that its hour is near, and the team and its managers that it has passed. Looks at the hours
 * since its last look; two workers may both say it, and the device shows it once.
 */
export function createTellDue({
  store,
  clock,
  tell,
}: TellDueDeps): () => Promise<{ readonly toldDue: number }> {
  let lookedAt = clock.now();
  return async () => {
    const now = clock.now();
    const waiting = store.threads.find(
      {
        'own.state': { $in: ['waiting', 'coach'] },
        'own.dueAt': { $gt: new Date(lookedAt.getTime() - longestAfterMs) },
      },
      { projection: { own: 1 } },
    );
    let toldDue = 0;
    for await (const { _id, own } of waiting) {
      const tells = tellsOf(own, (share) => isBetween(markOf(own, share), lookedAt, now));
      if (tells.length === 0) continue;
      await tell(_id, tells);
      toldDue += 1;
    }
    // A look that failed is taken again, from where it began.
    lookedAt = now;
    return { toldDue };
  };
}

/** When so much of the time has passed; null where nothing is owed. */
function markOf({ dueAt, dueSince, since }: Own, share: number): number | null {
  if (!dueAt) return null;
  const from = Math.min((dueSince ?? since).getTime(), dueAt.getTime());
  return from + (dueAt.getTime() - from) * share;
}

const isBetween = (at: number | null, since: Date, now: Date): boolean =>
  at !== null && at > since.getTime() && at <= now.getTime();

function tellsOf({ ownerId }: Own, hasPassed: (share: number) => boolean): Kept['tells'] {
  const everyone = { who: 'coaches', why: 'word_late', coachId: null } as const;
  if (hasPassed(late)) return [everyone, { ...everyone, who: 'managers' }];
  if (!hasPassed(soon)) return [];
  return [{ who: ownerId ? 'coach' : 'coaches', why: 'word_soon', coachId: ownerId }];
}
