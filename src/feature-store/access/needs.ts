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
  /** Of a command that takes two groups: `Source`. */
  side: string;
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

/** What needs depend on; of a group that is to be created, there is no more than that. */
export type NamedGroup = Pick<FeatureGroup, 'name' | 'arn' | 'online' | 'offline'>;

export const groupArn = ({ partition, region, account }: Surroundings, name: string) =>
  `arn:${partition}:sagemaker:${region}:${account}:feature-group/${name}`;

/** An undefined group becomes wildcards: both stores, any bucket, any table. */
function placeOf(group: NamedGroup | undefined, surroundings: Surroundings): Omit<Place, 'side'> {
  const { partition, region, account } = surroundings;
  const { resolvedOutputS3Uri = '', table } = group?.offline ?? {};
  const [, bucket, path] = /^s3:\/\/([^/]+)\/(.*?)(?:\/data)?\/?$/.exec(resolvedOutputS3Uri) ?? [];
  const { database, name } = table ?? { database: '*', name: '*' };
  const s3 = `arn:${partition}:s3:::`;
  return {
    name: group?.name ?? null,
    arn: group?.arn ?? groupArn(surroundings, '*'),
    online: group === undefined || group.online !== undefined,
    offline: group === undefined ? 'Glue' : group.offline?.tableFormat,
    bucket: `${s3}${bucket ?? '*'}`,
    objects: bucket ? `${s3}${bucket}/${path}/*` : `${s3}*/*`,
    glue: ['catalog', `database/${database}`, `table/${database}/${name}`].map(
      (resource) => `arn:${partition}:glue:${region}:${account}:${resource}`,
    ),
  };
}

/** One action on resources given as ARNs. */
export interface Need {
  action: string;
  resources: string[];
  /** What the resources are, as one word: `SourceTable`. */
  what: string;
  /** The option without which it is not needed: `--delete-data`. */
  only?: string;
  /** The group concerned, if any; null where it is not known which. */
  group?: string | null;
}

/** What a command works on: its groups, in the order of its arguments, and the place of Athena results. */
export interface Job extends Surroundings {
  groups: (NamedGroup | undefined)[];
  /** `s3://bucket/prefix/`; undefined where unknown. */
  resultPlace?: string;
}

type Needs = (groups: Place[], job: Job) => Need[];

interface Resources {
  resources: string[];
  /** `s3:`, before the name of each action. */
  service?: string;
  group?: string | null;
}

/** The same resources for each of several actions. */
const needing =
  (what: string, { resources, service = '', group: named }: Resources) =>
  (...actions: string[]): Need[] =>
    actions.map((action) => ({ action: service + action, resources, what, group: named }));
/** A place's own resources, named for its side. */
const own = ({ side, name }: Place, what: string, resources: Resources) =>
  needing(side + what, { ...resources, group: name });
const group = (place: Place, ...actions: string[]) =>
  own(place, 'FeatureGroup', { resources: [place.arn], service: 'sagemaker:' })(...actions);
const table = (place: Place, ...actions: string[]) =>
  own(place, 'Table', { resources: place.glue, service: 'glue:' })(...actions);
const offline = (place: Place, ...actions: string[]): Need[] =>
  actions.flatMap((action) =>
    action.includes('Object')
      ? own(place, 'OfflineObjects', { resources: [place.objects], service: 's3:' })(action)
      : own(place, 'OfflineBucket', { resources: [place.bucket], service: 's3:' })(action),
  );
const allGroups = needing('AllFeatureGroups', { resources: ['*'], service: 'sagemaker:' });

const onlyFor = (option: string, needs: Need[]): Need[] => needs.map((need) => ({ ...need, only: option }));

const reads = (place: Place) => group(place, 'DescribeFeatureGroup', 'BatchGetRecord');
const writes = (place: Place) => group(place, 'DescribeFeatureGroup', 'BatchWriteRecord', 'PutRecord');

