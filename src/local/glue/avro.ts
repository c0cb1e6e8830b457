/** Avro object container files, the format of Iceberg manifests and manifest lists. */
import { createHash } from 'node:crypto';
import avro, { type Schema } from 'avsc';

const SYNC = { type: 'fixed', name: 'Sync', size: 16 } as const;
/** [Object container files](https://avro.apache.org/docs/1.11.1/specification/#object-container-files) */
const HEADER = avro.Type.forSchema({
  type: 'record',
  name: 'Header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: 4 } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: SYNC },
  ],
});
const BLOCK = avro.Type.forSchema({
  type: 'record',
  name: 'Block',
  fields: [
    { name: 'count', type: 'long' },
    { name: 'data', type: 'bytes' },
    { name: 'sync', type: SYNC },
  ],
});
const MAGIC = Buffer.from('Obj\x01');
const SCHEMA = 'avro.schema';

/** Encodes an uncompressed file. */
export function encodeAvro(schema: Schema, metadata: Record<string, string>, rows: object[]): Buffer {
  const type = avro.Type.forSchema(schema);
  const text = JSON.stringify(schema);
  const data = Buffer.concat(rows.map((row) => type.toBuffer(row)));
  const sync = createHash('md5').update(text).update(data).digest();
  const entries = Object.entries({ ...metadata, [SCHEMA]: text, 'avro.codec': 'null' });
  const meta = Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value)]));
  return Buffer.concat([
    HEADER.toBuffer({ magic: MAGIC, meta, sync }),
    ...(rows.length ? [BLOCK.toBuffer({ count: rows.length, data, sync })] : []),
  ]);
}

/** Decodes the rows of a file. Throws an Error for another schema, or a broken file. */
export function decodeAvro<T>(schema: Schema, file: Buffer): T[] {
  const header = HEADER.decode(file) as { value?: { magic: Buffer; meta: Record<string, Buffer> }; offset: number };
  if (header.value?.meta[SCHEMA]?.toString() !== JSON.stringify(schema)) throw new Error('not a file of this store');
  const type = avro.Type.forSchema(schema);
  const rows: T[] = [];
  for (let at = header.offset; at < file.length;) {
    const block = BLOCK.decode(file, at) as { value?: { count: number; data: Buffer }; offset: number };
    if (!block.value) throw new Error('cut off');
    at = block.offset;
    for (let from = 0, left = block.value.count; left > 0; left--) {
      const row = type.decode(block.value.data, from) as { value?: T; offset: number };
      if (row.value === undefined) throw new Error('cut off');
      rows.push(row.value);
      from = row.offset;
    }
  }
  return rows;
}
