import type { Clock } from '../clock.ts';
import type { ContactRow, RowRefusal } from '../core/contact-row.ts';
import type { Store } from '../store/connect.ts';
import type { Defaults } from '../store/place.ts';

export interface ImportDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly defaults: Defaults;
}

export interface ImportOptions {
  readonly id: string;
  readonly file: string;
  readonly by: string;
  /** Text of the file as it comes (pipeline/read-text.ts). */
  readonly text: AsyncIterable<string>;
  readonly mapping?: Readonly<Record<string, string>>;
  /** Says what would happen; nothing is written. */
  readonly isDry?: boolean;
  /** Called for each row that is refused, in the order of the file. */
  readonly onRefused?: (line: number, reason: RowRefusal | 'consent_without_evidence') => void;
  readonly onProgress?: (counts: ImportCounts) => void;
}

export interface ImportCounts {
  readonly [what: string]: number;
  readonly rows: number;
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: number;
  /** Consents that the rows would have improved without proof, and that stay as they were. */
  readonly consentsKept: number;
}

export type Counts = { -readonly [K in keyof ImportCounts]: number };

export const none: ImportCounts = {
  rows: 0,
  created: 0,
  changed: 0,
  unchanged: 0,
  refused: 0,
  consentsKept: 0,
};

/** What each batch of one import shares. */
export interface Base {
  readonly deps: ImportDeps;
  readonly options: ImportOptions;
  /** Of the contact that a line brings. */
  readonly idOf: (line: number) => string;
}

/** A batch at work: it counts for itself until it is written. */
export interface Work extends Base {
  readonly counts: Counts;
}

/** A record that could be read, by its line in the file. */
export interface Row {
  readonly line: number;
  readonly row: ContactRow;
}

/** Counts a row as refused and tells who asked. */
export function refuse({ counts, options }: Work, line: number, reason: RowRefusal): null {
  counts.refused += 1;
  options.onRefused?.(line, reason);
  return null;
}
