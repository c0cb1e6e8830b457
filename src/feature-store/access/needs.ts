/**
 * The IAM actions and resources that each command needs: the one table behind `doctor`, its policies and the README.
 * Pure.
 */
import type { FeatureGroup } from '../groups/describe.js';
import { placeOf, type Place, type Surroundings } from './places.js';

/** One action on resources given as ARNs. */
export interface Need {
  action: string;
  resources: string[];
  /** The group concerned, if any. */
  group?: string;
}

/** What a command works on: its groups, in the order of its arguments, and the place of Athena results. */
export interface Job extends Surroundings {
  groups: (FeatureGroup | undefined)[];
  /** `s3://bucket/prefix/`; undefined where unknown. */
  resultPlace?: string;
}

type Needs = (groups: Place[], job: Job) => Need[];

const group = (place: Place, ...actions: string[]): Need[] =>
  actions.map((name) => ({ action: `sagemaker:${name}`, resources: [place.arn], group: place.name }));
const anywhere = (...actions: string[]): Need[] => actions.map((action) => ({ action, resources: ['*'] }));

const reads = (place: Place) => group(place, 'DescribeFeatureGroup', 'BatchGetRecord');
const writes = (place: Place) => group(place, 'DescribeFeatureGroup', 'BatchWriteRecord', 'PutRecord');

/** Athena acts with the caller's own rights on the catalog, the files and the result location. */
function query(place: Place, { workGroupArn, resultPlace }: Job): Need[] {
  const named = (action: string, resources: string[]): Need => ({ action, resources, group: place.name });
  const results = resultPlace
    ? bucketAndObjects(resultPlace)
    : { bucket: 'arn:aws:s3:::*', objects: 'arn:aws:s3:::*/*' };
  return [
    ...['StartQueryExecution', 'GetQueryExecution', 'GetQueryResults', 'StopQueryExecution', 'GetWorkGroup'].map(
      (name) => ({
        action: `athena:${name}`,
        resources: [workGroupArn],
      }),
    ),
    ...['GetTable', 'GetDatabase', 'GetPartitions'].map((name) => named(`glue:${name}`, place.glue)),
    named('s3:ListBucket', [place.bucket]),
    named('s3:GetObject', [place.objects]),
    ...['GetBucketLocation', 'ListBucket', 'ListBucketMultipartUploads'].map((name) => ({
      action: `s3:${name}`,
      resources: [results.bucket],
    })),
    ...['PutObject', 'GetObject', 'DeleteObject', 'AbortMultipartUpload', 'ListMultipartUploadParts'].map((name) => ({
      action: `s3:${name}`,
      resources: [results.objects],
    })),
  ];
}

export function bucketAndObjects(uri: string): { bucket: string; objects: string } {
  const [, bucket = '*', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri) ?? [];
  return {
    bucket: `arn:aws:s3:::${bucket}`,
    objects: `arn:aws:s3:::${bucket}/${prefix.replace(/\/?$/, prefix ? '/' : '')}*`,
  };
}

const offline = (place: Place, ...actions: string[]): Need[] =>
  actions.map((action) => ({
    action,
    resources: [/Object/.test(action) ? place.objects : place.bucket],
    group: place.name,
  }));

function clearNeeds(place: Place, job: Job): Need[] {
  return [
    ...group(place, 'DescribeFeatureGroup'),
    ...anywhere('sagemaker:ListFeatureGroups'),
    ...(place.online ? group(place, 'ListRecords', 'BatchGetRecord', 'GetRecord', 'DeleteRecord') : []),
    ...(place.offline === 'Glue' ? offline(place, 's3:ListBucket', 's3:GetBucketVersioning', 's3:DeleteObject') : []),
    ...(place.offline === 'Iceberg'
      ? [
          ...query(place, job),
          { action: 'glue:UpdateTable', resources: place.glue, group: place.name },
          ...offline(place, 's3:PutObject', 's3:DeleteObject'),
        ]
      : []),
  ];
}

const sourceNeeds = (place: Place, job: Job): Need[] =>
  place.offline
    ? [...group(place, 'DescribeFeatureGroup'), ...query(place, job)]
    : [...reads(place), ...group(place, 'ListRecords')];

/** By command; groups in the order of its arguments. */
const NEEDS: Record<string, Needs> = {
  list: () => anywhere('sagemaker:ListFeatureGroups', 'sagemaker:DescribeFeatureGroup'),
  get: ([place]) => group(place!, 'GetRecord'),
  put: ([place]) => group(place!, 'DescribeFeatureGroup', 'PutRecord'),
  'delete-record': ([place]) => group(place!, 'DescribeFeatureGroup', 'DeleteRecord', 'GetRecord'),
  create: ([place]) => [...group(place!, 'CreateFeatureGroup', 'DescribeFeatureGroup'), ...anywhere('iam:PassRole')],
  schema: ([place]) => group(place!, 'DescribeFeatureGroup'),
  'add-features': ([place]) => group(place!, 'DescribeFeatureGroup', 'UpdateFeatureGroup'),
  update: ([place]) =>
    group(place!, 'DescribeFeatureGroup', 'UpdateFeatureGroup', 'UpdateFeatureMetadata', 'AddTags', 'DeleteTags'),
  'bulk-get': ([place]) => reads(place!),
  'bulk-put': ([place]) => writes(place!),
  clear: ([place], job) => clearNeeds(place!, job),
  migrate: ([source, target], job) => [
    ...sourceNeeds(source!, job),
    ...writes(target!),
    ...(target!.online ? group(target!, 'BatchGetRecord', 'ListRecords') : []),
  ],
  export: ([place], job) => sourceNeeds(place!, job),
  compare: (places, job) => {
    const [place, other] = places;
    const both = !other && place!.online ? [...reads(place!), ...group(place!, 'ListRecords')] : [];
    return [...places.flatMap((each) => sourceNeeds(each, job)), ...both];
  },
  delete: ([place]) => [
    ...group(place!, 'DescribeFeatureGroup', 'DeleteFeatureGroup'),
    ...anywhere('sagemaker:ListFeatureGroups', 'sagemaker:DescribeFeatureGroup'),
    ...(place!.offline
      ? [
          ...offline(place!, 's3:ListBucket', 's3:GetBucketVersioning', 's3:DeleteObject'),
          ...['glue:GetTable', 'glue:DeleteTable'].map((action) => ({
            action,
            resources: place!.glue,
            group: place!.name,
          })),
        ]
      : []),
  ],
  analyze: ([place], job) => [...group(place!, 'DescribeFeatureGroup'), ...(place!.offline ? query(place!, job) : [])],
};

export const COMMANDS_WITH_NEEDS = Object.keys(NEEDS);
/** The least number of groups that a command takes. */
const GROUPS_OF: Record<string, number> = { list: 0, migrate: 2 };

/**
 * Each action of a command once, with all its resources; groups not given are wildcards.
 * @param command one of COMMANDS_WITH_NEEDS
 */
export function needsOf(command: string, job: Job): Need[] {
  const count = Math.max(job.groups.length, GROUPS_OF[command] ?? 1);
  const places = Array.from({ length: count }, (_, index) => placeOf(job.groups[index], job));
  const merged = new Map<string, Need>();
  for (const need of NEEDS[command]!(places, job)) {
    const key = `${need.action} ${need.resources.join(' ')}`;
    if (!merged.has(key)) merged.set(key, need);
  }
  return [...merged.values()];
}
