import { MongoServerError } from 'mongodb';
import { collections } from '../../../src/store/collections.ts';
import { compare, isSame, read, stored, type Doc } from './bson.ts';
import { fixedBy, matcher, matches } from './match.ts';
import { updated, type Update } from './update.ts';

/*
 * The database's twin: documents with their versions, transactions that read a snapshot and conflict over what they write,
 * unique indexes. It knows no time of its own and waits for nothing: who calls it says when each part happens.
 */

/** Where something else may happen between two parts of one command; `blocked`: a transaction under way holds the document. */
export type Pause = 'between' | 'blocked';
export type Work<T> = Generator<Pause, T>;

/** A command of one part. */
// eslint-disable-next-line require-yield
export function* whole<T>(run: () => T): Work<T> {
  return run();
}

/** One change that now stands, in the order of the changes. */
export interface Written {
  readonly collection: string;
  readonly id: string;
  readonly before: Doc | null;
  readonly after: Doc | null;
  /** Who wrote it. */
  readonly by: string;
}

interface Version {
  readonly at: number;
  readonly doc: Doc | null;
}

interface Unique {
  readonly name: string;
  /** What must be had once, of a document that the index is of; null of any other. */
  readonly keyOf: (doc: Doc) => string | null;
  /** Key → id, of what stands. */
  readonly ids: Map<string, string>;
}

export interface Table {
  readonly name: string;
  readonly docs: Map<string, Version[]>;
  readonly uniques: readonly Unique[];
}

/** A transaction under way. */
export interface Transaction {
  readonly by: string;
  /** Taken by its first command. */
  snapshot: number | null;
  readonly writes: Map<string, { readonly table: Table; readonly id: string; readonly doc: Doc | null }>;
  state: 'open' | 'kept' | 'ended';
}

export type Documents = Readonly<Record<string, readonly Doc[]>>;

export interface Upserted {
  readonly matched: number;
  readonly modified: number;
  readonly upsertedId: string | null;
  readonly doc: Doc | null;
}

export const transient = 'TransientTransactionError';

export function serverError(code: number, message: string, labels: readonly string[] = []): MongoServerError {
  return new MongoServerError({ message, code, errorLabels: [...labels] });
}

const writeConflict = (): MongoServerError => serverError(112, 'WriteConflict', [transient]);

export type TwinDatabase = ReturnType<typeof createTwinDatabase>;

