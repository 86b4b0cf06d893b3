import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnsOf, mayWrite, normalPhone, readContactRow, traitCell } from '../../src/core/contact-row.ts';
import { CsvReader, delimiterOf, readCell, writeCell, type CsvRecord } from '../../src/core/csv.ts';

function read(text: string, delimiter = ',', cut = text.length): CsvRecord[] {
  const reader = new CsvReader(delimiter);
  const parts = text.match(new RegExp(`[\\s\\S]{1,${String(Math.max(1, cut))}}`, 'g')) ?? [];
  return [...parts.flatMap((part) => reader.push(part)), ...reader.end()];
}

describe('a file of rows', () => {
  test('written and read back is the same, however it is cut on its way', () => {
    const cell = fc.oneof(
      fc.string(),
      fc.constantFrom('=1+1', "'=1", 'a"b', 'x\ny', 'é;,', '-3', '+33', '@a', '\t'),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { minLength: 1 }),
        fc.constantFrom(',', ';', '\t'),
        fc.integer({ min: 1, max: 40 }),
        (rows, delimiter, cut) => {
          const text = rows.map((cells) => `${cells.map(writeCell).join(delimiter)}\r\n`).join('');
          const back = read(text, delimiter, cut).map((one) =>
            'cells' in one ? one.cells.map(readCell) : one,
          );
          const solid = rows.filter((cells) => cells.map(writeCell).join(delimiter).trim() !== '');
          expect(back).toEqual(solid);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('says the line of each, a quote over two lines counted', () => {
    expect(read('a,b\r\n"x\ny",2\n\n3,4')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['x\ny', '2'] },
      { line: 5, cells: ['3', '4'] },
    ]);
  });

  test('a quote that nobody closed breaks its own line only', () => {
    const rest = Array.from({ length: 9_000 }, (_, n) => `${String(n)},ok`).join('\n');
    const records = read(`1,"oops\n${rest}\n2,"x"y\nlast,ok\n`, ',', 1_000);
    expect(records[0]).toEqual({ line: 1, broken: 'quote_not_closed', text: '1,"oops' });
    expect(records).toHaveLength(9_003);
    expect(records.at(-2)).toMatchObject({ line: 9_002, broken: 'text_after_quote' });
    expect(records.at(-1)).toEqual({ line: 9_003, cells: ['last', 'ok'] });
  });

  test('no cell runs in a spreadsheet', () => {
    for (const cell of ['=cmd', '+1', '-1', '@x', '\tx'])
      expect(writeCell(cell).replace(/^"/, '')).toMatch(/^'/);
    expect(delimiterOf('Prénom;Nom;"a,b"')).toBe(';');
  });
});

describe('a row', () => {
  const header = ['Prénom', 'E-mail', 'Téléphone', 'Formule', 'Genre', 'Nom de scène', 'consent.sms'];
  const columns = columnsOf(header);
  const row = (...cells: string[]) => readContactRow(cells, columns, 'FR');

  test('is understood by the names its columns have', () => {
    expect(columns).toEqual([
      'firstName', 'email', 'phone', 'plan', 'traits.genre', 'traits.nom_de_scene', 'consent.sms',
    ]); // prettier-ignore
    expect(row(' Le\u0301a ', 'LEA@example.org', '06 39 98 00 01', '290', 'pop', '', 'oui')).toEqual({
      id: null,
      userId: null,
      ways: [
        { channel: 'email', value: 'lea@example.org' },
        { channel: 'sms', value: '+33639980001' },
      ],
      set: { firstName: 'L\u00e9a', plan: 290, 'traits.genre': 'pop' },
      consents: [{ channel: 'sms', action: 'granted', at: null, evidence: null }],
    });
  });

  test.each([
    [['Léa', '', '', '', '', '', ''], 'no_identity'],
    [['Léa', 'lea@', '', '', '', '', ''], 'bad_email'],
    [['Léa', '', '0639', '', '', '', ''], 'bad_phone'],
    [['Léa', 'lea@example.org', '', 'beaucoup', '', '', ''], 'bad_plan'],
    [['Léa', 'lea@example.org', '', '', '', '', 'peut-être'], 'bad_consent'],
    [['Léa', 'lea@example.org'], 'wrong_number_of_cells'],
  ] as const)('that is wrong is refused whole: %s → %s', (cells, reason) => {
    expect(row(...cells)).toEqual({ refused: reason });
  });

  test('numbers by country', () => {
    expect(normalPhone('+33 6 39 98 00 01', 'GB')).toBe('+33639980001');
    expect(normalPhone('020 7946 0958', 'GB')).toBe('+442079460958');
    expect(normalPhone('0639', 'FR')).toBeNull();
  });

  test('a trait reads back as it was', () => {
    const cellOf = (value: unknown) => {
      const read = readContactRow(
        ['u1', writeCell(traitCell(value))].map((cell) => cell.replace(/^"|"$/g, '').replaceAll('""', '"')),
        ['userId', 'traits.x'],
        'FR',
      );
      return 'set' in read ? read.set['traits.x'] : read;
    };
    for (const value of [
      '290',
      290,
      1.5,
      'true',
      true,
      'pop',
      '[a',
      ['pop', 'rap'],
      { a: 1 },
      '007',
      '1e3',
      ' x ',
    ])
      expect([value, cellOf(value)]).toEqual([value, value]);
  });
});

test('consent only ever gets stricter, unless the row proves that it was given after', () => {
  const at = (iso: string) => new Date(iso);
  const granted = {
    channel: 'sms',
    action: 'granted',
    at: at('2026-05-01'),
    evidence: { form: 'f1' },
  } as const;
  const refused = { action: 'withdrawn', at: at('2026-04-01') } as const;
  expect(mayWrite({ ...granted, evidence: null }, null)).toBe(false);
  expect(mayWrite(granted, null)).toBe(true);
  expect(mayWrite(granted, refused)).toBe(true);
  expect(mayWrite({ ...granted, at: null }, refused)).toBe(false);
  expect(mayWrite(granted, { ...refused, at: at('2026-06-01') })).toBe(false);
  expect(
    mayWrite({ ...granted, action: 'objected', evidence: null }, { action: 'granted', at: at('2026-06-01') }),
  ).toBe(true);
});
