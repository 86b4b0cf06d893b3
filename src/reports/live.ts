import type { ChangeStream, ChangeStreamDocument, Document } from 'mongodb';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/connect.ts';

/** What changed, as far as a window must know: the rest it asks for. */
export type News =
  | { readonly kind: 'thread'; readonly contactId: string; readonly token: string }
  | { readonly kind: 'item'; readonly contactId: string; readonly seq: number; readonly token: string }
  /** Who looks at a thread, or types in it. */
  | { readonly kind: 'presence'; readonly contactId: string; readonly token: string }
  | { readonly kind: 'lost' }
  /** The sandbox's clock has jumped. */
  | { readonly kind: 'clock' };

/** News with a place in the stream. */
type Told = Exclude<News, { kind: 'lost' | 'clock' }>;

export interface Live {
  /** Hears news until the function it answers is called. `after`: the token of the last news heard, to go on from there. */
  listen(hear: (news: News) => void, after: string | null): () => void;
  /** Tells every window of this process. */
  tell(news: News): void;
  stop(): Promise<void>;
}

interface Past {
  readonly news: Told;
  readonly at: number;
}

const mostPast = 10_000;
const pastMs = 5 * 60_000;

const pipeline: Document[] = [
  {
    $match: {
      $or: [
        {
          'ns.coll': { $in: ['threads', 'items', 'outbox'] },
          operationType: { $in: ['insert', 'update', 'replace'] },
        },
        // A beat only moves the hour until which it counts: nobody need hear of that.
        { 'ns.coll': 'presence', operationType: { $in: ['insert', 'delete'] } },
        { 'ns.coll': 'presence', 'updateDescription.updatedFields.mode': { $exists: true } },
      ],
    },
  },
  {
    $project: {
      'ns.coll': 1,
      operationType: 1,
      documentKey: 1,
      'fullDocument.contactId': 1,
      'fullDocument.seq': 1,
      'fullDocument.itemId': 1,
      'updateDescription.updatedFields.status': 1,
      'updateDescription.updatedFields.claims': 1,
      'updateDescription.updatedFields.rev': 1,
    },
  },
];

/**
 * One change stream a process, open while somebody listens (inbox.md §5). The stream is only speed: a window that missed
 * something is told so and asks by `seq`. Nothing is decided from it.
 */
export function createLive(store: Store, log: Log): Live {
  const ears = new Set<(news: News) => void>();
  let past: Past[] = [];
  let stream: ChangeStream | null = null;
  let isStopped = false;

  const tell = (news: News): void => {
    for (const hear of ears) hear(news);
  };

  async function newsOf(change: ChangeStreamDocument & Document, token: string): Promise<Told | null> {
    const { coll } = change.ns as { coll: string };
    const id = String((change.documentKey as { _id: unknown })._id);
    const full = change.fullDocument as { contactId?: string; seq?: number } | undefined;
    if (coll === 'items')
      return full?.contactId && full.seq !== undefined
        ? { kind: 'item', contactId: full.contactId, seq: full.seq, token }
        : null;
    // `<coach>:<contact>`
    if (coll === 'presence') return { kind: 'presence', contactId: id.slice(id.indexOf(':') + 1), token };
    if (coll === 'threads') {
      const fields = (change.updateDescription as { updatedFields?: Record<string, unknown> } | undefined)
        ?.updatedFields;
      const isClaimOnly = fields?.claims !== undefined && fields.rev === undefined;
      return isClaimOnly ? null : { kind: 'thread', contactId: id, token };
    }
    if (change.operationType !== 'update') return null;
    const row = await store.outbox.findOne({ _id: id }, { projection: { contactId: 1, itemId: 1 } });
    const item = row && (await store.items.findOne({ _id: row.itemId }, { projection: { seq: 1 } }));
    return row && item ? { kind: 'item', contactId: row.contactId, seq: item.seq, token } : null;
  }

  function remember(news: Told): void {
    const now = Date.now();
    past.push({ news, at: now });
    if (past.length > mostPast || (past[0] && now - past[0].at > pastMs))
      past = past.filter(({ at }) => now - at <= pastMs).slice(-mostPast);
  }

  async function run(opened: ChangeStream): Promise<void> {
    try {
      for await (const change of opened as AsyncIterable<ChangeStreamDocument & Document>) {
        const news = await newsOf(change, tokenOf(change));
        if (!news) continue;
        remember(news);
        tell(news);
      }
    } catch (error) {
      if (stream !== opened) return;
      log.warn({ error: messageOf(error) }, 'the change stream ended; windows are told to catch up');
      past = [];
      stream = null;
      tell({ kind: 'lost' });
      if (ears.size > 0 && !isStopped) setTimeout(open, 1_000).unref();
    }
  }

  function open(): void {
    if (stream || isStopped || ears.size === 0) return;
    const opened = store.connection
      .getClient()
      .db(store.connection.name)
      .watch(pipeline, { maxAwaitTimeMS: 1_000 });
    stream = opened;
    // What was written before it stood is told by nobody: whoever listened by then reads once more.
    opened.once('resumeTokenChanged', () => {
      if (stream === opened) tell({ kind: 'lost' });
    });
    void run(opened);
  }

  async function close(): Promise<void> {
    const closing = stream;
    stream = null;
    past = [];
    await closing?.close().catch(() => undefined);
  }

  return {
    listen(hear, after) {
      if (after !== null) {
        const at = past.findIndex(({ news }) => news.token === after);
        if (at < 0) hear({ kind: 'lost' });
        else for (const { news } of past.slice(at + 1)) hear(news);
      }
      ears.add(hear);
      open();
      return () => {
        ears.delete(hear);
        if (ears.size === 0) void close();
      };
    },
    tell,
    async stop() {
      isStopped = true;
      ears.clear();
      await close();
    },
  };
}

const tokenOf = (change: ChangeStreamDocument): string => String((change._id as { _data: string })._data);
