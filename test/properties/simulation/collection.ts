import { MongoBulkWriteError, MongoServerError } from 'mongodb';
import { isPlain, type Doc, type Draft } from './bson.ts';
import { sorted, type Transaction, type TwinDatabase, type Work } from './database.ts';
import { evaluate } from './expression.ts';
import { matcher } from './match.ts';
import type { Update } from './update.ts';

/** How commands reach the database, and how long that takes. */
export interface Wire {
  /** Whose commands they are. */
  readonly who: string;
  /** `within`: the transaction it belongs to. */
  send<T>(command: string, work: () => Work<T>, within?: Transaction | null): Promise<T>;
}

export interface TwinSession {
  readonly transaction: Transaction;
}

interface Options {
  readonly session?: TwinSession;
  readonly ordered?: boolean;
  readonly upsert?: boolean;
  readonly projection?: Doc;
  readonly returnDocument?: 'before' | 'after';
}

type Change = Readonly<
  Partial<
    Record<
      'insertOne' | 'updateOne' | 'updateMany' | 'replaceOne' | 'deleteOne',
      { document?: Doc; filter?: Doc; update?: Update; replacement?: Doc; upsert?: boolean }
    >
  >
>;

/** What only the server itself has; a test that asks for it is told so. */
export const beyond = {
  refuse: (what: string): void => {
    throw new Error(`The twin has no ${what}.`);
  },
};

function onServerOnly(what: string): Promise<never> {
  beyond.refuse(what);
  return Promise.reject(new Error(`The twin has no ${what}.`));
}

