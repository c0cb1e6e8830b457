/** GetObject and HeadObject: the bytes stream from the file. */
import { Readable } from 'node:stream';
import { ServiceError } from '../../wire/service-error.js';
import { emptyResponse } from '../request/call.js';
import type { S3Call } from '../request/call.js';
import { isUnchanged } from '../request/conditions.js';
import { objectHeaders } from '../request/object-headers.js';
import { findObject, openSource, refuseArchived } from './open-source.js';
import type { Wanted } from './open-source.js';
import type { StoredObject } from '../stored-object.js';

export async function getObject(call: S3Call): Promise<Response> {
  const { object, handle } = await openSource(call.store, wantedOf(call));
  try {
    refuseArchived(object, "The operation is not valid for the object's storage class");
    const answer = answerOf(call, object);
    const { first, last } = answer.range;
    if (answer.status === 304 || last < first) {
      await handle.close();
      return emptyResponse(answer.status, answer.headers);
    }
    const bytes = Readable.toWeb(handle.createReadStream({ start: first, end: last })) as ReadableStream;
    return new Response(bytes, { status: answer.status, headers: answer.headers });
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

interface Range {
  first: number;
  /** Inclusive; before `first` when there is nothing. */
  last: number;
}

function answerOf(
  call: S3Call,
  object: StoredObject,
): { status: number; headers: Record<string, string>; range: Range } {
  const headers = objectHeaders(call, object);
  const whole = { first: 0, last: object.size - 1 };
  if (isUnchanged(call.headers, object)) {
    const { etag, 'last-modified': lastModified } = headers as { etag: string; 'last-modified': string };
    return { status: 304, headers: { etag, 'last-modified': lastModified }, range: whole };
  }
  const range = rangeOf(call.headers.get('range'), object.size);
  if (!range) return { status: 200, headers, range: whole };
  const partial = {
    ...headers,
    'content-length': String(range.last - range.first + 1),
    'content-range': `bytes ${range.first}-${range.last}/${object.size}`,
  };
  // A checksum of the whole says nothing of a part.
  const kept = Object.entries(partial).filter(([name]) => !name.startsWith('x-amz-checksum-'));
  return { status: 206, headers: Object.fromEntries(kept), range };
}

/** One range of bytes; what is not one is no range, as RFC 9110 section 14.2 has it. Throws InvalidRange. */
function rangeOf(header: string | null, size: number): Range | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  if (first < size && (from !== '' || to !== '0')) return { first, last };
  throw new ServiceError('InvalidRange', 'The requested range is not satisfiable', {
    status: 416,
    fields: { RangeRequested: header!, ActualObjectSize: size },
  });
}
