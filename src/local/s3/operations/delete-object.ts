/** DeleteObject and DeleteObjects; in a versioned bucket, keys are hidden, and versions are removed. */
import { deniedMessage, isDenied } from '../../wire/faults.js';
import type { XmlContent, XmlElement } from '../../wire/xml.js';
import { ServiceError } from '../../wire/service-error.js';
import { receiveXml } from '../request/body.js';
import { emptyResponse, xmlResponse, type S3Call } from '../request/call.js';
import { checkWrite, failedMatch } from '../request/conditions.js';
import { failureSetOn } from '../request/errors.js';
import { versionHeader } from '../request/object-headers.js';
import type { Deletion } from '../stored-object.js';

/** AmazonS3/latest/API/API_DeleteObjects.html */
const MAX_KEYS_PER_DELETE = 1000;

export async function deleteObject(call: S3Call): Promise<Response> {
  const { store, bucket, key, query } = call;
  checkWrite(call.headers, key, store.objects.head(bucket, key));
  const [deletion] = await store.objects.deleteAll(bucket, [{ key, versionId: query.get('versionId') }]);
  return emptyResponse(204, {
    ...versionHeader(call, deletion!),
    ...(deletion!.deleteMarker ? { 'x-amz-delete-marker': 'true' } : {}),
  });
}

interface Target {
  key: string;
  versionId?: string;
  /** The expected ETag of the object. */
  etag?: string;
}

export async function deleteObjects(call: S3Call): Promise<Response> {
  const { store, bucket } = call;
  const request = await receiveXml(call, 'Delete', ['Object']);
  const targets = targetsOf(request);
  const checked = targets.map((target) => ({ ...target, failure: failureOf(call, target) }));
  const wanted = checked.filter(({ failure }) => !failure);
  const deletions = await store.objects.deleteAll(bucket, wanted);
  const deleted = wanted.map((target, place) => deletedElement(target, deletions[place]!));
  return xmlResponse('DeleteResult', {
    Deleted: request.Quiet === 'true' ? [] : deleted,
    Error: checked.flatMap(({ key, versionId, failure }) =>
      failure ? { Key: key, VersionId: versionId, Code: failure.code, Message: failure.message } : [],
    ),
  });
}

function targetsOf(request: XmlElement): Target[] {
  const objects = (request.Object ?? []) as XmlElement[];
  const targets = objects.map(({ Key, VersionId, ETag }) => ({
    key: Key as string,
    versionId: VersionId as string | undefined,
    etag: ETag as string | undefined,
  }));
  if (targets.length > 0 && targets.length <= MAX_KEYS_PER_DELETE && targets.every(({ key }) => key)) return targets;
  throw new ServiceError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

/** Checks each key by itself; a failure is an entry in the answer. */
function failureOf(call: S3Call, { key, versionId, etag }: Target): ServiceError | undefined {
  const { store, caller, bucket } = call;
  const action = versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
  if (isDenied(store.faults, action)) {
    const denied = { resource: `arn:aws:s3:::${bucket}/${key}`, accountId: caller.accountId };
    return new ServiceError('AccessDenied', deniedMessage(action, denied));
  }
  // AmazonS3/latest/userguide/conditional-deletes.html
  const changed = etag === undefined ? undefined : failedMatch(etag, key, store.objects.head(bucket, key));
  return changed ?? failureSetOn(call, key);
}

function deletedElement({ key, versionId }: Target, deletion: Deletion): XmlContent {
  const marker = deletion.deleteMarker ? { DeleteMarker: true, DeleteMarkerVersionId: deletion.versionId } : {};
  return { Key: key, VersionId: versionId, ...marker };
}
