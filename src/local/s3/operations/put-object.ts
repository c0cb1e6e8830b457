/** PutObject: the body is written to a file, which becomes the object in one step. */
import { receiveFile } from '../request/body.js';
import { emptyResponse, type S3Call } from '../request/call.js';
import { checkWrite } from '../request/conditions.js';
import { checksumHeaders, targetOf, versionHeader } from '../request/object-headers.js';
import { orRemoved } from '../request/stage.js';
import type { StoredObject, Target } from '../stored-object.js';

export async function putObject(call: S3Call): Promise<Response> {
  const target = targetOf(call);
  const staged = await receiveFile(call);
  const stored = await publishUpload(call, { ...target, etag: staged.md5, checksum: staged.checksum }, staged);
  return emptyResponse(200, { etag: `"${stored.etag}"`, ...checksumHeaders(stored), ...versionHeader(call, stored) });
}

/**
 * Publishes a received file under the conditions of the request; the file is gone afterwards in any case.
 * @param before runs in the same transaction, and may throw
 */
export function publishUpload(
  { store, headers, key }: S3Call,
  target: Target,
  { file, before = () => undefined }: { file: string; before?: () => void },
): Promise<StoredObject> {
  const check = (current?: StoredObject): void => {
    checkWrite(headers, key, current);
    before();
  };
  return orRemoved(file, () => store.objects.publish(target, file, check));
}