/** The driver's collection, as far as the pipeline calls it. */
export function twinCollection(database: TwinDatabase, name: string, wire: Wire) {
  const table = database.table(name);
  const by = (options: Options = {}): Transaction | null => options.session?.transaction ?? null;
  const ask = <T>(command: string, options: Options, work: () => Work<T>): Promise<T> =>
    wire.send(`${name}.${command}`, work, by(options));

  function find(filter: Doc = {}, options: Options = {}) {
    let order: Doc | null = null;
    let most = Infinity;
    let buffer: Doc[] | null = null;
    const read_ = (): Promise<Doc[]> =>
      // eslint-disable-next-line require-yield
      ask('find', options, function* () {
        const found = database.find(table, filter, by(options));
        const inOrder = order ? sorted(found, order) : found;
        return inOrder.slice(0, most).map((doc) => project(doc, options.projection));
      });
    const cursor = {
      sort: (fields: Doc) => {
        order = fields;
        return cursor;
      },
      limit: (count: number) => {
        most = count;
        return cursor;
      },
      batchSize: () => cursor,
      toArray: read_,
      explain: () => onServerOnly('planner'),
      hasNext: async () => {
        buffer ??= await read_();
        return buffer.length > 0;
      },
      readBufferedDocuments: (count: number) => (buffer ?? []).splice(0, count),
      close: () => Promise.resolve(),
    };
    return cursor;
  }

  const update = (filter: Doc, change: Update, options: Options = {}, many = false) =>
    ask(many ? 'updateMany' : 'updateOne', options, function* () {
      const { matched, modified, upsertedId } = yield* database.update(
        table,
        { filter, update: change, upsert: options.upsert, many },
        by(options),
        wire.who,
      );
      return {
        acknowledged: true,
        matchedCount: matched,
        modifiedCount: modified,
        upsertedCount: upsertedId === null ? 0 : 1,
        upsertedId,
      };
    });

  function* changeOne(change: Change, transaction: Transaction | null, result: BulkResult, place: number) {
    const { insertOne, updateOne, updateMany, replaceOne, deleteOne } = change;
    if (insertOne) {
      yield* database.insert(table, insertOne.document ?? {}, transaction, wire.who);
      result.insertedCount += 1;
      return;
    }
    if (deleteOne) {
      result.deletedCount += yield* database.remove(
        table,
        deleteOne.filter ?? {},
        false,
        transaction,
        wire.who,
      );
      return;
    }
    const asked = updateOne ?? updateMany ?? replaceOne ?? {};
    const filter = asked.filter ?? {};
    const done = replaceOne
      ? yield* database.replace(
          table,
          { filter, replacement: asked.replacement ?? {} },
          transaction,
          wire.who,
        )
      : yield* database.update(
          table,
          { filter, update: asked.update ?? {}, upsert: asked.upsert, many: updateMany !== undefined },
          transaction,
          wire.who,
        );
    result.matchedCount += done.matched;
    result.modifiedCount += done.modified;
    if (done.upsertedId !== null) {
      result.upsertedCount += 1;
      result.upsertedIds[place] = done.upsertedId;
    }
  }

  const bulkWrite = (changes: readonly Change[], options: Options = {}): Promise<BulkResult> =>
    ask('bulkWrite', options, function* () {
      const result = nothingDone();
      const errors: WriteError[] = [];
      const transaction = by(options);
      for (const [place, change] of changes.entries()) {
        try {
          yield* changeOne(change, transaction, result, place);
        } catch (error) {
          // In a transaction the first error ends it; a conflict is the whole command's.
          if (!(error instanceof MongoServerError) || error.code !== duplicateKey) throw error;
          errors.push({ index: place, code: duplicateKey, errmsg: error.message });
          if (options.ordered !== false || transaction) break;
        }
        if (!transaction) yield 'between';
      }
      if (errors.length > 0) throw bulkError(errors, result);
      return result;
    });

  const one = async (filter: Doc, options: Options = {}): Promise<Doc | null> =>
    (await find(filter, options).limit(1).toArray())[0] ?? null;

  return {
    find,
    findOne: one,
    updateOne: (filter: Doc, change: Update, options?: Options) => update(filter, change, options),
    updateMany: (filter: Doc, change: Update, options?: Options) => update(filter, change, options, true),
    bulkWrite,
    insertMany: (docs: readonly Doc[], options: Options = {}) =>
      bulkWrite(
        docs.map((document) => ({ insertOne: { document } })),
        options,
      ),
    insertOne: (doc: Doc, options: Options = {}) =>
      ask('insertOne', options, function* () {
        return { insertedId: yield* database.insert(table, doc, by(options), wire.who) };
      }),
    findOneAndUpdate: (filter: Doc, change: Update, options: Options = {}) =>
      ask('findOneAndUpdate', options, function* () {
        const before = database.find(table, filter, by(options))[0] ?? null;
        const { doc } = yield* database.update(
          table,
          { filter, update: change, upsert: options.upsert },
          by(options),
          wire.who,
        );
        const shown = options.returnDocument === 'after' ? doc : doc && before;
        return shown ? project(shown, options.projection) : null;
      }),
    deleteOne: (filter: Doc, options: Options = {}) =>
      ask('deleteOne', options, function* () {
        return { deletedCount: yield* database.remove(table, filter, false, by(options), wire.who) };
      }),
    deleteMany: (filter: Doc, options: Options = {}) =>
      ask('deleteMany', options, function* () {
        return { deletedCount: yield* database.remove(table, filter, true, by(options), wire.who) };
      }),
    countDocuments: async (filter: Doc = {}) => (await find(filter).toArray()).length,
    aggregate: (stages: readonly Doc[], options: Options = {}) => ({
      toArray: () => ask('aggregate', options, () => aggregate(database, name, stages, by(options))),
    }),
  };
}

const duplicateKey = 11000;

interface BulkResult {
  insertedCount: number;
  matchedCount: number;
  modifiedCount: number;
  deletedCount: number;
  upsertedCount: number;
  readonly upsertedIds: Record<number, string>;
  getWriteConcernError(): undefined;
}

interface WriteError {
  readonly index: number;
  readonly code: number;
  readonly errmsg: string;
}

const nothingDone = (): BulkResult => ({
  insertedCount: 0,
  matchedCount: 0,
  modifiedCount: 0,
  deletedCount: 0,
  upsertedCount: 0,
  upsertedIds: {},
  getWriteConcernError: () => undefined,
});

const bulkError = (writeErrors: readonly WriteError[], result: BulkResult): MongoBulkWriteError =>
  new MongoBulkWriteError(
    { message: writeErrors[0]?.errmsg ?? '', code: duplicateKey, writeErrors: writeErrors as never },
    result as never,
  );