/** Athena acts with the caller's own rights on the catalog, the files and the result location. */
function query(place: Place, { workGroupArn, resultPlace, partition }: Job): Need[] {
  const s3 = `arn:${partition}:s3:::`;
  const [, bucket = '*', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(resultPlace ?? '') ?? [];
  const objects = `${s3}${bucket}/${prefix.replace(/\/?$/, prefix ? '/' : '')}*`;
  const where = resultPlace ? 'AthenaResult' : ANY_RESULT;
  const athena = needing('AthenaWorkgroup', { resources: [workGroupArn], service: 'athena:' });
  const inBucket = needing(`${where}Bucket`, { resources: [`${s3}${bucket}`], service: 's3:' });
  const onObjects = needing(`${where}Objects`, { resources: [objects], service: 's3:' });
  return [
    ...athena('StartQueryExecution', 'GetQueryExecution', 'GetQueryResults', 'StopQueryExecution', 'GetWorkGroup'),
    ...table(place, 'GetTable', 'GetDatabase', 'GetPartitions'),
    ...offline(place, 'ListBucket', 'GetObject'),
    ...inBucket('GetBucketLocation', 'ListBucket', 'ListBucketMultipartUploads'),
    ...onObjects('PutObject', 'GetObject', 'DeleteObject', 'AbortMultipartUpload', 'ListMultipartUploadParts'),
  ];
}

/** Where the place of results is not known. */
const ANY_RESULT = 'AnyAthenaResult';
export const isWide = ({ what }: Need): boolean => what.startsWith(ANY_RESULT);

/** Whether the objects are the group's alone is told by the places of all others. */
const clearsObjects = (place: Place) => offline(place, 'ListBucket', 'GetBucketVersioning', 'DeleteObject');
const seesOthers = () => allGroups('ListFeatureGroups', 'DescribeFeatureGroup');

function clearNeeds(place: Place, job: Job): Need[] {
  return [
    ...group(place, 'DescribeFeatureGroup'),
    ...(place.online ? group(place, 'ListRecords', 'BatchGetRecord', 'GetRecord', 'DeleteRecord') : []),
    ...(place.offline ? seesOthers() : []),
    ...(place.offline === 'Glue' ? clearsObjects(place) : []),
    ...(place.offline === 'Iceberg'
      ? [...query(place, job), ...table(place, 'UpdateTable'), ...offline(place, 'PutObject', 'DeleteObject')]
      : []),
  ];
}

const sourceNeeds = (place: Place, job: Job): Need[] =>
  place.offline
    ? [...group(place, 'DescribeFeatureGroup'), ...query(place, job)]
    : [...reads(place), ...group(place, 'ListRecords')];

/** By command; groups in the order of its arguments. */
const NEEDS: Record<string, Needs> = {
  list: seesOthers,
  get: ([place]) => group(place!, 'GetRecord'),
  put: ([place]) => group(place!, 'DescribeFeatureGroup', 'PutRecord'),
  'delete-record': ([place]) => [...reads(place!), ...group(place!, 'DeleteRecord', 'GetRecord')],
  create: ([place]) => [
    ...group(place!, 'CreateFeatureGroup', 'DescribeFeatureGroup'),
    ...needing('ExecutionRole', { resources: ['*'] })('iam:PassRole'),
  ],
  schema: ([place]) => group(place!, 'DescribeFeatureGroup'),
  'add-features': ([place]) => group(place!, 'DescribeFeatureGroup', 'UpdateFeatureGroup'),
  update: ([place]) => [
    ...group(place!, 'DescribeFeatureGroup', 'UpdateFeatureGroup'),
    ...onlyFor('--feature-description and --feature-parameter', group(place!, 'UpdateFeatureMetadata')),
    ...onlyFor('--tags', group(place!, 'AddTags')),
    ...onlyFor('--remove-tags', group(place!, 'DeleteTags')),
  ],
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
  delete: (places) => [
    ...places.flatMap((place) => group(place, 'DescribeFeatureGroup', 'DeleteFeatureGroup')),
    ...onlyFor('--delete-data', [
      ...(places.some((place) => place.offline) ? seesOthers() : []),
      ...places.flatMap((each) =>
        each.offline ? [...clearsObjects(each), ...table(each, 'GetTable', 'DeleteTable')] : [],
      ),
    ]),
  ],
  analyze: ([place], job) => [...group(place!, 'DescribeFeatureGroup'), ...(place!.offline ? query(place!, job) : [])],
};

export const COMMANDS_WITH_NEEDS = Object.keys(NEEDS);
/** The least number of groups that a command takes. */
const GROUPS_OF: Record<string, number> = { list: 0, migrate: 2 };
const SIDES: Record<string, string[]> = { migrate: ['Source', 'Target'], compare: ['First', 'Second'] };

/**
 * Each action of a command once, with all its resources; groups not given are wildcards.
 * @param command one of COMMANDS_WITH_NEEDS
 */
export function needsOf(command: string, job: Job): Need[] {
  const count = Math.max(job.groups.length, GROUPS_OF[command] ?? 1);
  const places = Array.from({ length: count }, (_, index) => ({
    ...placeOf(job.groups[index], job),
    side: count > 1 ? (SIDES[command]?.[index] ?? '') : '',
  }));
  const merged = new Map<string, Need>();
  for (const need of NEEDS[command]!(places, job)) {
    const key = `${sidOf(need)} ${need.action} ${need.resources.join(' ')}`;
    if (!merged.has(key)) merged.set(key, need);
  }
  return [...merged.values()];
}

/** `TableOnlyForDeleteData` */
const sidOf = ({ what, only }: Need) => `${what}${only ? `OnlyFor${pascal(only)}` : ''}`;
const pascal = (words: string) => words.replace(/(?:^|[- ]+)(\w)/g, (_, letter: string) => letter.toUpperCase());

interface Statement {
  /** What it is for. */
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: string[] | '*';
}

/**
 * The smallest policy that grants the needs. What has one purpose has the same resources, and is one statement, whose Sid
 * says the purpose in letters and digits.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
 */
export function policyOf(needs: Need[]): { Version: '2012-10-17'; Statement: Statement[] } {
  const statements = [...new Set(needs.map(sidOf))].map((Sid): Statement => {
    const of = needs.filter((need) => sidOf(need) === Sid);
    const resources = [...new Set(of.flatMap((need) => need.resources))].sort();
    const Action = [...new Set(of.map(({ action }) => action))];
    return { Sid, Effect: 'Allow', Action, Resource: resources.includes('*') ? '*' : resources };
  });
  return { Version: '2012-10-17', Statement: statements };
}
