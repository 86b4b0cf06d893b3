import type { Item } from '../core/item.ts';
import type { Row } from '../core/row.ts';
import type { RunState } from '../core/run.ts';
import type { Thread } from '../core/thread.ts';
import type { Channel } from '../core/vocabulary.ts';
import { notFound } from '../errors.ts';
import { fromDoc } from '../store/collection.ts';
import type { ItemDoc } from '../store/items.ts';
import type { RowDoc } from '../store/outbox.ts';
import { readArtist, type ArtistView } from './artist.ts';
import { readRow, windowOf, type Desk, type RowView } from './rows.ts';

export type ItemView = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly seq: number;
  readonly kind: Item['kind'];
};

export interface FutureView {
  readonly stepId: string;
  readonly title: string;
  readonly channel: Channel;
  readonly at: Date;
  readonly heldBy: string | null;
  /** Why then and not at its own hour: what moved it (`hours`, `holiday:2027-03-29`, `predecessor:…`), or what holds it. */
  readonly reasons: readonly string[];
  readonly cancelledBy: readonly string[];
}

export interface ThreadView {
  readonly row: RowView;
  readonly artist: ArtistView;
  readonly items: readonly ItemView[];
  readonly future: readonly FutureView[];
  readonly drafts: { readonly reply: string | null; readonly note: string | null };
  readonly can: Readonly<Record<string, true | { readonly reason: string }>>;
  readonly windows: { readonly whatsapp: { readonly closesAt: Date } | null };
}

const pageSize = 50;

const needRow = (row: RowView | null): RowView => {
  if (!row) throw notFound('no_such_thread', 'There is no thread with this id.');
  return row;
};

export async function readThread(desk: Desk, contactId: string, coachId: string): Promise<ThreadView> {
  const { store } = desk;
  const row = needRow(await readRow(desk, contactId, coachId));
  const [threadDoc, artist, items, future, drafts] = await Promise.all([
    store.threads.findOne({ _id: contactId }),
    readArtist(desk, contactId),
    readItems(desk, contactId, {}),
    readFuture(desk, contactId),
    store.drafts.find({ _id: { $in: [`${contactId}:reply`, `${contactId}:note`] } }).toArray(),
  ]);
  const thread = threadDoc ? fromDoc<Thread>(threadDoc) : null;
  const draft = (mode: string): string | null =>
    drafts.find(({ _id }) => _id === `${contactId}:${mode}`)?.text ?? null;
  const window = thread ? windowOf(thread, desk.now()) : null;
  return {
    row,
    artist,
    items,
    future,
    drafts: { reply: draft('reply'), note: draft('note') },
    can: canOf(artist, window !== null),
    windows: { whatsapp: window },
  };
}

/** Which channels a coach may write on now, and why not. A coach answers; only a stop, a block or a shut window forbids it. */
function canOf(artist: ArtistView, isWindowOpen: boolean): ThreadView['can'] {
  return Object.fromEntries(
    (['sms', 'whatsapp', 'email'] as const).map((channel) => {
      const address = artist.addresses.find((other) => other.channel === channel);
      if (!address) return [channel, { reason: 'no_address' }];
      if (address.suppressed) return [channel, { reason: 'suppressed' }];
      if (address.blocked) return [channel, { reason: 'provider_blocked' }];
      if (channel === 'whatsapp' && !isWindowOpen) return [channel, { reason: 'window_closed' }];
      return [channel, true];
    }),
  );
}

export interface ItemRange {
  readonly before?: number;
  readonly after?: number;
}

/** Items of a thread, oldest first: the last 50, those before a `seq`, or all after one. */
export async function readItems(
  { store }: Desk,
  contactId: string,
  { before, after }: ItemRange,
): Promise<ItemView[]> {
  const seq =
    before !== undefined ? { seq: { $lt: before } } : after !== undefined ? { seq: { $gt: after } } : {};
  const docs = await store.items
    .find({ contactId, ...seq })
    .sort({ seq: after !== undefined ? 1 : -1 })
    .limit(after !== undefined ? 500 : pageSize)
    .toArray();
  return presentItems(store, after !== undefined ? docs : docs.reverse());
}

/** Items as the window shows them; what was sent has the status of its row. */
export async function presentItems(store: Desk['store'], docs: readonly ItemDoc[]): Promise<ItemView[]> {
  const rowIds = docs.flatMap(({ rowId }) => (rowId ? [rowId] : []));
  const [rows, coaches] = await Promise.all([
    store.outbox.find({ _id: { $in: rowIds } }).toArray(),
    store.coaches.find({}, { projection: { name: 1 } }).toArray(),
  ]);
  const byId = new Map(rows.map((row) => [row._id, row]));
  const names = new Map(coaches.map(({ _id, name }) => [_id, name]));
  return docs.map((doc) => presentItem(doc, byId.get(doc.rowId ?? '') ?? null, names));
}

