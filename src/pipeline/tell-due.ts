import type { Clock } from '../clock.ts';
import type { Kept } from '../core/decide.ts';
import type { Store } from '../store/connect.ts';

export interface TellDueDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly tell: (contactId: string, tells: Kept['tells']) => Promise<void>;
}

const mostAtOnce = 100;

/**
 * Tells whoever owes a word that its hour has come: the owner of the thread, else everyone on duty. Looks at the hours since
 * its last look; two workers may both say it, and the device shows it once.
 */
export function createTellDue({
  store,
  clock,
  tell,
}: TellDueDeps): () => Promise<{ readonly toldDue: number }> {
  let lookedAt = clock.now();
  return async () => {
    const now = clock.now();
    const due = await store.threads
      .find(
        { 'own.state': { $in: ['waiting', 'coach'] }, 'own.dueAt': { $gt: lookedAt, $lte: now } },
        { projection: { 'own.ownerId': 1 } },
      )
      .limit(mostAtOnce)
      .toArray();
    lookedAt = now;
    for (const { _id, own } of due) {
      const coachId = own.ownerId ?? null;
      await tell(_id, [{ who: coachId ? 'coach' : 'coaches', why: 'word_due', coachId }]);
    }
    return { toldDue: due.length };
  };
}
