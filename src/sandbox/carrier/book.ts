import type { Journal } from './journal.ts';
import type { Message } from './message.ts';

export interface Query {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  /** On the sent date, which is empty until the message left: such messages match no bound. */
  readonly sentAfter?: number | undefined;
  readonly sentBefore?: number | undefined;
  readonly sentOn?: number | undefined;
  readonly pageSize: number;
  /** Only entries before this place of the book: where the last page ended. */
  readonly before?: number | undefined;
}

export interface Page {
  readonly messages: readonly Message[];
  /** `before` of the next page, or null at the end. */
  readonly next: number | null;
}

export type Change = { readonly type: 'message' | 'status' | 'redacted'; readonly message: Message };

/** Everything the carrier took, in order of acceptance. */
export interface Book {
  readonly all: readonly Message[];
  add(message: Omit<Message, 'index'>): Message;
  find(sid: string): Message | undefined;
  /** Writes down what changed and tells the listeners. */
  note(message: Message, type: 'status' | 'redacted'): void;
  remove(sid: string): boolean;
  list(query: Query, isListed: (message: Message) => boolean): Page;
  /** Both directions of one phone, oldest first. */
  phone(address: string): readonly Message[];
  listen(listener: (change: Change) => void): () => void;
  clear(): void;
}

const dayMs = 86_400_000;

function matches(message: Message, query: Query): boolean {
  if (query.to !== undefined && message.to !== query.to) return false;
  if (query.from !== undefined && message.from !== query.from) return false;
  const asksDate = query.sentAfter ?? query.sentBefore ?? query.sentOn;
  if (asksDate === undefined) return true;
  if (message.sentAt === null) return false;
  if (query.sentAfter !== undefined && message.sentAt < query.sentAfter) return false;
  if (query.sentBefore !== undefined && message.sentAt > query.sentBefore) return false;
  return (
    query.sentOn === undefined || Math.floor(message.sentAt / dayMs) === Math.floor(query.sentOn / dayMs)
  );
}

function push(index: Map<string, Message[]>, key: string, message: Message): void {
  const row = index.get(key);
  if (row) row.push(message);
  else index.set(key, [message]);
}

export function createBook(journal: Journal): Book {
  const all: Message[] = [];
  const bySid = new Map<string, Message>();
  const byTo = new Map<string, Message[]>();
  const byFrom = new Map<string, Message[]>();
  const removed = new Set<string>();
  const listeners = new Set<(change: Change) => void>();

  const keep = (message: Message): void => {
    all.push(message);
    bySid.set(message.sid, message);
    push(byTo, message.to, message);
    push(byFrom, message.from, message);
  };
  const tell = (change: Change): void => {
    for (const listener of listeners) listener(change);
  };

  const rowsFor = ({ to, from }: Query): readonly Message[] => {
    if (to !== undefined) return byTo.get(to) ?? [];
    return from === undefined ? all : (byFrom.get(from) ?? []);
  };

  for (const line of journal.replay('message')) keep(line as Message);
  for (const line of journal.replay('change')) {
    const { sid, ...change } = line as { sid: string } & Partial<Message>;
    Object.assign(bySid.get(sid) ?? {}, change);
  }

  return {
    all,
    add: (draft) => {
      const message: Message = { ...draft, index: all.length };
      keep(message);
      journal.append('message', message);
      tell({ type: 'message', message });
      return message;
    },
    find: (sid) => (removed.has(sid) ? undefined : bySid.get(sid)),
    note: (message, type) => {
      const { sid, status, errorCode, sentAt, updatedAt } = message;
      const change = { sid, status, errorCode, sentAt, updatedAt };
      journal.append(
        'change',
        type === 'status' ? change : { ...change, body: message.body, media: message.media },
      );
      tell({ type, message });
    },
    remove: (sid) => {
      if (!bySid.has(sid) || removed.has(sid)) return false;
      removed.add(sid);
      return true;
    },
    list: (query, isListed) => {
      const rows = rowsFor(query);
      const found: Message[] = [];
      for (let place = rows.length - 1; place >= 0; place -= 1) {
        const message = rows[place];
        if (!message || (query.before !== undefined && message.index >= query.before)) continue;
        if (removed.has(message.sid) || !matches(message, query) || !isListed(message)) continue;
        if (found.length === query.pageSize) return { messages: found, next: found.at(-1)?.index ?? 0 };
        found.push(message);
      }
      return { messages: found, next: null };
    },
    phone: (address) =>
      [...(byTo.get(address) ?? []), ...(byFrom.get(address) ?? [])].sort(
        (one, other) => one.index - other.index,
      ),
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    clear: () => {
      all.length = 0;
      for (const index of [bySid, byTo, byFrom, removed]) index.clear();
      journal.clear();
    },
  };
}
