import { compare, isPlain, isSame, read, type Doc, type Draft, type Value } from './bson.ts';

/** What an expression may look at beside the document. */
export interface Scope {
  readonly root: Doc;
  readonly now: Date;
  readonly vars: Readonly<Record<string, Value>>;
}

type Operator = (argument: Value, scope: Scope) => Value;

const listOf = (argument: Value, scope: Scope): Value[] =>
  (Array.isArray(argument) ? argument : [argument]).map((one: Value) => evaluate(one, scope));

const fields = (argument: Value): Doc => {
  if (!isPlain(argument)) throw new Error(`The twin expects a document: ${JSON.stringify(argument)}`);
  return argument;
};

const truth = (value: Value): boolean =>
  value !== false && value !== null && value !== undefined && value !== 0;

const ordered =
  (holds: (order: number) => boolean): Operator =>
  (argument, scope) => {
    const [one, other] = listOf(argument, scope);
    return holds(compare(one, other));
  };

const numbers = (argument: Value, scope: Scope, fold: (one: number, other: number) => number): Value => {
  const all = listOf(argument, scope);
  if (all.some((one) => one === null || one === undefined)) return null;
  const sum = all.map(Number).reduce(fold);
  return all.some((one) => one instanceof Date) && !all.every((one) => one instanceof Date)
    ? new Date(sum)
    : sum;
};

const unitMs: Readonly<Record<string, number>> = { millisecond: 1, second: 1_000, minute: 60_000 };

const shifted =
  (way: 1 | -1): Operator =>
  (argument, scope) => {
    const { startDate, unit, amount } = fields(argument);
    const start = evaluate(startDate, scope);
    const ms = unitMs[String(unit)];
    if (!(start instanceof Date) || ms === undefined)
      throw new Error('The twin knows no such shift of a date.');
    return new Date(start.getTime() + way * Number(evaluate(amount, scope)) * ms);
  };

const array = (value: Value): readonly Value[] => {
  if (!Array.isArray(value)) throw new Error(`The twin expects an array: ${JSON.stringify(value)}`);
  return value as readonly Value[];
};

const operators: Readonly<Record<string, Operator>> = {
  $literal: (argument) => argument,
  $add: (argument, scope) => numbers(argument, scope, (one, other) => one + other),
  $subtract: (argument, scope) => numbers(argument, scope, (one, other) => one - other),
  $multiply: (argument, scope) => numbers(argument, scope, (one, other) => one * other),
  $divide: (argument, scope) => numbers(argument, scope, (one, other) => one / other),
  $pow: (argument, scope) => numbers(argument, scope, (one, other) => one ** other),
  $eq: ordered((order) => order === 0),
  $ne: ordered((order) => order !== 0),
  $lt: ordered((order) => order < 0),
  $lte: ordered((order) => order <= 0),
  $gt: ordered((order) => order > 0),
  $gte: ordered((order) => order >= 0),
  $and: (argument, scope) => array(argument).every((one) => truth(evaluate(one, scope))),
  $or: (argument, scope) => array(argument).some((one) => truth(evaluate(one, scope))),
  $not: (argument, scope) => !truth(listOf(argument, scope)[0]),
  $in: (argument, scope) => {
    const [wanted, list] = listOf(argument, scope);
    return array(list).some((one) => isSame(one, wanted));
  },
  $ifNull: (argument, scope) =>
    listOf(argument, scope).find((one) => one !== null && one !== undefined) ?? null,
  $cond: (argument, scope) => {
    const [test, yes, no] = array(argument);
    return evaluate(truth(evaluate(test, scope)) ? yes : no, scope);
  },
  $size: (argument, scope) => array(evaluate(argument, scope)).length,
  $concatArrays: (argument, scope) => listOf(argument, scope).flatMap((one) => [...array(one)]),
  $mergeObjects: (argument, scope) =>
    listOf(argument, scope).reduce<Doc>((merged, one) => (isPlain(one) ? { ...merged, ...one } : merged), {}),
  $filter: (argument, scope) => {
    const { input, as = 'this', cond } = fields(argument);
    return array(evaluate(input, scope)).filter((one) =>
      truth(evaluate(cond, { ...scope, vars: { ...scope.vars, [String(as)]: one } })),
    );
  },
  $let: (argument, scope) => {
    const { vars, in: within } = fields(argument);
    const named = Object.entries(fields(vars)).map(([name, one]) => [name, evaluate(one, scope)] as const);
    return evaluate(within, { ...scope, vars: { ...scope.vars, ...Object.fromEntries(named) } });
  },
  $dateAdd: shifted(1),
  $dateSubtract: shifted(-1),
};

/** An aggregation expression, as far as the store uses them; throws at any other, so that the twin cannot guess. */
export function evaluate(expression: Value, scope: Scope): Value {
  if (typeof expression === 'string')
    return expression.startsWith('$') ? variable(expression, scope) : expression;
  if (Array.isArray(expression)) return expression.map((one: Value) => evaluate(one, scope) ?? null);
  if (!isPlain(expression)) return expression;
  const names = Object.keys(expression);
  const name = names[0] ?? '';
  if (name.startsWith('$')) {
    const operator = operators[name];
    if (!operator || names.length > 1) throw new Error(`The twin knows no expression ${name}.`);
    return operator(expression[name], scope);
  }
  const made: Draft = {};
  for (const field of names) {
    const value = evaluate(expression[field], scope);
    if (value !== undefined) made[field] = value;
  }
  return made;
}

function variable(text: string, { root, now, vars }: Scope): Value {
  if (!text.startsWith('$$')) return read(root, text.slice(1).split('.'));
  const [name = '', ...path] = text.slice(2).split('.');
  if (name === 'NOW') return now;
  if (name === 'ROOT') return read(root, path);
  if (!(name in vars)) throw new Error(`The twin knows no variable ${name}.`);
  return read(vars[name], path);
}
