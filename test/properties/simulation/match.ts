import { candidates, compare, isPlain, isSame, isSameKind, type Doc, type Value } from './bson.ts';
import { evaluate } from './expression.ts';

type Holds = (values: readonly Value[]) => boolean;
/** What a filter makes of its argument, once for all documents it is held against. */
type Test = (wanted: Value) => Holds;
export type Matcher = (doc: Doc) => boolean;

const isAbsent = (value: Value): boolean => value === null || value === undefined;

const equals: Test = (wanted) => {
  if (isAbsent(wanted)) return (values) => values.length === 0 || values.some(isAbsent);
  if (wanted instanceof RegExp)
    return (values) => values.some((one) => typeof one === 'string' && wanted.test(one));
  // Most are: nothing but itself is the same.
  if (typeof wanted === 'string' || typeof wanted === 'boolean') return (values) => values.includes(wanted);
  return (values) => values.some((one) => isSame(one, wanted));
};

const isOneOf: Test = (wanted) => {
  const each = list(wanted).map(equals);
  return (values) => each.some((holds) => holds(values));
};

const not =
  (test: Test): Test =>
  (wanted) => {
    const holds = test(wanted);
    return (values) => !holds(values);
  };

const within =
  (holds: (order: number) => boolean): Test =>
  (wanted) =>
  (values) =>
    values.some((one) => isSameKind(one, wanted) && holds(compare(one, wanted)));

const types: Readonly<Record<string, (value: Value) => boolean>> = {
  date: (value) => value instanceof Date,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
};

const list = (wanted: Value): readonly Value[] => {
  if (!Array.isArray(wanted)) throw new Error('The twin expects an array.');
  return wanted as readonly Value[];
};

const isOperators = (value: Value): value is Doc => {
  if (!isPlain(value) || value instanceof RegExp) return false;
  for (const name in value) if (name.startsWith('$')) return true;
  return false;
};

const asked: Test = (wanted) => {
  if (!isOperators(wanted)) return equals(wanted);
  const all = Object.entries(wanted).map(([name, argument]): Holds => {
    const test = tests[name];
    if (!test) throw new Error(`The twin knows no filter ${name}.`);
    return test(argument);
  });
  const [only] = all;
  return only && all.length === 1 ? only : (values) => all.every((holds) => holds(values));
};

const tests: Readonly<Record<string, Test>> = {
  $eq: equals,
  $ne: not(equals),
  $in: isOneOf,
  $nin: not(isOneOf),
  $lt: within((order) => order < 0),
  $lte: within((order) => order <= 0),
  $gt: within((order) => order > 0),
  $gte: within((order) => order >= 0),
  $exists: (wanted) => (values) => values.some((one) => one !== undefined) === Boolean(wanted),
  $type: (wanted) => {
    const isOf = types[String(wanted)];
    if (!isOf) throw new Error(`The twin knows no type ${String(wanted)}.`);
    return (values) => values.some(isOf);
  },
  $not: not(asked),
};

/** The field's own value, where it is no list and no path: what most filters ask about. */
function plainField(name: string, holds: Holds): Matcher {
  const one: Value[] = [undefined];
  return (doc) => {
    const value = doc[name];
    if (Array.isArray(value)) return holds([value, ...(value as Value[])]);
    one[0] = value;
    return holds(one);
  };
}

function clause(name: string, wanted: Value, now: Date): Matcher {
  if (name === '$or') {
    const any = list(wanted).map((one) => matcher(one as Doc, now));
    return (doc) => any.some((one) => one(doc));
  }
  if (name === '$and') {
    const all = list(wanted).map((one) => matcher(one as Doc, now));
    return (doc) => all.every((one) => one(doc));
  }
  if (name === '$expr') return (doc) => evaluate(wanted, { root: doc, now, vars: {} }) === true;
  if (name.startsWith('$')) throw new Error(`The twin knows no filter ${name}.`);
  const holds = asked(wanted);
  if (!name.includes('.')) return plainField(name, holds);
  const path = name.split('.');
  return (doc) => holds(candidates(doc, path));
}

/** A filter made ready for many documents, as far as the store uses them; throws at any other. */
export function matcher(filter: Doc, now: Date): Matcher {
  const clauses = Object.entries(filter)
    .filter(([, wanted]) => wanted !== undefined)
    .map(([name, wanted]) => clause(name, wanted, now));
  return (doc) => {
    for (const holds of clauses) if (!holds(doc)) return false;
    return true;
  };
}

/** Whether a document answers a filter. */
export const matches = (doc: Doc, filter: Doc, now: Date): boolean => matcher(filter, now)(doc);

/** Fields that a filter fixes to one value: an upsert is born with them. */
export function fixedBy(filter: Doc): Doc {
  return Object.fromEntries(
    Object.entries(filter).filter(([name, wanted]) => !name.startsWith('$') && !isOperators(wanted)),
  );
}
