import { win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markPath, objectPath } from '../../src/local/s3/object-path.js';

describe('the path of an ordinary key is the key', () => {
  it.each([
    'p/data/year=2026/month=01/x.parquet',
    '000000000000/sagemaker/us-east-1/offline-store/Group-1/data/20260101T000000Z_aB3.parquet',
    'results/6f0c.csv.metadata',
    'ä ö/日本.json',
  ])('%s', (key) => expect(objectPath(key)).toBe(key));
});

describe('what a file system would not take is told apart', () => {
  it.each([
    ['a', 'a%'],
    ['a/b', 'a/b%'],
    ['v1.2/x.csv', 'v1.2%/x.csv'],
    ['', '%'],
    ['/', '%-/%'],
    ['//x.csv', '%-/%-/x.csv'],
    ['../../etc/passwd', '.%2E%/.%2E%/etc/passwd%'],
    ['./.', '%2E%/%2E'],
    ['50%.csv', '50%25.csv'],
    ['a\0b.csv', 'a%00b.csv'],
    ['C:\\x.csv', 'C%3A%5Cx.csv'],
    ['con.csv', '%63on.csv'],
    ['x. ', 'x.%20'],
  ])('%j is %s', (key, path) => expect(objectPath(key)).toBe(path));

  it('a key too long for a path is a hash with its extension', () => {
    expect(objectPath(`${'x'.repeat(1000)}.parquet`)).toMatch(/^%long\/[0-9a-f]{64}\.parquet$/);
  });

  it('a mark goes before the extension', () => {
    expect(markPath('p.d/x.parquet', 'k')).toBe('p.d/x%~k.parquet');
    expect(markPath('p.d/x%', 'k')).toBe('p.d/x%%~k');
  });
});

/** Keys made of the pieces that make trouble. */
const key = fc
  .array(
    fc.constantFrom(
      'a',
      'A',
      'b.c',
      '/',
      '.',
      '..',
      '%',
      '%2E',
      '-',
      '~',
      '\0',
      ' ',
      'é',
      'e\u0301',
      'con',
      ':',
      '%long',
    ),
    {
      maxLength: 8,
    },
  )
  .map((pieces) => pieces.join(''));
const anyKey = fc.oneof(key, fc.string({ unit: 'grapheme', maxLength: 300 }));

describe('any keys', () => {
  it('stay inside the folder', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        for (const name of objectPath(key).split('/')) {
          expect(['', '.', '..']).not.toContain(name);
          expect(win32.basename(name)).toBe(name);
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
        }
      }),
    );
  });

  it('have different paths, none of them a folder of another', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (one, other) => {
        fc.pre(one !== other);
        expect(objectPath(one)).not.toBe(objectPath(other));
        expect(objectPath(one).startsWith(`${objectPath(other)}/`)).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  it('have different paths where A is a and composed is decomposed', () => {
    const folded = (key: string): string => objectPath(key, { foldsCase: true }).normalize('NFC').toLowerCase();
    fc.assert(
      fc.property(key, key, (one, other) => {
        fc.pre(one !== other);
        expect(folded(one)).not.toBe(folded(other));
        expect(folded(one).startsWith(`${folded(other)}/`)).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });
});
