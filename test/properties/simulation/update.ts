import { compare, isPlain, isSame, put, read, stored, type Doc, type Value } from './bson.ts';
import { evaluate } from './expression.ts';
import { matches } from './match.ts';

export type Update = Doc | readonly Doc[];

export interface Circumstances {
  readonly now: Date;
  readonly isInsert: boolean;
}

const pathOf = (field: string): string[] => field.split('.');

/** What an update makes of a document; throws at any operator the store does not use. */
export function updated(doc: Doc, update: Update, circumstances: Circumstances): Doc {
  const next = isPipeline(update)
    ? update.reduce((before, stage) => piped(before, stage, circumstances.now), doc)
    : operated(doc, update, circumstances);
  return stored({ ...next, _id: doc['_id'] ?? next['_id'] });
}

const isPipeline = (update: Update): update is readonly Doc[] => Array.isArray(update);

function piped(doc: Doc, stage: Doc, now: Date): Doc {
  const [[name, argument] = ['', null]] = Object.entries(stage);
  const scope = { root: doc, now, vars: {} };
  if (name === '$set')
    return Object.entries(argument as Doc).reduce((next, [field, expression]) => {
      const value = evaluate(expression, scope);
      return value === undefined ? next : put(next, pathOf(field), value);
    }, doc);
  if (name === '$unset')
    return (Array.isArray(argument) ? argument : [argument]).reduce<Doc>(
      (next, field) => put(next, pathOf(String(field)), undefined),
      doc,
    );
  if (name === '$replaceWith') return evaluate(argument, scope) as Doc;
  throw new Error(`The twin knows no stage ${name}.`);
}

type Change = (before: Value, argument: Value, now: Date) => Value;

const listed = (before: Value): readonly Value[] =>
  Array.isArray(before) ? (before as readonly Value[]) : [];

const changes: Readonly<Record<string, Change>> = {
  $set: (_, argument) => argument,
  $setOnInsert: (_, argument) => argument,
  $unset: () => undefined,
  $inc: (before, argument) => Number(before ?? 0) + Number(argument),
  $max: (before, argument) => (before === undefined || compare(argument, before) > 0 ? argument : before),
  $min: (before, argument) => (before === undefined || compare(argument, before) < 0 ? argument : before),
  $push: (before, argument) => [...listed(before), ...manyOf(argument)],
  $addToSet: (before, argument) =>
    manyOf(argument).reduce<readonly Value[]>(
      (set, one) => (set.some((other) => isSame(other, one)) ? set : [...set, one]),
      listed(before),
    ),
  $pull: (before, argument, now) =>
    before === undefined
      ? undefined
      : listed(before).filter((one) =>
          isPlain(argument) && isPlain(one) ? !matches(one, argument, now) : !isSame(one, argument),
        ),
};

function manyOf(argument: Value): readonly Value[] {
  if (!isPlain(argument) || !('$each' in argument)) return [argument];
  if (Object.keys(argument).length > 1) throw new Error('The twin knows $each alone.');
  return argument['$each'] as readonly Value[];
}

function operated(doc: Doc, update: Doc, { now, isInsert }: Circumstances): Doc {
  let next = doc;
  for (const [name, fields] of Object.entries(update)) {
    const change = changes[name];
    if (!change) throw new Error(`The twin knows no update ${name}.`);
    if (name === '$setOnInsert' && !isInsert) continue;
    for (const [field, argument] of Object.entries(fields as Doc)) {
      if (argument === undefined) continue;
      const path = pathOf(field);
      const value = change(read(next, path), argument, now);
      next = value === undefined && name !== '$unset' && name !== '$pull' ? next : put(next, path, value);
    }
  }
  return next;
}
