/** Tests whether an action is allowed with calls that change nothing: reads, or writes the service must reject. */
import type { Clients } from '../../config.js';
import { deniedAction, isAccessDenied, isDenialCode, statusOf } from '../../errors.js';
import type * as Glue from '../../sdk/glue.js';
import type * as S3 from '../../sdk/s3.js';
import { isUnknownOperation } from '../../utils/patience/failed-calls.js';
import type { Need, NamedGroup } from './needs.js';

export type Verdict = 'allowed' | 'denied' | 'unknown';

export interface Answer {
  need: Need;
  verdict: Verdict;
  /** The answer of the service, unless it succeeded. */
  said?: string;
}

/** The target of a call. */
export interface Subject {
  /** Undefined for calls that concern no group, such as those on Athena's results. */
  group?: NamedGroup;
  workGroup: string;
  /** `s3://bucket/prefix/` for Athena's results. */
  resultPlace?: string;
}

type DryCall = (clients: Clients, subject: Subject, signal: AbortSignal) => Promise<unknown>;

/** A name that no group, key or query has or should get. */
const NOBODY = 'sagemaker-fs-doctor';
const NO_TABLE = 'sagemaker_fs_doctor';
const NO_QUERY = '00000000-0000-0000-0000-000000000000';
/** A record without an identifier: callers with the permission get a validation error. */
const NO_RECORD = [{ FeatureName: NOBODY, ValueAsString: '' }];

const nameOf = ({ group }: Subject) => group?.arn ?? NOBODY;

/** A call of one client; its command is built once the SDK is loaded. */
const through =
  <Sdk>(service: 'sagemaker' | 'runtime' | 'athena' | 'glue' | 's3', load: () => Promise<Sdk>) =>
  (command: (sdk: Sdk, subject: Subject) => object): DryCall =>
  async (clients, subject, abortSignal) => {
    const client: { send(command: never, options: object): Promise<unknown> } = await clients[service]();
    return client.send(command(await load(), subject) as never, { abortSignal });
  };
const sagemaker = through('sagemaker', () => import('../../sdk/sagemaker.js'));
const runtime = through('runtime', () => import('../../sdk/featurestore-runtime.js'));
const athena = through('athena', () => import('../../sdk/athena.js'));
const ofGlue = through('glue', () => import('../../sdk/glue.js'));
const ofS3 = through('s3', () => import('../../sdk/s3.js'));
const glue = (command: (sdk: typeof Glue, table: { DatabaseName: string; Name: string }) => object) =>
  ofGlue((sdk, { group }) => {
    const { database = NOBODY, name = NOBODY } = group?.offline?.table ?? {};
    return command(sdk, { DatabaseName: database, Name: name });
  });
const s3 = (command: (sdk: typeof S3, place: { Bucket: string; Key: string }) => object) =>
  ofS3((sdk, subject) => command(sdk, s3PlaceOf(subject)));

/** No harmless call can tell. */
class NotAsked extends Error {}

