import { compare, isPlain, isSame, put, read, stored, type Doc, type Draft, type Value } from './bson.ts';
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
    ? update.reduce<Draft>((before, stage) => piped(before, stage, circumstances.now), { ...doc })
    : operated(doc, update, circumstances);
  next['_id'] = doc['_id'] ?? next['_id'];
  return stored(next);
}

const isPipeline = (update: Update): update is readonly Doc[] => Array.isArray(update);

function piped(doc: Draft, stage: Doc, now: Date): Draft {
  const [[name, argument] = ['', null]] = Object.entries(stage);
  const scope = { root: doc, now, vars: {} };
  if (name === '$replaceWith') return { ...(evaluate(argument, scope) as Doc) };
  const next = { ...doc };
  if (name === '$set') {
    for (const [field, expression] of Object.entries(argument as Doc)) {
      const value = evaluate(expression, scope);
      if (value !== undefined) put(next, pathOf(field), value);
    }
    return next;
  }
  if (name === '$unset') {
    for (const field of (Array.isArray(argument) ? argument : [argument]) as readonly Value[])
      put(next, pathOf(String(field)), undefined);
    return next;
  }
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

function operated(doc: Doc, update: Doc, { now, isInsert }: Circumstances): Draft {
  const next: Draft = { ...doc };
  for (const [name, fields] of Object.entries(update)) {
    const change = changes[name];
    if (!change) throw new Error(`The twin knows no update ${name}.`);
    if (name === '$setOnInsert' && !isInsert) continue;
    for (const [field, argument] of Object.entries(fields as Doc)) {
      if (argument === undefined) continue;
      const path = pathOf(field);
      const value = change(read(next, path), argument, now);
      if (value !== undefined || name === '$unset' || name === '$pull') put(next, path, value);
    }
  }
  return next;
}
