import type { Issue } from '../../errors.ts';
import { ruleShape, rulesIn, type Rule } from './rule.ts';

/** All segments there are, in an order in which each comes after those it leans on. */
export interface SegmentBook {
  readonly rules: ReadonlyMap<string, Rule>;
  /** Rules that are only asked, as filters: nobody enters or leaves them, and nothing is kept of them. */
  readonly presets: ReadonlyMap<string, Rule>;
  /** Names of events that some rule counts: when one happens, the contact is looked at again. */
  readonly events: ReadonlySet<string>;
  /** Segments that lean on offers, which change for everyone at once. */
  readonly onOffers: ReadonlySet<string>;
}

export interface ReadSegments {
  readonly book: SegmentBook;
  readonly issues: readonly Issue[];
}

/** Reads `segments:` of flows/segments.yaml. What is wrong is said by its path, and left out of the book. */
export function readSegments(raw: Readonly<Record<string, unknown>>): ReadSegments {
  const issues: Issue[] = [];
  const rules = new Map<string, Rule>();
  const presets = new Map<string, Rule>();
  for (const [name, given] of Object.entries(raw)) {
    const preset = presetIn(given);
    const parsed = ruleShape.safeParse(preset ?? given);
    if (parsed.success) (preset ? presets : rules).set(name, parsed.data);
    else
      issues.push(
        ...parsed.error.issues.map(({ path, message }) => ({
          path: [name, ...(preset ? ['preset'] : []), ...path.map(String)].join('.'),
          message,
        })),
      );
  }
  issues.push(...unknownIn(rules), ...circlesIn(rules));
  return { book: { ...bookOf(rules), presets }, issues };
}

/** `{ preset: <rule> }`. */
function presetIn(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || !('preset' in given)) return null;
  return Object.keys(given).length === 1 ? given.preset : null;
}

function bookOf(rules: ReadonlyMap<string, Rule>): Omit<SegmentBook, 'presets'> {
  const order = new Set<string>();
  const add = (name: string, above: readonly string[]): void => {
    const rule = rules.get(name);
    if (!rule || order.has(name) || above.includes(name)) return;
    for (const other of leansOn(rule)) add(other, [...above, name]);
    order.add(name);
  };
  for (const name of rules.keys()) add(name, []);
  const sorted = [...order].flatMap((name) => {
    const rule = rules.get(name);
    return rule ? [[name, rule] as const] : [];
  });
  const parts = sorted.flatMap(([name, rule]) => rulesIn(rule).map((part) => ({ name, part })));
  return {
    rules: new Map(sorted),
    events: new Set(parts.flatMap(({ part }) => ('event' in part ? [part.event.name] : []))),
    onOffers: new Set(
      parts.flatMap(({ name, part }) =>
        'attr' in part && part.attr.path.startsWith('offers.') ? [name] : [],
      ),
    ),
  };
}

const leansOn = (rule: Rule): readonly string[] =>
  rulesIn(rule).flatMap((part) => ('inSegment' in part ? [part.inSegment] : []));

function unknownIn(rules: ReadonlyMap<string, Rule>): Issue[] {
  return [...rules].flatMap(([name, rule]) =>
    leansOn(rule)
      .filter((other) => !rules.has(other))
      .map((other) => ({ path: name, message: `leans on "${other}", which is no segment` })),
  );
}

/** Two segments that lean on each other would never come to rest. */
function circlesIn(rules: ReadonlyMap<string, Rule>): Issue[] {
  const reaches = (from: string, to: string, seen: Set<string>): boolean => {
    const rule = rules.get(from);
    if (!rule || seen.has(from)) return false;
    seen.add(from);
    return leansOn(rule).some((next) => next === to || reaches(next, to, seen));
  };
  return [...rules.keys()]
    .filter((name) => reaches(name, name, new Set()))
    .map((name) => ({ path: name, message: 'leans on itself, by way of inSegment' }));
}
