/** The records that are measured with: ten features, some 560 bytes each as JSON of the service; and files of them. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { openRowWriter } from '../../src/files/row-writer.js';

export const FEATURES = [
  { name: 'id', type: 'String' },
  { name: 'event_time', type: 'String' },
  { name: 'city', type: 'String' },
  { name: 'segment', type: 'String' },
  { name: 'visits', type: 'Integral' },
  { name: 'orders', type: 'Integral' },
  { name: 'revenue', type: 'Fractional' },
  { name: 'margin', type: 'Fractional' },
  { name: 'score', type: 'Fractional' },
  { name: 'last_page', type: 'String' },
];

const CITIES = ['Zürich', 'Basel', 'Genf', 'Bern', 'Lausanne'];
const SEGMENTS = ['new', 'loyal', 'gone'];
const ROWS_PER_WRITE = 5_000;

export const groupNamed = (number: number): string => `bench-${String(number).padStart(4, '0')}`;

/** The values of a record, in the order of FEATURES. */
function valuesOf(number: number): string[] {
  const second = new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString().slice(0, 19);
  return [
    `customer-${String(number).padStart(8, '0')}`,
    `${second}Z`,
    CITIES[number % CITIES.length]!,
    SEGMENTS[number % SEGMENTS.length]!,
    String(number % 997),
    String(number % 31),
    `${number % 5000}.${(number % 89) + 10}`,
    `0.${(number % 799) + 100}`,
    `0.${(number % 9001) + 10000}`,
    `/shop/item/${number % 4099}`,
  ];
}

/** As the runtime takes it. */
export function oneRecord(number: number): { FeatureName: string; ValueAsString: string }[] {
  return valuesOf(number).map((ValueAsString, index) => ({ FeatureName: FEATURES[index]!.name, ValueAsString }));
}

export function writeCsv(path: string, records: number): void {
  const header = `${FEATURES.map(({ name }) => name).join()}\n`;
  writeRows(path, records, { header, row: (number) => valuesOf(number).join() });
}

export function writeJsonLines(path: string, records: number): void {
  const json = (value: string, index: number) => (FEATURES[index]!.type === 'String' ? JSON.stringify(value) : value);
  const cells = (number: number) => valuesOf(number).map((value, at) => `"${FEATURES[at]!.name}":${json(value, at)}`);
  writeRows(path, records, { header: '', row: (number) => `{${cells(number).join()}}` });
}

const KINDS = { String: 'text', Integral: 'integer', Fractional: 'decimal' } as const;

export async function writeParquet(path: string, records: number): Promise<void> {
  const columns = FEATURES.map(({ name, type }) => ({ name, kind: KINDS[type as keyof typeof KINDS] }));
  const elsewhere = () => Promise.reject(new Error('only files are written here'));
  const writer = await openRowWriter(path, { columns, overwrite: true, result: elsewhere, s3: elsewhere });
  for (let from = 0; from < records; from += ROWS_PER_WRITE) {
    const length = Math.min(ROWS_PER_WRITE, records - from);
    const row = (number: number) =>
      Object.fromEntries(valuesOf(number).map((value, at) => [FEATURES[at]!.name, value]));
    await writer.write(Array.from({ length }, (_, index) => row(from + index)));
  }
  await writer.end();
}

/** Identifiers alone, for bulk-get. */
export function writeIdentifiers(path: string, records: number): void {
  writeRows(path, records, { header: 'id\n', row: (number) => valuesOf(number)[0]! });
}

function writeRows(path: string, records: number, { header, row }: { header: string; row(number: number): string }) {
  const file = openSync(path, 'w');
  writeSync(file, header);
  for (let from = 0; from < records; from += ROWS_PER_WRITE) {
    const length = Math.min(ROWS_PER_WRITE, records - from);
    writeSync(file, Array.from({ length }, (_, index) => `${row(from + index)}\n`).join(''));
  }
  closeSync(file);
}
