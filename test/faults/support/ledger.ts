import type { ConsentDoc } from '../../../src/store/consents.ts';
import type { Store } from '../../../src/store/connect.ts';

/** The consent ledger as it was written, with the instant of each commit by the database's own clock. */
export function watchLedger(store: Store) {
  const commits = new Map<string, { readonly at: number; readonly consent: ConsentDoc }>();
  const stream = store.consents.watch([
    { $match: { operationType: 'insert', 'fullDocument.action': 'withdrawn' } },
  ]);
  stream.on('change', (change) => {
    if (change.operationType !== 'insert' || !change.wallTime) return;
    commits.set(String(change.fullDocument.evidence['arrivalId']), {
      at: change.wallTime.getTime(),
      consent: change.fullDocument,
    });
  });
  return {
    size: () => commits.size,
    async close() {
      await stream.close();
      return commits;
    },
  };
}
