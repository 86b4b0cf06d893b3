import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/connect.ts';

/** One line of the audit trail: who did what to whom. `isProof` lines stay as long as the consent or the erasure they prove. */
export async function note(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  line: {
    readonly who: string;
    readonly did: string;
    readonly contactId: string | null;
    readonly detail?: Readonly<Record<string, unknown>>;
    readonly isProof?: boolean;
  },
): Promise<void> {
  const { who, did, contactId, detail = null, isProof } = line;
  await store.audit.insertOne({
    _id: randomBytes(12).toString('hex'),
    who,
    did,
    contactId,
    at: clock.now(),
    detail,
    ...(isProof ? { isProof } : {}),
  });
}
