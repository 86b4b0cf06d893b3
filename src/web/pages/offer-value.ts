import { fromWall, toWall } from '../there.ts';
import { ownZone, weekdayTime } from '../time.ts';
import type { Words } from '../words.ts';

/** How a part of a fact is entered. */
export type PartKind = 'number' | 'text' | 'switch' | 'instant' | 'instants' | 'lines' | 'rows';

/** A part of a fact as a form holds it: always text, but a switch. */
export interface Part {
  /** Empty for a fact that is one value. */
  readonly name: string;
  readonly kind: PartKind;
  readonly text: string;
}

const instantText = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/u;
const isInstant = (value: unknown): value is string => typeof value === 'string' && instantText.test(value);
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function kindOf(value: unknown): PartKind {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'switch';
  if (isInstant(value)) return 'instant';
  if (!Array.isArray(value)) return isRecord(value) ? 'rows' : 'text';
  if (value.some(isRecord)) return 'rows';
  return value.length > 0 && value.every(isInstant) ? 'instants' : 'lines';
}

/** Day and hour as a line of a field: `2026-11-24 14:00`, where the coach is. */
const wallLine = (at: string): string => toWall(Date.parse(at), ownZone()).replace('T', ' ');

function textOf(value: unknown, kind: PartKind): string {
  if (value === null || value === undefined) return '';
  if (kind === 'instant') return toWall(Date.parse(String(value)), ownZone());
  if (kind === 'instants') return (value as string[]).map(wallLine).join('\n');
  if (kind === 'lines') return (value as unknown[]).map(String).join('\n');
  return kind === 'rows' ? JSON.stringify(value, null, 2) : String(value);
}

const part = (name: string, value: unknown, kind = kindOf(value)): Part => ({
  name,
  kind,
  text: textOf(value, kind),
});

/** Parts that a fact of each kind cannot do without, and those a page offers at once. */
const blanks: Readonly<Record<string, readonly Part[]>> = {
  slots: [part('remaining', null, 'number'), part('times', null, 'instants'), part('after', null, 'instant')],
  seats: [part('seatsTotal', null, 'number'), part('seatsLeft', null, 'number')],
  stat: [part('sampleSize', null, 'number'), part('query', ''), part('percent', null, 'number')],
  testimonial: [part('name', ''), part('quote', ''), part('result', ''), part('consent', false)],
  date: [part('', null, 'instant')],
  price: [part('', null, 'number')],
  asset: [part('', null, 'number')],
  count: [part('', null, 'number')],
  terms: [part('', null, 'number')],
};

/** A fact taken apart for a form; one that nobody has stated yet gets the parts of its kind. */
export function partsOf(kind: string, value: unknown): readonly Part[] {
  if (value === undefined || value === null) return blanks[kind] ?? [part('', '')];
  if (!isRecord(value)) return [part('', value)];
  return Object.entries(value).map(([name, one]) =>
    name === 'times' && Array.isArray(one) ? part(name, one, 'instants') : part(name, one),
  );
}

/** Says which part cannot be read, so that its field can. */
export class UnreadPart extends Error {
  override name = 'UnreadPart';
  readonly part: string;

  constructor(name: string) {
    super(name);
    this.part = name;
  }
}

function instantOf(line: string, name: string): string {
  const at = fromWall(line.trim().replace(' ', 'T'), ownZone());
  if (!at) throw new UnreadPart(name);
  return at.toISOString();
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Undefined for a part that was left empty. */
function valueOf({ name, kind, text }: Part): unknown {
  if (text.trim() === '') return undefined;
  switch (kind) {
    case 'number': {
      const number = Number(text.replace(',', '.').replaceAll(/\s/gu, ''));
      if (Number.isNaN(number)) throw new UnreadPart(name);
      return number;
    }
    case 'switch':
      return text === 'true';
    case 'instant':
      return instantOf(text, name);
    case 'instants':
      return linesOf(text).map((line) => instantOf(line, name));
    case 'lines':
      return linesOf(text);
    case 'rows':
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new UnreadPart(name);
      }
    case 'text':
      return text.trim();
  }
}

/** The fact of a form put together again. Throws UnreadPart. */
export function factOf(parts: readonly Part[]): unknown {
  const [only] = parts;
  if (parts.length === 1 && only?.name === '') return valueOf(only);
  return Object.fromEntries(
    parts.flatMap((one) => {
      const value = valueOf(one);
      return value === undefined ? [] : [[one.name, value] as const];
    }),
  );
}

/** One value as a person reads it. */
export function readable(value: unknown, kind: string, words: Words): string {
  const { t, language } = words;
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') {
    const isMoney = kind === 'price' || kind === 'asset';
    return new Intl.NumberFormat(
      language,
      isMoney ? { style: 'currency', currency: 'EUR', maximumFractionDigits: 0 } : {},
    ).format(value);
  }
  if (typeof value === 'boolean') return t(value ? 'offers.yes' : 'offers.no');
  if (isInstant(value)) return weekdayTime(value, language);
  if (Array.isArray(value)) return value.map((one) => readable(one, '', words)).join(' · ');
  if (!isRecord(value)) return String(value);
  return Object.entries(value)
    .map(([, one]) => readable(one, '', words))
    .join(', ');
}
