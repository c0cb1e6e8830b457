import { expect, it, test } from 'vitest';
import { aligned } from '../../src/commands/plans/aligned.js';
import { byteSize, counted, countedWith, dollars, duration } from '../../src/utils/quantities.js';
import { folded, foldedCommand, foldedSql } from '../../src/utils/terminal/fold.js';

test('words stay whole, and a path longer than the line too', () => {
  expect(folded('short', 60)).toEqual(['short']);
  expect(folded('waits for records on their way to the offline store', 30, 2)).toEqual([
    'waits for records on their way',
    '  to the offline store',
  ]);
  const path = `s3://${'a'.repeat(50)}`;
  expect(folded(`under ${path} nothing is left`, 30, 2)).toEqual(['under', `  ${path}`, '  nothing is left']);
});

test('a number stays with its unit, and ≈ with its number', () => {
  expect(folded('listed by ListRecords; ≈ 2.5 s with 4 calls', 28)).toEqual([
    'listed by ListRecords;',
    '≈ 2.5 s with 4 calls',
  ]);
  expect(folded('took 3 min 20 s for 20.5 KiB', 22)).toEqual(['took 3 min 20 s for', '20.5 KiB']);
});

test('the value of an option that is to be copied stays whole', () => {
  expect(folded("the group's columns. Add --map 'Event Time=event_time' --map Age=age.", 40, 2)).toEqual([
    "the group's columns. Add --map",
    "  'Event Time=event_time' --map Age=age.",
  ]);
});

test('a command is continued between its words, an option beside its value', () => {
  const command = `  sagemaker-fs put a --record '{"id": "42", "age": 31}' --ttl 30d   # for a month`;
  expect(foldedCommand(command, 90)).toEqual([command]);
  expect(foldedCommand(command, 60)).toEqual([
    '  # for a month',
    `  sagemaker-fs put a --record '{"id": "42", "age": 31}' \\`,
    '      --ttl 30d',
  ]);
  expect(foldedCommand('  cut -f1 a.csv | sagemaker-fs bulk-get a - --format jsonl', 40)).toEqual([
    '  cut -f1 a.csv | sagemaker-fs \\',
    '      bulk-get a - --format jsonl',
  ]);
});

test('a label in front of a command keeps its room', () => {
  expect(foldedCommand('  bash:  sagemaker-fs completion bash > ~/.local/sagemaker-fs', 50)).toEqual([
    '  bash:  sagemaker-fs completion bash > \\',
    '      ~/.local/sagemaker-fs',
  ]);
});

test('a command whose quotes are escaped is left whole', () => {
  const command = String.raw`  sagemaker-fs bulk-put people 'it'\''s a long name for a file.csv' --resume`;
  expect(foldedCommand(command, 40)).toEqual([command]);
});

const SQL = `WITH a AS (
  SELECT "odd name" AS b, x FROM "db"."t" WHERE (city = 'New York,  it''s "far"' AND y > 1)
)
SELECT b FROM a WHERE note = 'two
lines   of text, longer than is folded anywhere'`;

test('SQL is folded between its words, and stays the same statement', () => {
  expect(foldedSql(SQL, 44)).toEqual([
    'WITH a AS (',
    '  SELECT "odd name" AS b, x FROM "db"."t"',
    `      WHERE (city = 'New York,  it''s "far"'`,
    '      AND y > 1)',
    ')',
    'SELECT b FROM a WHERE note =',
    "    'two",
    "lines   of text, longer than is folded anywhere'",
  ]);
  for (let width = 1; width < 100; width += 1) {
    const words = (text: string) => text.match(/'[^']*'|"[^"]*"|[^\s'"]+/g);
    expect(words(foldedSql(SQL, width).join('\n'))).toEqual(words(SQL));
  }
  expect(foldedSql(SQL, 200).join('\n')).toBe(SQL);
  const commented = "SELECT a -- not b, for it is long and of no use\nFROM t WHERE a = '--'";
  expect(foldedSql(commented, 20)).toEqual(commented.split('\n'));
});

test('a value is folded below itself, and what has none is left out', () => {
  const lines = aligned([['to', 'x'], ['read', 'the newest row of each identifier'], ['only', undefined]], 30); // prettier-ignore
  expect(lines).toEqual(['to    x', 'read  the newest row of each', '      identifier']);
});

it.each([
  [counted(1, 'record'), '1 record'],
  [counted(2972, 'record'), '2,972 records'],
  [counted(0, 'entry'), '0 entries'],
  [countedWith(1, 'row', ['is', 'are']), '1 row is'],
  [byteSize(1), '1 byte'],
  [byteSize(1300), '1.3 KiB'],
  [duration(0.004), '0.01 s'],
  [duration(0.44), '0.4 s'],
  [duration(9.97), '10 s'],
  [duration(59.4), '59 s'],
  [duration(200), '3 min 20 s'],
  [duration(7500), '2 h 5 min'],
  [duration(7199), '2 h'],
  [duration(900), '15 min'],
  [dollars(0), '$0'],
  [dollars(0.00000375), '$0.0000038'],
  [dollars(0.0038499999), '$0.0038'],
  [dollars(1234.5), '$1,234.50'],
])('%s is %s', (text, expected) => expect(text).toBe(expected));
