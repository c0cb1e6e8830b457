/** Objects read by the pattern of their keys: the very rows that the parser makes of them, or left to the parser. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openFlatObjects } from '../../src/files/json/flat-objects.js';
import { openEntryReader, parseEntry } from '../../src/files/json/json-lines.js';

const NUMBERS = [
  '0',
  '-0',
  '1.50',
  '1e3',
  '1E-7',
  '9223372036854775807',
  '-12.0',
  '0.1',
  '00',
  '.5',
  '1.',
  '+1',
  '0x1',
];
const TEXTS = ['', 'Zürich', 'a "quoted" one', 'back\\slash', 'line\nbreak', '\u0000', '\ud800', '😀', '}', '","b":1'];
const ascii = (value: string) =>
  JSON.stringify(value).replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
const number = fc.constantFrom(...NUMBERS);
const text = fc
  .oneof(fc.constantFrom(...TEXTS), fc.string())
  .chain((value) => fc.constantFrom(JSON.stringify(value), ascii(value)));
const other = fc.constantFrom(
  'true',
  'false',
  'null',
  'NaN',
  '-Infinity',
  '[1,2]',
  '{"a":1}',
  '"\\u12"',
  '"\\x"',
  "'x'",
);
const key = fc.constantFrom(
  'id',
  'age',
  'a.b',
  'ü',
  '7',
  '__proto__',
  'constructor',
  'say "hi"',
  'tab\t',
  'Record',
  'a+',
);
const space = fc.constantFrom('', '', '', ' ', '\t', '\r', '            ');
const member = fc
  .tuple(space, key, space, fc.oneof({ weight: 8, arbitrary: fc.oneof(number, text) }, other), space)
  .map(([a, name, b, value, c]) => `${a}${JSON.stringify(name)}${b}:${value}${c}`);
const comma = fc.constantFrom(',', ',', ',', ',', ',', ',,', '');
const object = fc
  .tuple(space, fc.array(member, { maxLength: 6 }), comma, fc.constantFrom('}', '}', '}', '', ',}', '} x'))
  .map(([before, members, between, end]) => `${before}{${members.join(between)}${end}`);

test('any objects, one after another, are what each is by itself', () => {
  fc.assert(
    fc.property(fc.array(object, { maxLength: 12 }), (lines) => {
      const read = openEntryReader();
      for (const [index, line] of lines.entries()) {
        const [{ row, problem }, alone] = [read(line, index), parseEntry(line, index)];
        expect({ row, problem }).toEqual({ row: alone.row, problem: alone.problem });
        if (row && alone.row) expect(Object.keys(row).sort()).toEqual(Object.keys(alone.row).sort());
      }
    }),
    { numRuns: 1000 },
  );
});

describe('the pattern', () => {
  const learnt = () => {
    const objects = openFlatObjects();
    objects.learn({ id: '1', age: '2', name: 'x' });
    return objects;
  };

  test.each([
    ['{"id":"1","age":2.50,"name":"a\\u00fc\\n"}', ['1', '2.50', 'aü\n']],
    [' { "id" : "1" , "name" : null } ', ['1', undefined, null]],
    ['{"age":true}', [undefined, true, undefined]],
    ['{}', [undefined, undefined, undefined]],
  ])('reads %s', (line, cells) => {
    expect(learnt().read(line)).toEqual({ columns: ['id', 'age', 'name'], cells });
  });

  test.each(['{"name":"x","id":"1"}', '{"id":1,"id":2}', '{"id":1,"more":2}', '{"id":1,}', '{"id":01}', '{"id":NaN}'])(
    'leaves %s to the parser',
    (line) => expect(learnt().read(line)).toBeUndefined(),
  );

  test('takes in another key behind the one before it; the columns stay the same array in between', () => {
    const objects = learnt();
    objects.learn({ id: '1', city: 'Bern', name: 'y' });
    const [one, two] = [objects.read('{"id":"1","city":"Bern","age":3}'), objects.read('{"name":"z"}')];
    expect(one).toEqual({ columns: ['id', 'city', 'age', 'name'], cells: ['1', 'Bern', '3', undefined] });
    expect(two!.columns).toBe(one!.columns);
  });

  test('a long text that does not match neither hangs nor breaks', () => {
    const objects = openFlatObjects();
    const keys = Array.from({ length: 300 }, (_, index) => `k${index}`);
    objects.learn(Object.fromEntries(keys.map((name) => [name, ''])));
    const members = keys.map((name) => `"${name}":"${'\\n'.repeat(100)}"`).join(',   ');
    expect(objects.read(`{${members},}`)).toBeUndefined();
    expect(objects.read(`{${' '.repeat(90_000)}`)).toBeUndefined();
    expect(objects.read(`{"k0":"${'\\n'.repeat(45_000)}`)).toBeUndefined();
  });
});
