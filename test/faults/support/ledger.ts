import type { ChangeStream, ResumeToken } from 'mongodb';
import type { ConsentDoc } from '../../../src/store/consents.ts';
import type { Store } from '../../../src/store/connect.ts';

const againMs = 500;

/** The consent ledger as it was written, with the instant of each commit by the database's own clock. */
export function watchLedger(store: Store) {
  const commits = new Map<string, { readonly at: number; readonly consent: ConsentDoc }>();
  let stream: ChangeStream<ConsentDoc> | null = null;
  let token: ResumeToken = null;
  let isClosed = false;

  /** A database that is gone for longer than the driver waits is watched again from where it was left. */
  function follow(): void {
    if (isClosed) return;
    const opened = store.consents.watch<ConsentDoc>(
      [{ $match: { operationType: 'insert', 'fullDocument.action': 'withdrawn' } }],
      token ? { resumeAfter: token } : {},
    );
    stream = opened;
    opened.on('resumeTokenChanged', (at) => {
      token = at;
    });
    opened.on('change', (change) => {
      if (change.operationType !== 'insert' || !change.wallTime) return;
      commits.set(String(change.fullDocument.evidence['arrivalId']), {
        at: change.wallTime.getTime(),
        consent: change.fullDocument,
      });
    });
    opened.on('error', () => {
      void opened.close().catch(() => undefined);
      setTimeout(follow, againMs);
    });
  }

  follow();
  return {
    size: () => commits.size,
    async close() {
      isClosed = true;
      await stream?.close().catch(() => undefined);
      return commits;
    },
  };
}
