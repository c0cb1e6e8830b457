/** Avro object container files of one block, the format of Iceberg manifests and manifest lists. */
import { createHash } from 'node:crypto';
import avro, { type Schema } from 'avsc';

/** [Object container files](https://avro.apache.org/docs/1.11.1/specification/#object-container-files) */
const FILE = avro.Type.forSchema({
  type: 'record',
  name: 'File',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: 4 } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'Sync', size: 16 } },
    { name: 'count', type: 'long' },
    { name: 'rows', type: 'bytes' },
    { name: 'end', type: 'Sync' },
  ],
});
const MAGIC = Buffer.from('Obj\x01');
const SCHEMA = 'avro.schema';
const LONG = avro.Type.forSchema('long');

/** Encodes an uncompressed file. */
export function encodeAvro(schema: Schema, metadata: Record<string, string>, rows: object[]): Buffer {
  const type = avro.Type.forSchema(schema);
  const text = JSON.stringify(schema);
  const data = Buffer.concat(rows.map((row) => type.toBuffer(row)));
  const sync = createHash('md5').update(text).update(data).digest();
  const entries = Object.entries({ ...metadata, [SCHEMA]: text, 'avro.codec': 'null' });
  const meta = Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value)]));
  return FILE.toBuffer({ magic: MAGIC, meta, sync, count: rows.length, rows: data, end: sync });
}

/** Decodes the rows of a file. Throws an Error for another schema, or a broken file. */
export function decodeAvro<T>(schema: Schema, file: Buffer): T[] {
  const { meta, count, rows } = FILE.fromBuffer(file) as { meta: Record<string, Buffer>; count: number; rows: Buffer };
  if (meta[SCHEMA]?.toString() !== JSON.stringify(schema)) throw new Error('not a file of this store');
  // As an array of Avro: the same rows, between their number and a zero.
  const array = Buffer.concat([LONG.toBuffer(count), rows, LONG.toBuffer(0)]);
  return avro.Type.forSchema({ type: 'array', items: schema }).fromBuffer(array) as T[];
}
