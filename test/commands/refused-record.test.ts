/** A record that only the service finds fault with, in the middle of a call with good ones. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { csv, watchedGroup } from '../support/watched-group.js';

it('stands alone in the errors file, the other 24 are written; feeding the file back finishes the job', async () => {
  const people = await watchedGroup();
  await people.write('people.csv', csv(25));
  people.refused.id = 'p7';
  const { code, stderr } = await people.bulkPut(['people.csv']);
  expect(code).toBe(4);
  expect(stderr).toContain('24 written, 1 failed');
  expect(people.kept()).toBe(24);
  const file = join(people.dir, 'people.errors.jsonl');
  const line = JSON.parse(await readFile(file, 'utf8')) as object;
  expect(line).toMatchObject({ line: 9, id: 'p7', code: 'ValidationError', message: 'Record p7 is not to my liking' });

  people.refused.id = '';
  await writeFile(join(people.dir, 'people.fixed.jsonl'), `${JSON.stringify(line)}\n`);
  expect(await people.bulkPut(['people.fixed.jsonl'])).toMatchObject({ code: 0 });
  expect(people.kept()).toBe(25);
});
