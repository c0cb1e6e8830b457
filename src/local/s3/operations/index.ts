/** S3 over REST: maps requests to operations and IAM actions. */
import type { Protocol } from '../../wire/protocols/protocol.js';
import { ServiceError } from '../../wire/service-error.js';
import * as buckets from './buckets.js';
import { notImplemented, readCall, type S3Call } from '../request/call.js';
import { completeMultipartUpload } from './complete-multipart-upload.js';
import { copyObject, copySourceOf } from './copy-object.js';
import { deleteObject, deleteObjects } from './delete-object.js';
import { errorResponse } from '../request/errors.js';
import { getObject, headObject } from './get-object.js';
import { listMultipartUploads, listObjects, listObjectsV2, listObjectVersions } from './list-objects.js';
import * as uploads from './multipart-upload.js';
import { putObject } from './put-object.js';

interface Route {
  /** IAM actions; `versionId` selects those for versions. */
  actions: string[];
  /** The bucket is there, unless the route creates it. */
  run(call: S3Call): Promise<Response> | Response;
  /** Flushes the offline buffer first, whose rows are objects to the caller. */
  reads?: boolean;
}

const COPYING = ['s3:GetObject', 's3:PutObject'];

/** Method, kind of resource, and the parameters that select another operation. */
const ROUTES: Record<string, Route> = {
  'GET service': { actions: ['s3:ListAllMyBuckets'], run: buckets.listBuckets },
  'PUT bucket': { actions: ['s3:CreateBucket'], run: buckets.createBucket },
  'DELETE bucket': { actions: ['s3:DeleteBucket'], run: buckets.deleteBucket, reads: true },
  'HEAD bucket': { actions: ['s3:ListBucket'], run: buckets.headBucket },
  'GET bucket location': { actions: ['s3:GetBucketLocation'], run: buckets.getConfiguration },
  'GET bucket versioning': { actions: ['s3:GetBucketVersioning'], run: buckets.getConfiguration },
  'PUT bucket versioning': { actions: ['s3:PutBucketVersioning'], run: buckets.putBucketVersioning },
  'GET bucket policy': { actions: ['s3:GetBucketPolicy'], run: buckets.getConfiguration },
  'PUT bucket policy': { actions: ['s3:PutBucketPolicy'], run: buckets.putBucketPolicy },
  'DELETE bucket policy': { actions: ['s3:DeleteBucketPolicy'], run: buckets.deleteBucketPolicy },
  'GET bucket encryption': { actions: ['s3:GetEncryptionConfiguration'], run: buckets.getConfiguration },
  'GET bucket lifecycle': { actions: ['s3:GetLifecycleConfiguration'], run: buckets.getConfiguration },
  'GET bucket ownershipControls': { actions: ['s3:GetBucketOwnershipControls'], run: buckets.getConfiguration },
  'GET bucket publicAccessBlock': { actions: ['s3:GetBucketPublicAccessBlock'], run: buckets.getConfiguration },
  'GET bucket tagging': { actions: ['s3:GetBucketTagging'], run: buckets.getConfiguration },
  'GET bucket': { actions: ['s3:ListBucket'], run: listObjects, reads: true },
  'GET bucket list-type': { actions: ['s3:ListBucket'], run: listObjectsV2, reads: true },
  'GET bucket versions': { actions: ['s3:ListBucketVersions'], run: listObjectVersions, reads: true },
  'GET bucket uploads': { actions: ['s3:ListBucketMultipartUploads'], run: listMultipartUploads },
  // Denied per key, inside.
  'POST bucket delete': { actions: [], run: deleteObjects, reads: true },
  'GET object': { actions: ['s3:GetObject'], run: getObject, reads: true },
  'HEAD object': { actions: ['s3:GetObject'], run: headObject, reads: true },
  'PUT object': { actions: ['s3:PutObject'], run: putObject },
  'PUT object copy': { actions: COPYING, run: copyObject, reads: true },
  'DELETE object': { actions: ['s3:DeleteObject'], run: deleteObject, reads: true },
  'POST object uploads': { actions: ['s3:PutObject'], run: uploads.createMultipartUpload },
  'PUT object partNumber uploadId': { actions: ['s3:PutObject'], run: uploads.uploadPart },
  'PUT object copy partNumber uploadId': { actions: COPYING, run: uploads.uploadPartCopy, reads: true },
  'POST object uploadId': { actions: ['s3:PutObject'], run: completeMultipartUpload },
  'DELETE object uploadId': { actions: ['s3:AbortMultipartUpload'], run: uploads.abortMultipartUpload },
  'GET object uploadId': { actions: ['s3:ListMultipartUploadParts'], run: uploads.listParts },
};

/** Parameters that modify an operation. All others select one, known above or not implemented. */
const PLAIN = new RegExp(
  '^(x-id|versionId|prefix|delimiter|marker|start-after|continuation-token|fetch-owner|encoding-type|bucket-region' +
    '|max-(keys|parts|uploads|buckets)|(key|version-id|upload-id|part-number)-marker|response-.*' +
    // Presigned URLs, Signature Version 4 and 2.
    '|X-Amz-.*|AWSAccessKeyId|Signature|Expires)$',
  'i',
);

function routeOf({ bucket, key, query, headers, request }: S3Call): Route {
  const about = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const copy = about === 'object' && headers.has('x-amz-copy-source') ? ['copy'] : [];
  const named = [...query.keys()].filter((name) => !PLAIN.test(name)).sort();
  const name = [request.method, about, ...copy, ...named].join(' ');
  const route = ROUTES[name];
  if (!route) throw notImplemented(query.get('x-id') ?? name);
  return route;
}

function actionsOf({ actions }: Route, call: S3Call): string[] {
  const named = call.query.has('versionId') || (call.headers.has('x-amz-copy-source') && copySourceOf(call).versionId);
  return named ? actions.map((action) => action.replace(/^s3:(Get|Delete)Object$/, '$&Version')) : actions;
}

/** The expected bucket owner. */
const OWNER_HEADERS = ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner'];

export const s3Protocol: Protocol = {
  read(request, store, caller) {
    const call = readCall(request, store, caller);
    const route = routeOf(call);
    return {
      actions: actionsOf(route, call),
      resource: `arn:aws:s3:::${[call.bucket, call.key].filter(Boolean).join('/') || '*'}`,
      async run() {
        for (const header of OWNER_HEADERS) {
          if ((call.headers.get(header) ?? caller.accountId) !== caller.accountId)
            throw new ServiceError('AccessDenied', 'Access Denied', { status: 403 });
        }
        if (route.reads) await store.offline.flush();
        if (call.bucket !== '' && route.run !== buckets.createBucket) store.objects.buckets.get(call.bucket);
        return route.run(call);
      },
    };
  },
  error: errorResponse,
};
