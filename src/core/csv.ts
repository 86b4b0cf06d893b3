/** One record of a file, by the line it begins on; or a line that is none, with the reason. */
export type CsvRecord =
  | { readonly line: number; readonly cells: readonly string[] }
  | {
      readonly line: number;
      readonly broken: 'quote_not_closed' | 'text_after_quote';
      readonly text: string;
    };

/** A quote that was never closed must not swallow the rest of the file. */
const longestRecord = 64 * 1024;

/** Reads text as it comes, so that a file of any size needs the room of one record. */
export class CsvReader {
  readonly #delimiter: string;
  #rest = '';
  #line = 1;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  push(text: string): CsvRecord[] {
    this.#rest += text;
    return this.#take(false);
  }

  end(): CsvRecord[] {
    return this.#take(true);
  }

  #take(isEnd: boolean): CsvRecord[] {
    const records: CsvRecord[] = [];
    const text = this.#rest;
    let from = 0;
    while (from < text.length) {
      const next = this.#one(text, from, isEnd);
      if (!next) break;
      if (next.record) records.push(next.record);
      from = next.to;
    }
    this.#rest = text.slice(from);
    return records;
  }

  #one(text: string, from: number, isEnd: boolean): { record: CsvRecord | null; to: number } | null {
    const newline = text.indexOf('\n', from);
    if (newline < 0 && !isEnd) return null;
    const end = newline < 0 ? text.length : newline;
    const line = this.#line;
    const row = text.slice(from, text[end - 1] === '\r' ? end - 1 : end);
    if (!row.includes('"')) {
      this.#line += 1;
      return { record: row.trim() === '' ? null : { line, cells: row.split(this.#delimiter) }, to: end + 1 };
    }
    const read = readQuoted(text, from, this.#delimiter, isEnd);
    if (read === 'more' && text.length - from <= longestRecord) return null;
    if (typeof read === 'string') {
      this.#line += 1;
      const broken = read === 'more' ? 'quote_not_closed' : read;
      return { record: { line, broken, text: row }, to: end + 1 };
    }
    this.#line += read.lines;
    return { record: { line, cells: read.cells }, to: read.to };
  }
}

interface ReadRecord {
  readonly cells: readonly string[];
  readonly to: number;
  readonly lines: number;
}

type Unread = 'more' | 'quote_not_closed' | 'text_after_quote';

function readQuoted(text: string, from: number, delimiter: string, isEnd: boolean): ReadRecord | Unread {
  const cells: string[] = [];
  let at = from;
  let lines = 1;
  for (;;) {
    if (text[at] !== '"') {
      const end = endOfPlain(text, at, delimiter);
      cells.push(withoutReturn(text.slice(at, end)));
      at = end;
    } else {
      const close = closingQuote(text, at + 1);
      if (close < 0 || close - from > longestRecord) return isEnd || close >= 0 ? 'quote_not_closed' : 'more';
      const cell = text.slice(at + 1, close);
      cells.push(cell.replaceAll('""', '"'));
      lines += countOf(cell, '\n');
      at = close + 1;
      if (text[at] === '\r' && (text[at + 1] === '\n' || at + 1 >= text.length)) at += 1;
    }
    if (at >= text.length) return isEnd ? { cells, to: at, lines } : 'more';
    if (text[at] === '\n') return { cells, to: at + 1, lines };
    // A quote that ends only where another cell begins was never closed.
    if (text[at] !== delimiter) return lines > 1 ? 'quote_not_closed' : 'text_after_quote';
    at += 1;
  }
}

const withoutReturn = (cell: string): string => (cell.endsWith('\r') ? cell.slice(0, -1) : cell);

function endOfPlain(text: string, from: number, delimiter: string): number {
  let at = from;
  while (at < text.length && text[at] !== delimiter && text[at] !== '\n') at += 1;
  return at;
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

const countOf = (text: string, character: string): number => text.split(character).length - 1;

/** The delimiter that a header line has most of: Excel in France writes `;`. */
export function delimiterOf(header: string): string {
  const counts = [';', ',', '\t'].map((one) => ({ one, count: countOf(header, one) }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).one;
}

const formula = /^[=+\-@\t\r]/;
const escaped = /^'[=+\-@\t\r']/;

/** A cell that no spreadsheet runs as a formula; read back, it is what it was. */
export function writeCell(value: string): string {
  const safe = formula.test(value) || escaped.test(value) ? `'${value}` : value;
  return /[",;\n\r\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const readCell = (cell: string): string => (escaped.test(cell) ? cell.slice(1) : cell);
