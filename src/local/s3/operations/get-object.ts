/** GetObject and HeadObject: the bytes stream from the file. */
import { Readable } from 'node:stream';
import { ServiceError } from '../../wire/service-error.js';
import { emptyResponse, type S3Call } from '../request/call.js';
import { isUnchanged } from '../request/conditions.js';
import { objectHeaders } from '../request/object-headers.js';
import { findObject, openSource, refuseArchived, type Wanted } from './open-source.js';
import type { StoredObject } from '../stored-object.js';

export async function getObject(call: S3Call): Promise<Response> {
  const { object, handle } = await openSource(call.store, wantedOf(call));
  try {
    refuseArchived(object, "The operation is not valid for the object's storage class");
    const { status, headers, range } = answerOf(call, object);
    if (range.end >= range.start) {
      return new Response(Readable.toWeb(handle.createReadStream(range)) as ReadableStream, { status, headers });
    }
    await handle.close();
    return emptyResponse(status, headers);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export function headObject(call: S3Call): Response {
  const { status, headers } = answerOf(call, findObject(call.store, wantedOf(call)));
  return emptyResponse(status, headers);
}

const wantedOf = ({ bucket, key, query }: S3Call): Wanted => ({ bucket, key, versionId: query.get('versionId') });

/** The range is inclusive, and ends before its start when there is nothing to send. */
function answerOf(call: S3Call, object: StoredObject) {
  const headers = objectHeaders(call, object);
  if (isUnchanged(call.headers, object)) {
    const validators = { etag: headers.etag!, 'last-modified': headers['last-modified']! };
    return { status: 304, headers: validators, range: { start: 0, end: -1 } };
  }
  const range = rangeOf(call.headers.get('range'), object.size);
  if (!range) return { status: 200, headers, range: { start: 0, end: object.size - 1 } };
  const partial = {
    ...headers,
    'content-length': String(range.end - range.start + 1),
    'content-range': `bytes ${range.start}-${range.end}/${object.size}`,
  };
  // A checksum of the whole says nothing of a part.
  const kept = Object.entries(partial).filter(([name]) => !name.startsWith('x-amz-checksum-'));
  return { status: 206, headers: Object.fromEntries(kept), range };
}

/** One range of bytes; what is not one is no range, as RFC 9110 section 14.2 has it. Throws InvalidRange. */
function rangeOf(header: string | null, size: number): { start: number; end: number } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  if (start < size && (from !== '' || to !== '0')) return { start, end };
  throw new ServiceError('InvalidRange', 'The requested range is not satisfiable', {
    status: 416,
    fields: { RangeRequested: header!, ActualObjectSize: size },
  });
}