export function createTwinDatabase(now: () => Date, onWritten: (written: Written) => void = () => undefined) {
  const tables = new Map<string, Table>();
  const locks = new Map<string, Transaction>();
  const open = new Set<Transaction>();
  let version = 1;

  function table(name: string): Table {
    const standing = tables.get(name);
    if (standing) return standing;
    const made: Table = { name, docs: new Map(), uniques: uniquesOf(name) };
    tables.set(name, made);
    return made;
  }

  const keyOf = (of: Table, id: string): string => `${of.name}\u0000${id}`;

  function latest(of: Table, id: string): Version | undefined {
    return of.docs.get(id)?.at(-1);
  }

  function seen(of: Table, id: string, by: Transaction | null): Doc | null {
    if (!by) return latest(of, id)?.doc ?? null;
    const own = by.writes.get(keyOf(of, id));
    if (own) return own.doc;
    const versions = of.docs.get(id) ?? [];
    for (let place = versions.length - 1; place >= 0; place -= 1) {
      const one = versions[place];
      if (one && one.at <= (by.snapshot ?? version)) return one.doc;
    }
    return null;
  }

  /** The command is the transaction's next: its first one takes the snapshot. */
  function enter(by: Transaction | null): void {
    if (!by) return;
    if (by.state !== 'open') throw serverError(251, 'NoSuchTransaction', [transient]);
    by.snapshot ??= version;
  }

  function idsFor(of: Table, filter: Doc, by: Transaction | null): Iterable<string> {
    const wanted = filter['_id'];
    if (typeof wanted === 'string') return [wanted];
    const some = (wanted as { readonly $in?: readonly string[] } | undefined)?.$in;
    if (some && Object.keys(wanted as object).length === 1) return new Set(some);
    if (!by) return of.docs.keys();
    const own = [...by.writes.values()].filter((one) => one.table === of).map(({ id }) => id);
    return new Set([...of.docs.keys(), ...own]);
  }

  function find(of: Table, filter: Doc, by: Transaction | null = null): Doc[] {
    enter(by);
    const found: Doc[] = [];
    const isOf = matcher(filter, now());
    for (const id of idsFor(of, filter, by)) {
      const doc = seen(of, id, by);
      if (doc && isOf(doc)) found.push(doc);
    }
    return found;
  }

  function install(of: Table, id: string, doc: Doc | null, by: string, at: number): void {
    const versions = of.docs.get(id) ?? [];
    const before = versions.at(-1)?.doc ?? null;
    for (const unique of of.uniques) {
      const was = before && unique.keyOf(before);
      const is = doc && unique.keyOf(doc);
      if (was !== null && unique.ids.get(was) === id) unique.ids.delete(was);
      if (is !== null) unique.ids.set(is, id);
    }
    // Nobody reads what was before, unless a snapshot is open.
    if (open.size === 0) versions.length = 0;
    versions.push({ at, doc });
    of.docs.set(id, versions);
    onWritten({ collection: of.name, id, before, after: doc, by });
  }

  /** Throws where another document has what must be had once. */
  function checkUniques(of: Table, id: string, doc: Doc, by: Transaction | null): void {
    for (const unique of of.uniques) {
      const key = unique.keyOf(doc);
      if (key === null) continue;
      for (const other of open) {
        for (const write of other.writes.values()) {
          if (write.table !== of || write.id === id || !write.doc) continue;
          if (unique.keyOf(write.doc) !== key) continue;
          if (other === by) throw duplicate(of, unique.name);
          if (by) throw writeConflict();
        }
      }
      const owner = unique.ids.get(key);
      if (owner === undefined || owner === id) continue;
      const given = by?.writes.get(keyOf(of, owner));
      if (given && (!given.doc || unique.keyOf(given.doc) !== key)) continue;
      if (by && (latest(of, owner)?.at ?? 0) > (by.snapshot ?? version)) throw writeConflict();
      throw duplicate(of, unique.name);
    }
  }

  /** Writes one document: alone at once, or in a transaction, where it conflicts with whoever wrote it since. */
  function* write(
    of: Table,
    id: string,
    next: (before: Doc | null) => Doc | null | undefined,
    by: Transaction | null,
    who: string,
  ): Work<boolean> {
    const key = keyOf(of, id);
    if (by) {
      const holder = locks.get(key);
      if ((holder && holder !== by) || (latest(of, id)?.at ?? 0) > (by.snapshot ?? version))
        throw writeConflict();
    } else while (locks.has(key)) yield 'blocked';
    const doc = next(seen(of, id, by));
    if (doc === undefined) return false;
    if (doc) checkUniques(of, id, doc, by);
    if (!by) {
      version += 1;
      install(of, id, doc, who, version);
      return true;
    }
    locks.set(key, by);
    by.writes.set(key, { table: of, id, doc });
    return true;
  }

  function* insert(of: Table, given: Doc, by: Transaction | null, who: string): Work<string> {
    enter(by);
    const doc = stored(given);
    const id = String(doc['_id']);
    yield* write(
      of,
      id,
      (before) => {
        if (before) throw duplicate(of, '_id_');
        return doc;
      },
      by,
      who,
    );
    return id;
  }

  /** The first document that answers the filter, or all; none, and `upsert`: a new one. */
  function* update(
    of: Table,
    given: {
      readonly filter: Doc;
      readonly update: Update;
      readonly upsert?: boolean;
      readonly many?: boolean;
    },
    by: Transaction | null,
    who: string,
  ): Work<Upserted> {
    enter(by);
    const { filter } = given;
    const result = { matched: 0, modified: 0, doc: null as Doc | null };
    for (;;) {
      let isGone = false;
      for (const { _id } of find(of, filter, by)) {
        const id = String(_id);
        const isWritten = yield* write(
          of,
          id,
          (before) => {
            if (!before || !matches(before, filter, now())) return undefined;
            const after = updated(before, given.update, { now: now(), isInsert: false });
            if (!isSame(before, after)) result.modified += 1;
            result.doc = after;
            return after;
          },
          by,
          who,
        );
        if (isWritten) result.matched += 1;
        isGone ||= !isWritten;
        if (isWritten && !given.many) break;
        if (!by) yield 'between';
      }
      // Alone, a document that was changed meanwhile is looked for again.
      if (result.matched > 0 || !isGone || given.many) break;
    }
    if (result.matched > 0 || !given.upsert) return { ...result, upsertedId: null };
    const born = updated(fixedBy(stored(filter)), given.update, { now: now(), isInsert: true });
    const id = yield* insert(of, born, by, who);
    return { matched: 0, modified: 0, upsertedId: id, doc: born };
  }

  function* replace(
    of: Table,
    given: { readonly filter: Doc; readonly replacement: Doc },
    by: Transaction | null,
    who: string,
  ): Work<Upserted> {
    const whole = [{ $replaceWith: { $mergeObjects: [{ _id: '$_id' }, { $literal: given.replacement }] } }];
    return yield* update(of, { filter: given.filter, update: whole }, by, who);
  }

  function* remove(of: Table, filter: Doc, many: boolean, by: Transaction | null, who: string): Work<number> {
    enter(by);
    let removed = 0;
    for (const { _id } of find(of, filter, by)) {
      if (yield* write(of, String(_id), (before) => (before ? null : undefined), by, who)) removed += 1;
      if (!many) break;
    }
    return removed;
  }

  function begin(by: string): Transaction {
    const begun: Transaction = { by, snapshot: null, writes: new Map(), state: 'open' };
    open.add(begun);
    return begun;
  }

  function release(ended: Transaction): void {
    open.delete(ended);
    for (const [key, holder] of locks) if (holder === ended) locks.delete(key);
  }

  function keep(kept: Transaction): void {
    if (kept.state === 'kept') return;
    if (kept.state === 'ended') throw serverError(251, 'NoSuchTransaction', [transient]);
    kept.state = 'kept';
    release(kept);
    version += 1;
    for (const { table: of, id, doc } of kept.writes.values()) install(of, id, doc, kept.by, version);
  }

  function abort(aborted: Transaction): void {
    if (aborted.state !== 'open') return;
    aborted.state = 'ended';
    release(aborted);
  }

  return {
    now,
    table,
    find,
    enter,
    insert,
    update,
    replace,
    remove,
    begin,
    keep,
    abort,
    openOf: (by: string): Transaction[] => [...open].filter((one) => one.by === by),
    /** All that stands, to begin another database with: documents never change, so they are shared. */
    documents(): Documents {
      return Object.fromEntries([...tables.values()].map((one) => [one.name, find(one, {})]));
    },
    fill(documents: Documents): void {
      for (const [name, docs] of Object.entries(documents))
        for (const doc of docs) install(table(name), String(doc['_id']), stored(doc), 'before', version);
    },
  };
}

