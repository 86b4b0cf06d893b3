import { columnsOf, readContactRow, type ContactRow } from '../core/contact-row.ts';
import { CsvReader, delimiterOf, type CsvRecord } from '../core/csv.ts';
import { idsInOrder } from '../core/id.ts';
import { addressId } from '../store/addresses.ts';
import type { Store } from '../store/connect.ts';
import {
  none,
  refuse,
  type Base,
  type Counts,
  type ImportCounts,
  type ImportDeps,
  type ImportOptions,
  type Row,
  type Work,
} from './import-work.ts';
import { plan, standing, type Writes } from './plan-import.ts';
import { write } from './write-import.ts';

const batchSize = 1_000;
/** Batches that are written while the next is read. */
const lanes = 2;

/**
 * Reads contacts from a file as it streams: attributes may overwrite, consent only ever gets stricter unless the row proves
 * better, and nobody is entered anywhere (lifecycle.md §18). Taken up again with the same id after a crash, it goes on
 * where it stood: the id of a new contact follows from import and line.
 */
export async function importContacts(deps: ImportDeps, options: ImportOptions): Promise<ImportCounts> {
  const { store } = deps;
  const base: Base = { deps, options, idOf: idsInOrder('import', options.id) };
  const known = await store.imports.findOne({ _id: options.id });
  const skip = options.isDry ? 0 : (known?.offset ?? 0);
  const counts: Counts = { ...none, ...(skip > 0 ? known?.counts : {}) };
  if (!options.isDry && !known) await open(deps, options);
  const underWay: { readonly batch: Batch; readonly done: Promise<void> }[] = [];
  // In the order of the file, so that the offset never says more than is kept.
  const finish = async (): Promise<void> => {
    const first = underWay.shift();
    if (!first) return;
    await first.done;
    add(counts, first.batch.counts);
    if (!options.isDry) await note(store, options.id, first.batch.upTo, counts);
    options.onProgress?.(counts);
  };
  try {
    for await (const batch of batches(base, skip)) {
      underWay.push({ batch, done: keep({ ...base, counts: batch.counts }, batch) });
      while (underWay.length >= lanes) await finish();
    }
    while (underWay.length > 0) await finish();
  } finally {
    // What failed stops the import; what is under way beside it ends first.
    await Promise.allSettled(underWay.map(({ done }) => done));
  }
  if (!options.isDry) await store.imports.updateOne({ _id: options.id }, { $set: { state: 'done', counts } });
  return counts;
}

function add(total: Counts, more: Counts): void {
  for (const what of Object.keys(none)) total[what] = (total[what] ?? 0) + (more[what] ?? 0);
}

const note = (store: Store, id: string, offset: number, counts: Counts): Promise<unknown> =>
  store.imports.updateOne({ _id: id }, { $set: { offset, counts: { ...counts } } });

interface Batch {
  readonly rows: readonly Row[];
  /** Of these rows, and of those refused on the way to them. */
  readonly counts: Counts;
  /** Records of the file up to and with this batch. */
  readonly upTo: number;
}

async function open(
  { store, clock }: ImportDeps,
  { id, file, by, mapping = {} }: ImportOptions,
): Promise<void> {
  await store.imports.insertOne({
    _id: id,
    kind: 'contacts',
    file,
    mapping,
    offset: 0,
    state: 'open',
    counts: { ...none },
    by,
    at: clock.now(),
  });
}

/** Records after the header, read into rows; those that are none are refused on the way. */
async function* batches(base: Base, skip: number): AsyncGenerator<Batch> {
  const { options } = base;
  const people = options.isDry ? everyone() : recentPeople();
  let columns: readonly (string | null)[] | null = null;
  let rows: Row[] = [];
  let work: Work = { ...base, counts: { ...none } };
  let count = 0;
  for await (const records of recordsOf(options.text)) {
    for (const record of records) {
      if (!columns) {
        columns = 'cells' in record ? columnsOf(record.cells, options.mapping) : [];
        continue;
      }
      count += 1;
      if (count <= skip) continue;
      work.counts.rows += 1;
      const row = readRecord(record, columns, work);
      if (row && people.isKnown(identities(row.row))) refuse(work, row.line, 'duplicate_in_file');
      else if (row) rows.push(row);
      if (rows.length < batchSize) continue;
      yield { rows, counts: work.counts, upTo: count };
      people.turn();
      rows = [];
      work = { ...base, counts: { ...none } };
    }
  }
  if (work.counts.rows > 0) yield { rows, counts: work.counts, upTo: count };
}

/** Who was met in the rows before, as far as the database cannot say it yet. */
interface People {
  /** Whether any of these was met before; they are from now on. */
  isKnown(keys: readonly string[]): boolean;
  /** A batch is complete. */
  turn(): void;
}

/** Nothing is written: everyone must be remembered. */
function everyone(): People {
  const met = new Set<string>();
  return { isKnown: (keys) => isMet([met], keys), turn: () => undefined };
}

/** Batches before the ones under way are written: they are found there. */
function recentPeople(): People {
  let met = [new Set<string>()];
  return {
    isKnown: (keys) => isMet(met, keys),
    turn() {
      met = [new Set<string>(), ...met].slice(0, lanes + 1);
    },
  };
}

function isMet(met: readonly Set<string>[], keys: readonly string[]): boolean {
  if (keys.some((key) => met.some((set) => set.has(key)))) return true;
  for (const key of keys) met[0]?.add(key);
  return false;
}

async function* recordsOf(text: AsyncIterable<string>): AsyncGenerator<readonly CsvRecord[]> {
  let reader: CsvReader | null = null;
  let head = '';
  for await (const part of text) {
    if (!reader) {
      head += part;
      if (!head.includes('\n') && head.length < 65_536) continue;
      reader = new CsvReader(delimiterOf(head.split('\n', 1)[0] ?? ''));
      yield reader.push(head);
    } else yield reader.push(part);
  }
  reader ??= new CsvReader(delimiterOf(head));
  yield [...(head.includes('\n') ? [] : reader.push(head)), ...reader.end()];
}

function readRecord(record: CsvRecord, columns: readonly (string | null)[], work: Work): Row | null {
  if ('broken' in record) return refuse(work, record.line, record.broken);
  const read = readContactRow(record.cells, columns, work.deps.defaults.country);
  if ('refused' in read) return refuse(work, record.line, read.refused);
  return { line: record.line, row: read };
}

async function keep(work: Work, { rows }: Batch): Promise<void> {
  const { deps, options } = work;
  const { store } = deps;
  const known = await standing(store, rows);
  const writes: Writes = { contacts: [], changes: [], addresses: [], consents: [], rows: [], silenced: [] };
  for (const one of rows) plan(work, one, known, writes);
  if (options.isDry) return;
  await write(store, writes);
}

function identities({ userId, id, ways }: ContactRow): string[] {
  return [
    ...(id ? [`id:${id}`] : []),
    ...(userId ? [`user:${userId}`] : []),
    ...ways.map(({ channel, value }) => addressId(channel, value)),
  ];
}
