import { candidates, compare, isPlain, isSame, isSameKind, type Doc, type Value } from './bson.ts';
import { evaluate } from './expression.ts';

type Test = (values: readonly Value[], wanted: Value) => boolean;

const isAbsent = (value: Value): boolean => value === null || value === undefined;

const equals: Test = (values, wanted) => {
  if (isAbsent(wanted)) return values.length === 0 || values.some(isAbsent);
  if (wanted instanceof RegExp) return values.some((one) => typeof one === 'string' && wanted.test(one));
  return values.some((one) => isSame(one, wanted));
};

const within =
  (holds: (order: number) => boolean): Test =>
  (values, wanted) =>
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

const tests: Readonly<Record<string, Test>> = {
  $eq: equals,
  $ne: (values, wanted) => !equals(values, wanted),
  $in: (values, wanted) => list(wanted).some((one) => equals(values, one)),
  $nin: (values, wanted) => !list(wanted).some((one) => equals(values, one)),
  $lt: within((order) => order < 0),
  $lte: within((order) => order <= 0),
  $gt: within((order) => order > 0),
  $gte: within((order) => order >= 0),
  $exists: (values, wanted) => values.some((one) => one !== undefined) === Boolean(wanted),
  $type: (values, wanted) => {
    const isOf = types[String(wanted)];
    if (!isOf) throw new Error(`The twin knows no type ${String(wanted)}.`);
    return values.some(isOf);
  },
  $not: (values, wanted) => !holds(values, wanted),
};

const isOperators = (value: Value): value is Doc =>
  isPlain(value) && !(value instanceof RegExp) && Object.keys(value).some((name) => name.startsWith('$'));

function holds(values: readonly Value[], wanted: Value): boolean {
  if (!isOperators(wanted)) return equals(values, wanted);
  return Object.entries(wanted).every(([name, argument]) => {
    const test = tests[name];
    if (!test) throw new Error(`The twin knows no filter ${name}.`);
    return test(values, argument);
  });
}

/** Whether a document answers a filter, as far as the store uses them; throws at any other. */
export function matches(doc: Doc, filter: Doc, now: Date): boolean {
  return Object.entries(filter).every(([name, wanted]) => {
    if (wanted === undefined) return true;
    if (name === '$or') return list(wanted).some((one) => matches(doc, one as Doc, now));
    if (name === '$and') return list(wanted).every((one) => matches(doc, one as Doc, now));
    if (name === '$expr') return evaluate(wanted, { root: doc, now, vars: {} }) === true;
    if (name.startsWith('$')) throw new Error(`The twin knows no filter ${name}.`);
    return holds(candidates(doc, name.split('.')), wanted);
  });
}

/** Fields that a filter fixes to one value: an upsert is born with them. */
export function fixedBy(filter: Doc): Doc {
  return Object.fromEntries(
    Object.entries(filter).filter(([name, wanted]) => !name.startsWith('$') && !isOperators(wanted)),
  );
}