function duplicate(of: Table, index: string): MongoServerError {
  return serverError(11000, `E11000 duplicate key error collection: twin.${of.name} index: ${index} dup key`);
}

function uniquesOf(name: string): Unique[] {
  const known = Object.values(collections).find((one) => one.name === name);
  return (known?.indexes ?? [])
    .filter(({ unique }) => unique)
    .map(({ key, partialFilterExpression }) => ({
      name: Object.entries(key)
        .map(([field, way]) => `${field}_${String(way)}`)
        .join('_'),
      keyOf: keyOfIndex(Object.keys(key), (partialFilterExpression ?? {}) as Doc),
      ids: new Map<string, string>(),
    }));
}

/** Documents never change, so the key of one is made once. */
function keyOfIndex(fields: readonly string[], only: Doc): Unique['keyOf'] {
  const paths = fields.map((field) => field.split('.'));
  const isOf = matcher(only, new Date(0));
  const keys = new WeakMap<Doc, string | null>();
  return (doc) => {
    const known = keys.get(doc);
    if (known !== undefined) return known;
    const key = isOf(doc) ? JSON.stringify(paths.map((path) => read(doc, path) ?? null)) : null;
    keys.set(doc, key);
    return key;
  };
}

/** Documents in the order of a `sort`. */
export function sorted(docs: readonly Doc[], by: Readonly<Record<string, unknown>>): Doc[] {
  const fields = Object.entries(by).map(([field, way]) => ({ path: field.split('.'), way: Number(way) }));
  return [...docs].sort((one, other) => {
    for (const { path, way } of fields) {
      const order = compare(read(one, path), read(other, path)) * way;
      if (order !== 0) return order;
    }
    return 0;
  });
}