function presentItem(doc: ItemDoc, row: RowDoc | null, names: ReadonlyMap<string, string>): ItemView {
  const head = {
    id: doc._id,
    seq: doc.seq,
    kind: doc.kind,
    at: doc.at,
    channel: doc.channel ?? null,
    why: doc.why,
  };
  const data = doc.data ?? {};
  switch (doc.kind) {
    case 'in':
      return {
        ...head,
        text: doc.text ?? null,
        media: mediaOf(doc),
        button: doc.button ?? null,
        intent: doc.understood?.intent ?? null,
        confidence: doc.understood?.confidence ?? null,
        rule: doc.why.rule,
        answers: data.answers ?? null,
      };
    case 'out':
      return { ...head, ...presentOut(doc, row), byName: names.get(doc.by ?? '') ?? null };
    case 'note':
      return { ...head, text: doc.text ?? '', by: doc.by ?? '', byName: names.get(doc.by ?? '') ?? null };
    case 'state':
      return {
        ...head,
        from: data.from ?? null,
        to: data.to ?? null,
        by: doc.by ?? null,
        byName: names.get(doc.by ?? '') ?? null,
        reason: doc.why.reason ?? null,
      };
    case 'silence':
      return { ...head, step: doc.why.step ?? null, reason: doc.why.reason ?? doc.why.rule };
    case 'event':
      return { ...head, name: typeof data.name === 'string' ? data.name : (doc.text ?? doc.why.rule) };
    case 'brief':
      return { ...head, ...data, reason: doc.why.reason ?? null };
  }
}

/** Through our own door: the carrier's address is for nobody's browser. Null: let go of. */
const mediaOf = ({ _id, media }: ItemDoc) =>
  (media ?? []).map(({ url, type }, place) => ({
    type,
    url: url === '' ? null : `/api/items/${encodeURIComponent(_id)}/media/${String(place)}`,
  }));

function presentOut(doc: ItemDoc, row: RowDoc | null) {
  const isWaiting = row?.status === 'queued' && row.by !== 'bot';
  return {
    by: doc.by ?? row?.by ?? 'bot',
    text: row?.body.text ?? doc.text ?? null,
    subject: row?.body.subject ?? null,
    file: row?.body.file ? { ...row.body.file, url: `/api/files/${row.body.file.id}` } : null,
    buttons: row?.body.buttons ?? [],
    step: doc.why.step ?? null,
    status: row?.status ?? 'blocked',
    reason: row?.reason ?? null,
    segments: row?.body.segments ?? null,
    undoUntil: isWaiting ? row.notBefore : null,
  };
}

/** Nudges below the "now" line: planned steps and rows that wait. */
export async function readFuture({ store, library }: Desk, contactId: string): Promise<FutureView[]> {
  const [runs, rows] = await Promise.all([
    store.runs.find({ contactId, open: true }).toArray(),
    store.outbox.find({ contactId, status: 'queued', by: 'bot', stepKey: { $type: 'string' } }).toArray(),
  ]);
  const planned = runs.flatMap((doc) => futureOf(fromDoc<RunState & { id: string }>(doc), library));
  const held = rows.map((doc) => heldOf(fromDoc<Row>(doc)));
  return [...held, ...planned].sort((one, other) => one.at.getTime() - other.at.getTime());
}

const heldOf = (row: Row): FutureView => ({
  stepId: [row.guard.flow, row.stepKey].filter(Boolean).join('.'),
  title: row.stepKey ?? '',
  channel: row.channel,
  at: row.notBefore,
  heldBy: row.reason ?? null,
  reasons: row.reason ? [row.reason] : [],
  cancelledBy: [],
});

function futureOf(run: RunState, library: Desk['library']): FutureView[] {
  const flow = library.flow(run.flow, run.version);
  if (!flow) return [];
  const cancelledBy = [...(flow.goal?.on ?? []), ...flow.exits.flatMap(({ on }) => on)];
  return flow.steps.flatMap((step) => {
    const planned = run.plan.find(({ stepId }) => stepId === step.id);
    if (step.id in run.done || !planned) return [];
    return [
      {
        stepId: `${run.flow}.${step.id}`,
        title: step.id,
        channel: step.channel,
        at: planned.dueAt ?? planned.baseAt,
        heldBy: null,
        reasons: planned.reasons,
        cancelledBy,
      },
    ];
  });
}
