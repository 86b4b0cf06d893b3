import { useEffect, useState } from 'react';
import type { Row } from '../api/shapes.ts';

export interface SteadyRows {
  readonly rows: readonly Row[];
  /** Rows that wait behind "3 nouveaux". */
  readonly news: number;
  readonly isGone: (id: string) => boolean;
}

/** Rows below the last one shown: older pages, which move nothing that is being read. */
function tailOf(rows: readonly Row[], shown: readonly Row[]): readonly Row[] {
  const known = new Set(shown.map(({ id }) => id));
  const last = rows.findLastIndex(({ id }) => known.has(id));
  return last === -1 ? [] : rows.slice(last + 1);
}

/** Keeps the order under the reader's eyes while the list is held: states change in place, newcomers wait. */
export function useSteadyRows(rows: readonly Row[], isHeld: boolean): SteadyRows {
  const [shown, setShown] = useState(rows);
  const isSteady = isHeld && shown.length > 0;
  useEffect(() => {
    if (!isSteady) setShown(rows);
  }, [rows, isSteady]);
  if (!isSteady) return { rows, news: 0, isGone: () => false };
  const fresh = new Map(rows.map((row) => [row.id, row]));
  const tail = tailOf(rows, shown);
  const steady = [...shown.map((row) => fresh.get(row.id) ?? row), ...tail];
  const here = new Set(steady.map(({ id }) => id));
  return {
    rows: steady,
    news: rows.filter(({ id }) => !here.has(id)).length,
    isGone: (id) => !fresh.has(id),
  };
}
