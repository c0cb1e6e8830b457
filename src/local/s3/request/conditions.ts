/** Preconditions of reads, copies and writes: by ETag, and by time in seconds. */
import { ServiceError } from '../../wire/service-error.js';
import { noSuchKey } from './call.js';
import type { StoredObject } from '../stored-object.js';

const preconditionFailed = (condition: string): ServiceError =>
  new ServiceError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    status: 412,
    fields: { Condition: condition },
  });

const names = (header: string, { etag }: StoredObject): boolean =>
  header.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^(W\/)?"?|"$/g, '')));
const secondsOf = (milliseconds: number): number => Math.floor(milliseconds / 1000);
const changedSince = (header: string, { lastModified }: StoredObject): boolean | undefined => {
  const since = Date.parse(header);
  return Number.isNaN(since) ? undefined : secondsOf(lastModified) > secondsOf(since);
};

/**
 * The failed condition, RFC 9110 section 13.2.2: ETags take precedence over times.
 * @param prefix `x-amz-copy-source-` for the source of a copy
 */
function failedCondition(headers: Headers, object: StoredObject, prefix = ''): string | undefined {
  const [ifMatch, ifNoneMatch] = [headers.get(`${prefix}if-match`), headers.get(`${prefix}if-none-match`)];
  const unmodified = headers.get(`${prefix}if-unmodified-since`);
  const modified = headers.get(`${prefix}if-modified-since`);
  if (ifMatch !== null) {
    if (!names(ifMatch, object)) return 'If-Match';
  } else if (unmodified !== null && changedSince(unmodified, object) === true) return 'If-Unmodified-Since';
  if (ifNoneMatch !== null) {
    if (names(ifNoneMatch, object)) return 'If-None-Match';
  } else if (modified !== null && changedSince(modified, object) === false) return 'If-Modified-Since';
  return undefined;
}

/** Whether the client has the object already (304). Throws ServiceError PreconditionFailed. */
export function isUnchanged(headers: Headers, object: StoredObject): boolean {
  const failed = failedCondition(headers, object);
  if (failed === 'If-None-Match' || failed === 'If-Modified-Since') return true;
  if (failed) throw preconditionFailed(failed);
  return false;
}

/** Throws ServiceError PreconditionFailed. */
export function checkCopySource(headers: Headers, source: StoredObject): void {
  const failed = failedCondition(headers, source, 'x-amz-copy-source-');
  if (failed) throw preconditionFailed(`x-amz-copy-source-${failed}`);
}

/**
 * Checks the conditions of a write on the object it would replace. Throws ServiceError PreconditionFailed, NoSuchKey.
 */
export function checkWrite(headers: Headers, key: string, current?: StoredObject): void {
  const [ifMatch, ifNoneMatch] = [headers.get('if-match'), headers.get('if-none-match')];
  if (ifNoneMatch !== null && current && names(ifNoneMatch, current)) throw preconditionFailed('If-None-Match');
  const failure = ifMatch === null ? undefined : failedMatch(ifMatch, key, current);
  if (failure) throw failure;
}

/** The error of a write on an object that has none of the wanted ETags. */
export function failedMatch(wanted: string, key: string, current?: StoredObject): ServiceError | undefined {
  if (!current) return noSuchKey(key);
  return names(wanted, current) ? undefined : preconditionFailed('If-Match');
}