const CALLS: Record<string, DryCall> = {
  'sagemaker:ListFeatureGroups': sagemaker((sdk) => new sdk.ListFeatureGroupsCommand({ MaxResults: 1 })),
  'sagemaker:DescribeFeatureGroup': sagemaker(
    (sdk, subject) => new sdk.DescribeFeatureGroupCommand({ FeatureGroupName: nameOf(subject) }),
  ),
  // No change, an unknown feature, an empty list: each is rejected, but only after authorization.
  'sagemaker:UpdateFeatureGroup': sagemaker(
    (sdk, subject) => new sdk.UpdateFeatureGroupCommand({ FeatureGroupName: nameOf(subject) }),
  ),
  'sagemaker:UpdateFeatureMetadata': sagemaker(
    (sdk, subject) => new sdk.UpdateFeatureMetadataCommand({ FeatureGroupName: nameOf(subject), FeatureName: NOBODY }),
  ),
  'sagemaker:CreateFeatureGroup': sagemaker(
    (sdk, { group }) =>
      new sdk.CreateFeatureGroupCommand({
        FeatureGroupName: group?.name ?? NOBODY,
        RecordIdentifierFeatureName: 'id',
        EventTimeFeatureName: 'time',
        FeatureDefinitions: [],
      }),
  ),
  'sagemaker:AddTags': sagemaker((sdk, { group }) => new sdk.AddTagsCommand({ ResourceArn: group?.arn, Tags: [] })),
  'sagemaker:DeleteTags': sagemaker(
    (sdk, { group }) => new sdk.DeleteTagsCommand({ ResourceArn: group?.arn, TagKeys: [] }),
  ),
  'sagemaker:GetRecord': runtime(
    (sdk, subject) =>
      new sdk.GetRecordCommand({ FeatureGroupName: nameOf(subject), RecordIdentifierValueAsString: NOBODY }),
  ),
  'sagemaker:BatchGetRecord': runtime(
    (sdk, subject) =>
      new sdk.BatchGetRecordCommand({
        Identifiers: [{ FeatureGroupName: nameOf(subject), RecordIdentifiersValueAsString: [NOBODY] }],
      }),
  ),
  'sagemaker:ListRecords': runtime(
    (sdk, subject) => new sdk.ListRecordsCommand({ FeatureGroupName: nameOf(subject), MaxResults: 1 }),
  ),
  'sagemaker:PutRecord': runtime(
    (sdk, subject) => new sdk.PutRecordCommand({ FeatureGroupName: nameOf(subject), Record: NO_RECORD }),
  ),
  'sagemaker:BatchWriteRecord': runtime(
    (sdk, subject) =>
      new sdk.BatchWriteRecordCommand({ Entries: [{ FeatureGroupName: nameOf(subject), Record: NO_RECORD }] }),
  ),
  'sagemaker:DeleteRecord': runtime(
    (sdk, subject) =>
      new sdk.DeleteRecordCommand({
        FeatureGroupName: nameOf(subject),
        RecordIdentifierValueAsString: NOBODY,
        EventTime: 'no event time',
      }),
  ),
  // A statement with a syntax error is rejected before a query is created.
  'athena:StartQueryExecution': athena(
    (sdk, { workGroup, resultPlace }) =>
      new sdk.StartQueryExecutionCommand({
        QueryString: 'SELECT',
        WorkGroup: workGroup,
        ResultConfiguration: resultPlace ? { OutputLocation: resultPlace } : undefined,
      }),
  ),
  'athena:GetQueryExecution': athena((sdk) => new sdk.GetQueryExecutionCommand({ QueryExecutionId: NO_QUERY })),
  'athena:GetQueryResults': athena((sdk) => new sdk.GetQueryResultsCommand({ QueryExecutionId: NO_QUERY })),
  'athena:StopQueryExecution': athena((sdk) => new sdk.StopQueryExecutionCommand({ QueryExecutionId: NO_QUERY })),
  'athena:GetWorkGroup': athena((sdk, { workGroup }) => new sdk.GetWorkGroupCommand({ WorkGroup: workGroup })),
  'glue:GetTable': glue((sdk, table) => new sdk.GetTableCommand(table)),
  'glue:GetDatabase': glue((sdk, { DatabaseName }) => new sdk.GetDatabaseCommand({ Name: DatabaseName })),
  'glue:GetPartitions': glue(
    (sdk, { DatabaseName, Name }) => new sdk.GetPartitionsCommand({ DatabaseName, TableName: Name, MaxResults: 1 }),
  ),
  'glue:UpdateTable': glue(
    (sdk, { DatabaseName }) => new sdk.UpdateTableCommand({ DatabaseName, TableInput: { Name: NO_TABLE } }),
  ),
  'glue:DeleteTable': glue((sdk, { DatabaseName }) => new sdk.DeleteTableCommand({ DatabaseName, Name: NO_TABLE })),
  's3:GetBucketLocation': s3((sdk, { Bucket }) => new sdk.GetBucketLocationCommand({ Bucket })),
  // A part of an upload that does not exist; a conditional deletion of an object that does not exist.
  's3:PutObject': s3(
    (sdk, place) => new sdk.UploadPartCommand({ ...place, UploadId: NOBODY, PartNumber: 1, Body: '' }),
  ),
  's3:DeleteObject': s3((sdk, place) => new sdk.DeleteObjectCommand({ ...place, IfMatch: '"none"' })),
  's3:ListBucket': s3((sdk, { Bucket }) => new sdk.ListObjectsV2Command({ Bucket, Prefix: NOBODY, MaxKeys: 1 })),
  's3:GetObject': s3((sdk, place) => new sdk.GetObjectCommand(place)),
  's3:GetBucketVersioning': s3((sdk, { Bucket }) => new sdk.GetBucketVersioningCommand({ Bucket })),
  's3:ListBucketVersions': s3(
    (sdk, { Bucket }) => new sdk.ListObjectVersionsCommand({ Bucket, Prefix: NOBODY, MaxKeys: 1 }),
  ),
  's3:AbortMultipartUpload': s3((sdk, place) => new sdk.AbortMultipartUploadCommand({ ...place, UploadId: NOBODY })),
};

/** Bucket of the group's offline store, or of Athena's results. */
function s3PlaceOf({ group, resultPlace }: Subject): { Bucket: string; Key: string } {
  const uri = group ? group.offline?.resolvedOutputS3Uri : resultPlace;
  const [, Bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(uri ?? '') ?? [];
  if (Bucket === undefined) throw new NotAsked();
  return { Bucket, Key: [prefix, NOBODY].filter(Boolean).join('/') };
}

export interface Asking {
  clients: Clients;
  subject: Subject;
  signal: AbortSignal;
}

/**
 * Tests one action. An access error means no; any other answer of the service means yes, since it authorizes first.
 * @throws where there was no answer: no network, no credentials
 */
export async function ask(need: Need, { clients, subject, signal }: Asking): Promise<Answer> {
  const call = CALLS[need.action];
  if (!call) return { need, verdict: 'unknown', said: 'cannot be tested without changing something' };
  try {
    const denied = deniedWithin(await call(clients, subject, signal));
    return denied === undefined ? { need, verdict: 'allowed' } : refusal(need, denied);
  } catch (error) {
    if (error instanceof NotAsked) return { need, verdict: 'unknown', said: 'its bucket is not known' };
    if (statusOf(error) === 0) throw error;
    const { message } = error as Error;
    if (isAccessDenied(error)) return refusal(need, message);
    return isUnknownOperation(error)
      ? { need, verdict: 'unknown', said: 'this endpoint does not have it' }
      : { need, verdict: 'allowed', said: message };
  }
}

/** BatchWriteRecord also needs PutRecord, so the refusal may name another action, which is tested on its own. */
function refusal(need: Need, said: string): Answer {
  const named = deniedAction(said) ?? need.action;
  if (named.toLowerCase() === need.action.toLowerCase()) return { need, verdict: 'denied', said };
  return { need, verdict: 'unknown', said: `${named} is denied, and is checked first` };
}

/** Batch calls may report a denial per entry. */
function deniedWithin(answer: unknown): string | undefined {
  const { Errors = [] } = answer as { Errors?: { ErrorCode?: string; ErrorMessage?: string }[] };
  return Errors.find(({ ErrorCode }) => isDenialCode(ErrorCode))?.ErrorMessage;
}
