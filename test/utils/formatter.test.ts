import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { render, type Format } from '../../src/utils/formatter.js';
import { renderTable, type Column } from '../../src/utils/terminal/table.js';

interface City {
  name: string;
  people?: number | null;
}
const columns: Column<City>[] = [
  { name: 'Name', value: (city) => city.name },
  { name: 'People', value: (city) => city.people, importance: 1 },
];
const wide = { width: Infinity, color: false };
const rendered = (format: Format, cities: City[], shown = columns) =>
  render(cities, { format, columns: shown, stream: wide });

describe('renderTable', () => {
  it('aligns columns without boxes; nothing is a dash', () => {
    const cities = [{ name: 'Zürich', people: 436_551 }, { name: 'Atlantis' }];
    expect(renderTable(cities, columns, wide)).toBe('Name      People\nZürich    436551\nAtlantis  -\n');
  });

  it('counts wide characters as the terminal does', () => {
    expect(
      renderTable(
        [
          { name: '東京', people: 1 },
          { name: 'Rome', people: 2 },
        ],
        columns,
        wide,
      ),
    ).toBe('Name  People\n東京  1\nRome  2\n');
  });

  it('drops the least important column of a narrow terminal', () => {
    expect(renderTable([{ name: 'Zürich', people: 1 }], columns, { width: 10, color: false })).toBe('Name\nZürich\n');
  });

  it('shortens what still does not fit', () => {
    expect(renderTable([{ name: 'Llanfairpwllgwyngyll' }], columns, { width: 10, color: false })).toBe(
      'Name\nLlanfairp…\n',
    );
  });

  it('shows control characters instead of obeying them', () => {
    expect(renderTable([{ name: 'a\u001b[31m\nb' }], columns, wide)).toContain('a\\u001b[31m\\nb');
  });

  it('is bold at the top of a terminal with colours', () => {
    expect(renderTable([], columns, { width: 80, color: true })).toBe('\u001b[1mName  People\u001b[22m\n');
  });

  it('gives the room that a wide column left to a narrow one', () => {
    const three = [
      { name: 'Name', value: () => 'Zürich' },
      { name: 'TTL', value: () => '30 days', importance: 2 },
      { name: 'Place', value: () => 's3://my-bucket/features/cities', importance: 1 },
    ];
    expect(renderTable([{}], three, { width: 20, color: false })).toBe('Name    TTL\nZürich  30 days\n');
  });

  it('never writes a line wider than the terminal', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: fc.string({ unit: 'grapheme' }) })),
        fc.integer({ min: 8, max: 60 }),
        (cities, width) => {
          for (const line of renderTable(cities, columns, { width, color: false }).split('\n')) {
            expect(stringWidth(line)).toBeLessThanOrEqual(width);
          }
        },
      ),
    );
  });
});

describe('json and jsonl', () => {
  it('parse also when empty', async () => {
    expect(JSON.parse(await rendered('json', []))).toEqual([]);
    expect(await rendered('jsonl', [])).toBe('');
    expect(await rendered('jsonl', [{ name: 'a' }, { name: 'x\ny' }])).toBe('{"name":"a"}\n{"name":"x\\ny"}\n');
  });
});

describe('csv', () => {
  it('tells null from an empty string', async () => {
    expect(await rendered('csv', [{ name: '', people: null }])).toBe('Name,People\n"",\n');
  });

  it('reads back as it was, whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ name: fc.string({ unit: 'binary' }) }), { minLength: 1 }),
        async (cities) => {
          const back = parse(await rendered('csv', cities, [columns[0]!]), {
            columns: true,
            skip_empty_lines: false,
            record_delimiter: '\n',
          });
          expect(back.map((row) => (row as { Name: string }).Name)).toEqual(cities.map(({ name }) => name));
        },
      ),
    );
  });
});
