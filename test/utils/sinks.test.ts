import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { abandon, fileSink } from '../../src/utils/disk/sinks.js';
import { temporaryFolder } from '../support/run.js';

const WRITE_BYTES = 1024 * 1024;

it('a file holds what it was given, whatever falls on the edge of the buffer', async () => {
  const path = join(await temporaryFolder(), 'a');
  const given = [
    ...[0, 1, 2, 3].map((shift) => 'a'.repeat(WRITE_BYTES - 9 - shift) + '🦉🦉€é'),
    Buffer.alloc(WRITE_BYTES - 1, 'b'),
    Buffer.alloc(2 * WRITE_BYTES + 3, 'c'),
    'é'.repeat(WRITE_BYTES),
    '',
    Buffer.from('end'),
  ];
  const sink = await fileSink(path);
  for (const each of given) await sink.write(each);
  await sink.end();
  const whole = Buffer.concat(given.map((each) => Buffer.from(each as string)));
  expect((await readFile(path)).equals(whole)).toBe(true);
});

it.each([true, false])('a file that is made meanwhile is replaced with overwrite alone: %s', async (overwrite) => {
  const path = join(await temporaryFolder(), 'a');
  const sink = await fileSink(path, { overwrite });
  await sink.write('theirs');
  await writeFile(path, 'mine');
  if (overwrite) await sink.end();
  else await expect(sink.end()).rejects.toThrow(`${path} already exists: add --overwrite`);
  await sink.abort();
  expect(await readdir(dirname(path))).toEqual(['a']);
  expect(await readFile(path, 'utf8')).toBe(overwrite ? 'theirs' : 'mine');
});

it.skipIf(!existsSync('/dev/full'))('a device that takes nothing is named', async () => {
  const sink = await fileSink('/dev/full');
  await expect(sink.write('a')).rejects.toMatchObject({ code: 'ENOSPC', path: '/dev/full' });
  await sink.abort();
});

it('what keeps it from being discarded does not hide why it is', async () => {
  const discarded: string[] = [];
  const stuck = { abort: () => Promise.reject(new Error('AbortMultipartUpload is not allowed')) };
  const other = { abort: () => Promise.resolve(void discarded.push('other')) };
  const error = new Error('The disk is full');
  await expect(abandon(error, stuck, other)).rejects.toBe(error);
  expect((error.cause as Error).message).toBe('AbortMultipartUpload is not allowed');
  expect(discarded).toEqual(['other']);
});
