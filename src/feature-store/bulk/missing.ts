/** Identifiers without a record: counted, the first few shown, all of them in a file on request. */
import { count, listed, MAX_NAMED } from '../../utils/quantities.js';
import { openRowWriter, type RowWriter, type RowWriterOptions } from '../../files/row-writer.js';
import { formatOfExtension } from '../../files/formats.js';

export interface MissingOptions extends Pick<RowWriterOptions, 'result' | 's3' | 'overwrite'> {
  /** Column name of the identifier in a file with columns. */
  column: string;
  note(line: string): void;
}

export type Missing = Awaited<ReturnType<typeof openMissing>>;

/** @param target a file for `openRowWriter`, or a text file with one identifier per line; undefined for none */
export async function openMissing(target: string | undefined, options: MissingOptions) {
  const { column, note } = options;
  const file = target === undefined ? undefined : await openFile(target, options);
  const told: string[] = [];
  let missing = 0;
  return {
    count: () => missing,
    async add(identifiers: string[]): Promise<void> {
      if (identifiers.length === 0) return;
      missing += identifiers.length;
      told.push(...identifiers.slice(0, MAX_NAMED - told.length));
      await file?.write(identifiers.map((identifier) => ({ [column]: identifier })));
    },
    /** Reports what was missing. The file is created even if nothing was. */
    async end(): Promise<void> {
      await file?.end();
      if (missing === 0) return;
      const names = told.map((identifier) => JSON.stringify(identifier));
      const where = target === undefined ? '' : `; see ${target}`;
      note(`${count(missing)} without a record: ${listed(names, missing)}${where}.`);
    },
    abort: async () => file?.abort(),
  };
}

function openFile(target: string, { column, result, s3, overwrite }: MissingOptions): Promise<RowWriter> {
  const format = formatOfExtension(target) ?? 'text';
  return openRowWriter(target, { format, columns: [{ name: column, kind: 'text' }], result, s3, overwrite });
}
