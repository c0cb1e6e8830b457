/** Headers of several lines, as real pandas writes them; and headers that only look like them. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../src/files/csv/csv.js';

async function rowsOf(chunks: string[]): Promise<unknown[]> {
  const rows = [];
  for await (const batch of readCsv(Readable.from(chunks), 'a.csv')) rows.push(...batch.map(({ row }) => row));
  return rows;
}

describe('a header of several lines', () => {
  it.each([
    ['agg of one column', ',score,score\n,mean,max\nid,,\na,1.5,2\n', 'score over mean'],
    ['agg of two columns', ',age,score\n,max,mean\nid,,\na,3,1.5\n', 'age over max'],
    ['pivot_table of two values', ',age,age,score\nday,1,2,1\nid,,,\na,3,4,0.5\n', 'age over 1'],
    ['reset_index', 'id,score,score\n,mean,max\na,1.5,2\n', 'score over mean'],
    ['an index without a name', ',score,score\n,mean,max\n0,1.5,2\n', 'score over mean'],
    ['two indexes', ',,score,score\n,,mean,max\nid,day,,\na,1,1.5,2\n', 'score over mean'],
  ])('%s', async (_what, text, example) => {
    const says = `a.csv: the header is of two lines (${example}), as pandas writes columns of two levels. Write it with one: df = `;
    await expect(rowsOf([text])).rejects.toThrow(says);
    await expect(rowsOf(text.split(/(?<=\n)/))).rejects.toThrow(says);
  });

  it('is none where a column is only there twice', async () => {
    await expect(rowsOf(['id,score,score\na,1,2\nb,3,4\n'])).rejects.toThrow('the header line names score twice.');
    await expect(rowsOf(['id,score,score\n,1,1\nb,3,4\n'])).rejects.toThrow('the header line names score twice.');
    await expect(rowsOf(['id,score,score\n'])).rejects.toThrow('the header line names score twice.');
  });

  it.each([[''], ['0,a,\n'], ['0,a,\n1,b,2\n'], [',a,1\n1,,\n'], ['0,a,1\n1,,\n2,c,3\n'], ['x,a,1\ny,,\n']])(
    'is none above the index of a data frame: %j',
    async (rows) => {
      const text = `,id,score\n${rows}`;
      const expected = rows.split('\n').slice(0, -1);
      expect(await rowsOf([text])).toHaveLength(expected.length);
      expect(await rowsOf(text.split(/(?<=\n)/))).toHaveLength(expected.length);
    },
  );
});
