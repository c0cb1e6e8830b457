/** Parquet with a wrong byte: refused in words of ours, or read as what it says; never for ever, and never by the words of a library. */
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { parquetHeader } from 'hyparquet/src/column.js';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CASES = new URL('../cases/', import.meta.url).pathname;
const FILES = [
  ...[
    'arrow-types',
    'arrow-v2',
    'bytes',
    'decimals',
    'duckdb-map',
    'duckdb-types',
    'fastparquet',
    'int96',
    'nested',
    'old-lists',
  ],
  ...['pandas', 'polars-struct', 'polars-types', 'polars', 'time', 'zero-rows'],
];
const RUNS = 3000;
/** Far more than any of these files takes, on a machine that does ten things at once. */
const PATIENCE_MS = 10_000;

interface Answer {
  rows?: number;
  error?: string;
  /** Of the error. */
  name?: string;
}

/** Reads in a thread of its own, so that what never ends can be ended. */
class Reader {
  #script: string;
  #worker: Worker | undefined;

  constructor(script: string) {
    this.#script = script;
  }

  async read(bytes: Uint8Array): Promise<Answer> {
    const worker = (this.#worker ??= new Worker(this.#script, { resourceLimits: { maxOldGenerationSizeMb: 512 } }));
    return new Promise((resolve) => {
      const end = (answer: Answer) => {
        clearTimeout(timer);
        worker.off('message', end).off('error', broke);
        resolve(answer);
      };
      const broke = (error: Error) => {
        this.#worker = undefined;
        end({ error: error.message, name: error.name });
      };
      const timer = setTimeout(() => {
        this.#worker = undefined;
        void worker.terminate();
        end({ error: 'it never ends' });
      }, PATIENCE_MS);
      worker.on('message', end).on('error', broke);
      worker.postMessage(bytes);
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}

const SCRIPT = `
import { readParquet } from './src/files/parquet/parquet.js';
import { UsageError } from './src/errors.js';
import { parentPort } from 'node:worker_threads';
parentPort.on('message', async (bytes) => {
  const slice = async (from, to = bytes.length) => bytes.slice(from, to).buffer;
  let rows = 0;
  try {
    for await (const batch of readParquet({ file: { byteLength: bytes.length, slice }, name: 'a.parquet' })) rows += batch.length;
    parentPort.postMessage({ rows });
  } catch (error) {
    parentPort.postMessage({ error: error.message, name: error instanceof UsageError ? 'UsageError' : error.name });
  }
});`;

const OURS =
  /^a\.parquet(?:: column [^\n]+ cannot be read: (?:the file is damaged|[^\n]+ is not supported)| is (?:damaged|not a Parquet file)|: [^\n]+ is not supported|: column [^\n]+ is a VARIANT)/;

describe('damaged Parquet', () => {
  let dir: string;
  let reader: Reader;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
    const outfile = join(dir, 'read.mjs');
    const root = new URL('../../', import.meta.url).pathname;
    await build({
      stdin: { contents: SCRIPT, resolveDir: root, loader: 'ts' },
      ...{ bundle: true, format: 'esm', platform: 'node', outfile, logLevel: 'silent' },
      banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
    });
    reader = new Reader(outfile);
  });
  afterAll(async () => {
    await reader.close();
    await rm(dir, { recursive: true, force: true });
  });

  const changed = (bytes: Uint8Array, at: number, ...by: number[]): Uint8Array => {
    const copy = Uint8Array.from(bytes);
    copy.set(by, at);
    return copy;
  };

  it(`whichever byte is another, ${RUNS} times`, { timeout: 120_000 }, async () => {
    const files = await Promise.all(FILES.map((name) => readFile(join(CASES, `${name}.parquet`))));
    const whole = await files.reduce(
      async (all, file) => [...(await all), await reader.read(file)],
      Promise.resolve([] as Answer[]),
    );
    expect(whole.filter(({ error }) => error !== undefined)).toEqual([]);
    const place = fc.record({
      file: fc.nat(files.length - 1),
      at: fc.nat(),
      byte: fc.oneof(fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff), fc.nat(255)),
    });
    let refused = 0;
    for (const { file, at, byte } of fc.sample(place, { seed: 13, numRuns: RUNS })) {
      const bytes = files[file]!;
      const where = at % bytes.length;
      const { error, name, rows } = await reader.read(changed(bytes, where, byte));
      const what = `${FILES[file]}, byte ${where} = ${byte}`;
      if (error === undefined) expect([what, rows]).toEqual([what, whole[file]!.rows]);
      else {
        expect([what, name, error]).toEqual([what, 'UsageError', expect.stringMatching(OURS)]);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(RUNS / 4);
  });

  /** A page of ten numbers, its header, and where in the file each field of the header is. */
  const numbers = new Uint8Array(
    parquetWriteBuffer({
      columnData: [{ name: 'n', data: Array.from({ length: 10 }, (_, n) => n), type: 'INT32', nullable: false }],
      codec: 'UNCOMPRESSED',
      statistics: false,
    }),
  );
  const header = parquetHeader({ view: new DataView(numbers.buffer), offset: 4 });
  const counted = numbers.indexOf(20, 5);

  it.each([
    ['none', 0, /its pages hold 0 of 10 values/],
    ['fewer', 18, /holds more values than its header says/],
    ['more', 22, /its pages hold more than 10 values/],
    ['a negative number', 1, /claims an impossible number of values/],
  ])('a page that claims %s of its values', async (_what, byte, says) => {
    expect([header.type, header.data_page_header ?? header.data_page_header_v2]).toMatchObject([
      expect.stringContaining('DATA_PAGE'),
      { num_values: 10 },
    ]);
    const { error, name } = await reader.read(changed(numbers, counted, byte));
    expect(error).toMatch(says);
    expect(error).toMatch(
      /^a\.parquet: column n cannot be read: .* Write it again, or check it with another reader\.$/,
    );
    expect(name).toBe('UsageError');
  });

  it('a page that claims two thousand million values', async () => {
    const huge = Buffer.concat([
      numbers.subarray(0, counted),
      Buffer.from('feffffff0f', 'hex'),
      numbers.subarray(counted + 1),
    ]);
    expect(await reader.read(huge)).toMatchObject({ name: 'UsageError', error: expect.stringMatching(OURS) as string });
  });
});
