/** DeleteObject and DeleteObjects; in a versioned bucket, keys are hidden, and versions are removed. */
import { requireBucket } from '../buckets.js';
import { deniedMessage, isDenied } from '../../wire/faults.js';
import type { XmlContent, XmlElement } from '../../wire/xml.js';
import { ServiceError } from '../../wire/service-error.js';
import { receiveXml } from '../request/body.js';
import { emptyResponse, xmlResponse } from '../request/call.js';
import { checkWrite } from '../request/conditions.js';
import type { S3Call } from '../request/call.js';
import { versionHeader } from '../request/object-headers.js';
import type { Deletion } from '../stored-object.js';

/** AmazonS3/latest/API/API_DeleteObjects.html */
const MAX_KEYS_PER_DELETE = 1000;

export async function deleteObject(call: S3Call): Promise<Response> {
  const { store, bucket, key, query } = call;
  requireBucket(store.objects.buckets, bucket);
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
  requireBucket(store.objects.buckets, bucket);
  const request = await receiveXml(call, 'Delete', ['Object']);
  const targets = targetsOf(request);
  const failures = new Map(
    targets.flatMap((target) => {
      const failure = failureOf(call, target);
      return failure ? [[target, failure]] : [];
    }),
  );
  const wanted = targets.filter((target) => !failures.has(target));
  const deletions = await store.objects.deleteAll(bucket, wanted);
  const deleted = wanted.map((target, place) => deletedElement(target, deletions[place]!));
  return xmlResponse('DeleteResult', {
    Deleted: request.Quiet === 'true' ? [] : deleted,
    Error: [...failures].map(([{ key, versionId }, failure]) => ({ Key: key, VersionId: versionId, ...failure })),
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
function failureOf(
  { store, caller, bucket }: S3Call,
  { key, versionId, etag }: Target,
): Record<string, string> | undefined {
  const action = versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
  if (isDenied(store.faults, action)) {
    const resource = `arn:aws:s3:::${bucket}/${key}`;
    return {
      Code: 'AccessDenied',
      Message: deniedMessage({ actions: [action], resource, accountId: caller.accountId }),
    };
  }
  const changed = etag === undefined ? undefined : failedTag(store.objects.head(bucket, key), etag);
  if (changed) return changed;
  const code = store.objects.failKeys.get(`${bucket}/${key}`);
  return code === undefined
    ? undefined
    : { Code: code, Message: 'We encountered an internal error. Please try again.' };
}

/** AmazonS3/latest/userguide/conditional-deletes.html */
function failedTag(object: { etag: string } | undefined, wanted: string): Record<string, string> | undefined {
  if (!object) return { Code: 'NoSuchKey', Message: 'The specified key does not exist.' };
  if (wanted === '*' || wanted.replace(/^"|"$/g, '') === object.etag) return undefined;
  return { Code: 'PreconditionFailed', Message: 'At least one of the pre-conditions you specified did not hold' };
}

function deletedElement({ key, versionId }: Target, deletion: Deletion): XmlContent {
  const marker = deletion.deleteMarker ? { DeleteMarker: true, DeleteMarkerVersionId: deletion.versionId } : {};
  return { Key: key, VersionId: versionId, ...marker };
}
