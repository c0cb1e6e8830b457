/** Parquet → rows, a row group at a time. */
import type { SchemaTree } from 'hyparquet';
import { UsageError } from '../../errors.js';
import type { Slices } from '../../utils/slices.js';
import { isOfSource, type TextSource } from '../bytes.js';
import { PlacedRow, type ReadRow, type TextOptions } from '../rows.js';
import { ColumnError, Damage, NotSupported } from './parquet-damage.js';

const ROWS_PER_BATCH = 500;

interface ParquetSource extends Pick<TextSource, 'signal' | 'position'>, Pick<TextOptions, 'emptyTable'> {
  file: Slices;
  /** For messages. */
  name: string;
  /** Columns for which this is false are null in every row: what is left out need not be readable. */
  isWanted?: (column: string) => boolean;
}

/**
 * Yields the rows, numbered from 1 in place of lines. Ends early, without an error, when the signal is aborted.
 * @throws UsageError for what is no Parquet, or broken
 */
export async function* readParquet({
  file,
  name,
  signal,
  position,
  isWanted = () => true,
  emptyTable,
}: ParquetSource): AsyncGenerator<ReadRow[]> {
  if (file.byteLength === 0) throw new UsageError(`${name} is empty.`);
  await refuseEncrypted(file, name);
  const { openGroups } = await import('./parquet-groups.js');
  const parquet = await explain(name, () => openGroups(file, isWanted));
  refuseVariants(
    parquet.columns.map(({ node }) => node).filter(({ element }) => isWanted(element.name)),
    name,
  );
  let line = 0;
  for (let group = 0; group < parquet.groups; group += 1) {
    const rows = await explain(name, () => parquet.readGroup(group));
    for (let at = 0; at < rows.length && !signal?.aborted; at += ROWS_PER_BATCH) {
      const batch = await explain(name, () => rows.next(Math.min(ROWS_PER_BATCH, rows.length - at)));
      yield batch.map((cells): ReadRow => {
        line += 1;
        return typeof cells === 'string'
          ? { line, problem: cells }
          : new PlacedRow(line, { columns: parquet.names, cells });
      });
    }
    if (signal?.aborted) return;
    if (position) position.read += file.byteLength / parquet.groups;
  }
  if (line === 0) emptyTable?.(parquet.names);
}

/** What a file cannot be read for, in words of our own; errors of the disk and of S3 are told as they are. */
async function explain<T>(name: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isOfSource(error)) throw error;
    const isColumn = error instanceof ColumnError;
    const cause = isColumn ? error.cause : error;
    const column = isColumn ? `column ${error.column} cannot be read: ` : '';
    const what = isColumn ? `: ${column}the file is` : ' is';
    if (cause instanceof NotSupported)
      throw new UsageError(`${name}: ${column}${cause.message} is not supported. Write the file in another way.`, {
        cause,
      });
    const problem =
      cause instanceof Damage
        ? `${what} damaged (${cause.message}). ${WHAT_TO_DO}`
        : isColumn
          ? `${what} damaged, or uses a part of Parquet that is not supported. ${WHAT_TO_DO}`
          : ' is not a Parquet file, or is damaged.';
    throw new UsageError(`${name}${problem}`, { cause: error });
  }
}

const WHAT_TO_DO = 'Write it again, or check it with another reader.';

/** An encrypted file begins and ends otherwise. https://parquet.apache.org/docs/file-format/data-pages/encryption/ */
async function refuseEncrypted(file: Slices, name: string): Promise<void> {
  const ending = Buffer.from(await file.slice(Math.max(0, file.byteLength - 4), file.byteLength)).toString('latin1');
  if (ending === 'PARE') throw new UsageError(`${name} is encrypted Parquet, which cannot be read: decrypt it first.`);
}

function refuseVariants(columns: SchemaTree[], name: string): void {
  const variant = columns.find(hasVariant);
  if (variant)
    throw new UsageError(
      `${name}: column ${variant.element.name} is a VARIANT, whose values have no type: cast it to one.`,
    );
}

const hasVariant = ({ element, children }: SchemaTree): boolean =>
  element.logical_type?.type === 'VARIANT' || children.some(hasVariant);