/** Only the fields asked for, as the database sends them: a document on the way to a field stands there without it. */
function project(doc: Doc, fields: Doc | undefined): Doc {
  return fields && Object.keys(fields).length > 0 ? (shown(doc, treeOf(fields)) as Doc) : doc;
}

const trees = new WeakMap<Doc, Doc>();

/** The fields asked for as a tree; most are asked for with the same words again and again. */
function treeOf(fields: Doc): Doc {
  const known = trees.get(fields);
  if (known) return known;
  const tree: Draft = fields['_id'] === 0 ? {} : { _id: 1 };
  for (const [field, isShown] of Object.entries(fields)) {
    if (field === '_id') continue;
    if (!isShown) throw new Error('The twin only shows fields; it hides none.');
    let at = tree;
    const path = field.split('.');
    for (const part of path.slice(0, -1)) at = (at[part] ??= {}) as Draft;
    at[path.at(-1) ?? ''] = 1;
  }
  trees.set(fields, tree);
  return tree;
}

function shown(value: unknown, tree: Doc): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => shown(one, tree));
  if (!isPlain(value)) return value;
  const only: Draft = {};
  for (const field of Object.keys(tree)) {
    const own = value[field];
    const inner = tree[field];
    if (own === undefined) continue;
    if (!isPlain(inner)) only[field] = own;
    else if (isPlain(own) || Array.isArray(own)) only[field] = shown(own, inner);
  }
  return only;
}

/** A pipeline over one collection. Outside a transaction each collection it reads is read at an instant of its own. */
function* aggregate(
  database: TwinDatabase,
  name: string,
  stages: readonly Doc[],
  by: Transaction | null,
): Work<Doc[]> {
  const [first] = stages;
  const filter = first?.['$match'] as Doc | undefined;
  let docs = database.find(database.table(name), filter ?? {}, by);
  for (const stage of filter ? stages.slice(1) : stages) {
    const [[operator, argument] = ['', null]] = Object.entries(stage);
    const scopeOf = (root: Doc) => ({ root, now: database.now(), vars: {} });
    if (operator === '$match') docs = docs.filter(matcher(argument as Doc, database.now()));
    else if (operator === '$project') {
      const tree = treeOf(argument as Doc);
      docs = docs.map((doc) => shown(doc, tree) as Doc);
    } else if (operator === '$replaceWith') docs = docs.map((doc) => evaluate(argument, scopeOf(doc)) as Doc);
    else if (operator === '$limit') docs = docs.slice(0, Number(argument));
    else if (operator === '$sort') docs = sorted(docs, argument as Doc);
    else if (operator === '$group') docs = counted(docs, argument as Doc, scopeOf);
    else if (operator === '$unionWith') {
      const { coll, pipeline } = argument as { coll: string; pipeline: readonly Doc[] };
      if (!by) yield 'between';
      docs = [...docs, ...(yield* aggregate(database, coll, pipeline, by))];
    } else if (operator === '$lookup') {
      const { from, pipeline, as } = argument as { from: string; pipeline: readonly Doc[]; as: string };
      const joined: Doc[] = yield* aggregate(database, from, pipeline, by);
      docs = docs.map((doc) => ({ ...doc, [as]: joined }));
    } else throw new Error(`The twin knows no stage ${operator}.`);
  }
  return docs;
}

function counted(
  docs: readonly Doc[],
  { _id: expression, ...sums }: Doc,
  scopeOf: (root: Doc) => Parameters<typeof evaluate>[1],
): Doc[] {
  const groups = new Map<string, { readonly _id: unknown; count: number }>();
  for (const doc of docs) {
    const _id = evaluate(expression, scopeOf(doc)) ?? null;
    const key = JSON.stringify(_id);
    const group = groups.get(key) ?? { _id, count: 0 };
    group.count += 1;
    groups.set(key, group);
  }
  const [[field, sum] = ['', null], ...others] = Object.entries(sums);
  if (JSON.stringify(sum) !== '{"$sum":1}' || others.length > 0) throw new Error('The twin only counts.');
  return [...groups.values()].map(({ _id, count }) => ({ _id, [field]: count }));
}
