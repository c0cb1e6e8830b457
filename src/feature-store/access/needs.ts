/**
 * The IAM actions and resources that each command needs: the one table behind `doctor`, its policies and the README.
 * Pure.
 */
import type { FeatureGroup } from '../groups/describe.js';

export interface Surroundings {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  partition: string;
  region: string;
  account: string;
  /** ARN of the Athena workgroup. */
  workGroupArn: string;
}

interface Place {
  /** Null stands for any group. */
  name: string | null;
  arn: string;
  online: boolean;
  offline?: 'Glue' | 'Iceberg';
  bucket: string;
  objects: string;
  /** Catalog, database and table. */
  glue: string[];
}

/** An undefined group becomes wildcards: both stores, any bucket, any table. */
function placeOf(group: FeatureGroup | undefined, { partition, region, account }: Surroundings): Place {
  const s3 = `arn:${partition}:s3:::`;
  const glue = `arn:${partition}:glue:${region}:${account}`;
  if (!group)
    return {
      name: null,
      arn: `arn:${partition}:sagemaker:${region}:${account}:feature-group/*`,
      online: true,
      offline: 'Glue',
      bucket: `${s3}*`,
      objects: `${s3}*/*`,
      glue: ['catalog', 'database/*', 'table/*/*'].map((resource) => `${glue}:${resource}`),
    };
  const [, bucket, path] = /^s3:\/\/([^/]+)\/(.*?)(?:\/data)?\/?$/.exec(group.offline?.resolvedOutputS3Uri ?? '') ?? [];
  const { database = '*', name: table = '*' } = group.offline?.table ?? {};
  return {
    name: group.name,
    arn: group.arn,
    online: group.online !== undefined,
    offline: group.offline?.tableFormat,
    bucket: `${s3}${bucket ?? '*'}`,
    objects: bucket ? `${s3}${bucket}/${path}/*` : `${s3}*/*`,
    glue: ['catalog', `database/${database}`, `table/${database}/${table}`].map((resource) => `${glue}:${resource}`),
  };
}

/** One action on resources given as ARNs. */
export interface Need {
  action: string;
  resources: string[];
  /** The group concerned, if any; null where it is not known which. */
  group?: string | null;
}

/** What a command works on: its groups, in the order of its arguments, and the place of Athena results. */
export interface Job extends Surroundings {
  groups: (FeatureGroup | undefined)[];
  /** `s3://bucket/prefix/`; undefined where unknown. */
  resultPlace?: string;
}

type Needs = (groups: Place[], job: Job) => Need[];

/** The same resources for each of several actions. */
const needing =
  (resources: string[], group?: string | null, service = '') =>
  (...actions: string[]): Need[] =>
    actions.map((action) => ({ action: service + action, resources, group }));
const group = ({ arn, name }: Place, ...actions: string[]) => needing([arn], name, 'sagemaker:')(...actions);
const anywhere = needing(['*']);
const glue = ({ glue: table, name }: Place, ...actions: string[]) => needing(table, name, 'glue:')(...actions);

const reads = (place: Place) => group(place, 'DescribeFeatureGroup', 'BatchGetRecord');
const writes = (place: Place) => group(place, 'DescribeFeatureGroup', 'BatchWriteRecord', 'PutRecord');

/** Athena acts with the caller's own rights on the catalog, the files and the result location. */
function query(place: Place, { workGroupArn, resultPlace }: Job): Need[] {
  const [bucket, objects] = resultPlace ? bucketAndObjects(resultPlace) : ['arn:aws:s3:::*', 'arn:aws:s3:::*/*'];
  const athena = needing([workGroupArn], undefined, 'athena:');
  const inBucket = needing([bucket], undefined, 's3:');
  const onObjects = needing([objects], undefined, 's3:');
  return [
    ...athena('StartQueryExecution', 'GetQueryExecution', 'GetQueryResults', 'StopQueryExecution', 'GetWorkGroup'),
    ...glue(place, 'GetTable', 'GetDatabase', 'GetPartitions'),
    ...offline(place, 's3:ListBucket', 's3:GetObject'),
    ...inBucket('GetBucketLocation', 'ListBucket', 'ListBucketMultipartUploads'),
    ...onObjects('PutObject', 'GetObject', 'DeleteObject', 'AbortMultipartUpload', 'ListMultipartUploadParts'),
  ];
}

function bucketAndObjects(uri: string): [bucket: string, objects: string] {
  const [, bucket = '*', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri) ?? [];
  return [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/${prefix.replace(/\/?$/, prefix ? '/' : '')}*`];
}

const offline = ({ objects, bucket, name }: Place, ...actions: string[]): Need[] =>
  actions.flatMap((action) => needing([action.includes('Object') ? objects : bucket], name)(action));

const clearsObjects = (place: Place) => offline(place, 's3:ListBucket', 's3:GetBucketVersioning', 's3:DeleteObject');

function clearNeeds(place: Place, job: Job): Need[] {
  return [
    ...group(place, 'DescribeFeatureGroup'),
    ...anywhere('sagemaker:ListFeatureGroups'),
    ...(place.online ? group(place, 'ListRecords', 'BatchGetRecord', 'GetRecord', 'DeleteRecord') : []),
    ...(place.offline === 'Glue' ? clearsObjects(place) : []),
    ...(place.offline === 'Iceberg'
      ? [...query(place, job), ...glue(place, 'UpdateTable'), ...offline(place, 's3:PutObject', 's3:DeleteObject')]
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
  'delete-record': ([place]) => [...reads(place!), ...group(place!, 'DeleteRecord', 'GetRecord')],
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
    ...(place!.offline ? [...clearsObjects(place!), ...glue(place!, 'GetTable', 'DeleteTable')] : []),
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

interface Statement {
  Effect: 'Allow';
  Action: string[];
  Resource: string[] | '*';
}

/**
 * The smallest policy that grants the needs: actions on the same resources share a statement.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function policyOf(needs: Need[]): { Version: '2012-10-17'; Statement: Statement[] } {
  const resourcesOf = new Map<string, Set<string>>();
  for (const { action, resources } of needs) {
    const all = resourcesOf.get(action) ?? new Set();
    for (const resource of resources) all.add(resource);
    resourcesOf.set(action, all);
  }
  const statements = new Map<string, Statement>();
  for (const [action, resources] of resourcesOf) {
    const Resource = resources.has('*') ? ('*' as const) : [...resources].sort();
    const key = JSON.stringify(Resource);
    const statement = statements.get(key) ?? { Effect: 'Allow', Action: [], Resource };
    statement.Action.push(action);
    statements.set(key, statement);
  }
  return { Version: '2012-10-17', Statement: [...statements.values()] };
}
