import type { OfferFields } from './offer.ts';

/*
 * A row of an offers file (docs/offers-csv.md): `key,kind,value,asOf,maxAge,endsAt`, and any `value.<name>` for a fact of
 * several parts. A cell that reads as JSON is that; `{`, `[`, a number, `true`, `false`; any other is a text.
 */

export const offerColumns = ['key', 'kind', 'value', 'asOf', 'maxAge', 'endsAt'] as const;

export const isOfferColumn = (name: string): boolean =>
  offerColumns.some((column) => column === name) || /^value\.[\w.]+$/u.test(name);

/** The fields of one row, by the names of its columns. */
export function offerFields(columns: readonly string[], cells: readonly string[]): OfferFields {
  const named = columns.map((column, n) => [column, (cells[n] ?? '').trim()] as const);
  const plain = Object.fromEntries(named.filter(([column]) => !column.startsWith('value.')));
  const parts = named.filter(([column, cell]) => column.startsWith('value.') && cell !== '');
  const whole = valueOf(plain['value'] ?? '');
  const value = parts.length === 0 ? whole : withParts(isRecord(whole) ? whole : {}, parts);
  return { ...plain, value };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function withParts(
  whole: Readonly<Record<string, unknown>>,
  parts: readonly (readonly [string, string])[],
): Record<string, unknown> {
  const own = parts.map(([column, cell]) => [column.slice('value.'.length), valueOf(cell)] as const);
  return { ...whole, ...Object.fromEntries(own) };
}

function valueOf(cell: string): unknown {
  if (/^-?\d+(?:[.,]\d+)?$/u.test(cell)) return Number(cell.replace(',', '.'));
  if (!/^(?:[{["]|true$|false$|null$)/u.test(cell)) return cell;
  try {
    return JSON.parse(cell) as unknown;
  } catch {
    return cell;
  }
}
