import { CsvReader, delimiterOf, readCell, type CsvRecord } from '../core/csv.ts';
import { isOfferColumn, offerFields } from '../core/offer-row.ts';
import { badRequest } from '../errors.ts';
import { stateOffer, type StateDeps } from './state-offer.ts';

export interface OffersFile {
  readonly text: AsyncIterable<string>;
  /** Who states these facts: the file's name. */
  readonly who: string;
  readonly isDry: boolean;
  readonly onRefused: (line: number, reason: string, key: string) => void;
  /** What a row that was taken does: `new`, `changed`, `confirmed`. */
  readonly onTaken?: (line: number, state: string, key: string) => void;
  readonly onProgress?: (rows: number) => void;
}

export interface OfferCounts {
  readonly rows: number;
  readonly added: number;
  readonly changed: number;
  /** The same fact, fresher. */
  readonly confirmed: number;
  readonly refused: number;
}

/**
 * Reads facts from a CSV, row by row (docs/offers-csv.md); each bad row is told with its line and reason, the good ones are
 * kept. The same file again only confirms.
 * @throws 400 where its first line names no column, or one that no fact has.
 */
export async function importOffers(deps: StateDeps, file: OffersFile): Promise<OfferCounts> {
  const counts = { rows: 0, added: 0, changed: 0, confirmed: 0, refused: 0 };
  const seen = new Set<string>();
  let columns: readonly string[] | null = null;
  for await (const record of recordsOf(file.text)) {
    if (!columns) {
      columns = columnsOf(record);
      continue;
    }
    if (isBlank(record)) continue;
    counts.rows += 1;
    const { state, key } = await takeRow(deps, file, columns, record, seen);
    if (state === 'new') counts.added += 1;
    else if (state === 'changed' || state === 'confirmed') counts[state] += 1;
    else counts.refused += 1;
    if (isTaken(state)) file.onTaken?.(record.line, state, key);
    else file.onRefused(record.line, state, key);
    file.onProgress?.(counts.rows);
  }
  if (!columns) throw badRequest('empty_file', 'The file is empty: its first line names the columns.');
  return counts;
}

async function* recordsOf(text: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let reader: CsvReader | null = null;
  let head = '';
  for await (const part of text) {
    if (reader) {
      yield* reader.push(part);
      continue;
    }
    head += part;
    if (!head.includes('\n')) continue;
    reader = new CsvReader(delimiterOf(head.split('\n', 1)[0] ?? ''));
    yield* reader.push(head);
  }
  if (!reader && head !== '') {
    reader = new CsvReader(delimiterOf(head));
    yield* reader.push(head);
  }
  if (reader) yield* reader.end();
}

function columnsOf(record: CsvRecord): readonly string[] {
  const columns = 'cells' in record ? record.cells.map((cell) => cell.trim()) : [];
  const unknown = columns.filter((column) => !isOfferColumn(column));
  if (unknown.length > 0 || !columns.includes('key') || !columns.includes('kind'))
    throw badRequest(
      'bad_columns',
      `The first line must name key, kind and value (or value.<part>), and may name asOf, maxAge, endsAt; it says "${columns.join(', ')}".`,
    );
  return columns;
}

const isTaken = (state: string): boolean => ['new', 'changed', 'confirmed'].includes(state);

const isBlank = (record: CsvRecord): boolean =>
  'cells' in record && record.cells.every((cell) => cell.trim() === '');

/** What became of a row: a state, or the reason why not. */
async function takeRow(
  deps: StateDeps,
  { who, isDry }: OffersFile,
  columns: readonly string[],
  record: CsvRecord,
  seen: Set<string>,
): Promise<{ readonly state: string; readonly key: string }> {
  if ('broken' in record) return { state: record.broken, key: '' };
  if (record.cells.length > columns.length) return { state: 'too_many_cells', key: '' };
  const fields = offerFields(columns, record.cells.map(readCell));
  const key = typeof fields.key === 'string' ? fields.key : '';
  if (seen.has(key)) return { state: 'twice_in_file', key };
  const stated = await stateOffer(deps, fields, who, isDry);
  if (stated.state === 'refused') return { state: stated.reason, key };
  seen.add(key);
  return { state: stated.state, key };
}
