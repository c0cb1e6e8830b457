/** GetQueryResults: the rows of a finished query, a page at a time, the header as the first row of the first page. */
import { open, readFile } from 'node:fs/promises';
import type { Execution } from '../executions.js';
import { operation } from '../../wire/operation.js';
import { positionOf, tokenOf } from '../../wire/pages.js';
import { integer, required, string } from '../../wire/rules.js';
import { placeOf } from '../../store/s3-uri.js';
import type { Store } from '../../store/store.js';
import { executionId, executionOf, invalidRequest } from './shapes.js';

/** [GetQueryResults](https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html), header included. */
const MAX_ROWS_PER_PAGE = 1000;

interface PagePlace {
  /** Bytes of a table, lines of a text. */
  offset: number;
  /** Rows at most. */
  size: number;
}

/** `next` is undefined on the last page. */
interface Page {
  rows: (string | null)[][];
  next?: number;
}

export const getQueryResults = operation({
  rules: {
    QueryExecutionId: required(executionId),
    NextToken: string({ minLength: 1, maxLength: 1024 }),
    MaxResults: integer({ min: 1 }),
  },
  async run(store, { QueryExecutionId, NextToken, MaxResults = MAX_ROWS_PER_PAGE }, caller) {
    if (MaxResults > MAX_ROWS_PER_PAGE) {
      throw invalidRequest(`MaxResults is more than maximum allowed length ${MAX_ROWS_PER_PAGE}`);
    }
    const execution = await executionOf(store, caller, QueryExecutionId);
    const empty = refusal(execution);
    const position = NextToken === undefined ? '0' : positionOf(QueryExecutionId, NextToken);
    if (position === undefined) throw invalidRequest(`Malformed nextPageToken ${NextToken}`);
    const page: Page = empty
      ? { rows: [] }
      : await readPage(store, execution, { offset: Number(position), size: MaxResults });
    return {
      UpdateCount: execution.updateCount,
      ResultSet: {
        Rows: page.rows.map((row) => ({ Data: row.map((value) => (value === null ? {} : { VarCharValue: value })) })),
        ResultSetMetadata: { ColumnInfo: execution.columns.map(columnInfo) },
      },
      NextToken: page.next === undefined ? undefined : tokenOf(QueryExecutionId, String(page.next)),
    };
  },
});

/** Throws for a query without a result; true if it failed with an empty one. */
function refusal(execution: Execution): boolean {
  const { state, statementType } = execution;
  if (state === 'CANCELLED') throw notFound();
  if (state === 'SUCCEEDED') return false;
  if (state === 'FAILED' && statementType !== 'DML') return true;
  const words =
    state === 'FAILED' ? 'Query did not finish successfully. Final query' : 'Query has not yet finished. Current';
  throw invalidRequest(`${words} state: ${state}`, 'INVALID_QUERY_EXECUTION_STATE');
}

async function readPage(store: Store, execution: Execution, page: PagePlace): Promise<Page> {
  const { bucket, key } = placeOf(execution.outputLocation);
  const isTable = key.endsWith('.csv') && execution.substatementType === 'SELECT';
  if (!isTable && !key.endsWith('.txt')) return { rows: [] };
  const object = store.objects.head(bucket, key);
  if (!object) throw notFound();
  try {
    return await (isTable ? readCsvPage : readTextPage)(object.file, page);
  } catch (error) {
    // Deleted in the meantime.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw notFound();
    throw error;
  }
}

const notFound = () => invalidRequest('Could not find results', 'RESULT_NOT_FOUND');

async function readTextPage(file: string, page: PagePlace): Promise<Page> {
  const text = await readFile(file, 'utf8');
  const lines = text === '' ? [] : text.split('\n');
  const end = page.offset + page.size;
  const rows = lines.slice(page.offset, end).map((line) => [line]);
  return end < lines.length ? { rows, next: end } : { rows };
}

/** Bytes of a read; doubled for a row that is longer. */
const READ_BYTES = 1 << 18;

/** Up to `size` rows from an offset in bytes, of the file that a SELECT wrote: every value is quoted, and NULL is nothing between commas. */
async function readCsvPage(file: string, { offset, size }: PagePlace): Promise<Page> {
  const handle = await open(file);
  try {
    const { size: end } = await handle.stat();
    const rows: Page['rows'] = [];
    let next = offset;
    for (let bytes = READ_BYTES; rows.length < size && next < end;) {
      const buffer = Buffer.allocUnsafe(Math.min(bytes, end - next));
      const { bytesRead } = await handle.read({ buffer, position: next });
      const text = buffer.toString('utf8', 0, bytesRead);
      const found = rowsIn(text, size - rows.length);
      if (found.rows.length === 0 && bytesRead < bytes) throw new Error(`${file} is no result of a query`);
      if (found.rows.length === 0) bytes *= 2;
      rows.push(...found.rows);
      next += Buffer.byteLength(text.slice(0, found.length));
    }
    return next < end ? { rows, next } : { rows };
  } finally {
    await handle.close();
  }
}

/** The first rows of a text that may end within one, at most so many, and the length of them together. */
function rowsIn(text: string, most: number): { rows: Page['rows']; length: number } {
  const rows: Page['rows'] = [];
  let row: (string | null)[] = [];
  let length = 0;
  for (let at = 0; rows.length < most; at++) {
    const start = at;
    if (text[at] === '"') {
      do at = text.indexOf('"', at + 1) + 1;
      while (at > 0 && text[at] === '"');
      if (at === 0) break;
    }
    row.push(at === start ? null : text.slice(start + 1, at - 1).replaceAll('""', '"'));
    if (text[at] === '\n') {
      rows.push(row);
      row = [];
      length = at + 1;
    } else if (text[at] !== ',') break;
  }
  return { rows, length };
}

const columnInfo = ({ name, type, precision, scale }: Execution['columns'][number]) => ({
  CatalogName: 'hive',
  SchemaName: '',
  TableName: '',
  Name: name,
  Label: name,
  Type: type,
  Precision: precision,
  Scale: scale,
  Nullable: 'UNKNOWN',
  CaseSensitive: type === 'varchar',
});
