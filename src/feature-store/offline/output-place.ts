/** Where Athena's results go: what was asked for, the workgroup's own place, or one that is found without being asked. */
import type { Clients } from '../../config.js';
import { isAccessDenied, statusOf, UsageError } from '../../errors.js';
import { parseS3 } from '../../s3/address.js';
import type { FeatureGroup } from '../groups/describe.js';

const DEFAULT_WORKGROUP = 'primary';
/** Below the bucket of the group's offline store. */
const OWN_FOLDER = 'sagemaker-fs/athena/';

export interface OutputChoice {
  /** `--workgroup`; Athena's `primary` by default. */
  workgroup?: string;
  /** `--athena-output`: s3:// address for the result files. */
  output?: string;
  note: (line: string) => void;
}

export interface OutputPlace {
  workgroup: string;
  /** What StartQueryExecution is given; undefined leaves it to the workgroup. */
  location?: string;
  /** Where the results will be, for people. */
  words: string;
  /** Set where the workgroup may not be looked at: the place to name if Athena says that there is none. */
  otherwise?: string;
}

const known = new WeakMap<Clients, Map<string, Promise<OutputPlace>>>();

/**
 * Looked for once a run: `--athena-output`, then the workgroup's own (an enforced one always; one that keeps its results
 * itself gets none), then the bucket that AWS's tools have made for results by convention, then the bucket of the group's
 * offline store.
 * @throws UsageError where there is no such workgroup, or a group without an offline store has no place
 */
export function outputPlace(aws: Clients, group: FeatureGroup, choice: OutputChoice): Promise<OutputPlace> {
  const places = known.get(aws) ?? new Map<string, Promise<OutputPlace>>();
  known.set(aws, places);
  const key = JSON.stringify([choice.workgroup, choice.output, group.arn]);
  const place = places.get(key) ?? choosePlace(aws, group, choice);
  places.set(key, place);
  return place;
}

async function choosePlace(
  aws: Clients,
  group: FeatureGroup,
  { workgroup = DEFAULT_WORKGROUP, output, note }: OutputChoice,
): Promise<OutputPlace> {
  const configuration = await workgroupConfiguration(aws, workgroup);
  const own = configuration?.ResultConfiguration?.OutputLocation;
  const keeps = configuration?.ManagedQueryResultsConfiguration?.Enabled === true;
  const enforced = configuration?.EnforceWorkGroupConfiguration === true && own !== undefined;
  if (output !== undefined && (keeps || enforced)) {
    note(
      `Workgroup ${workgroup} ${keeps ? 'keeps its results itself' : `puts every result under ${own}`}: --athena-output is not used.`,
    );
  }
  if (keeps) return { workgroup, words: `kept by workgroup ${workgroup} itself` };
  if (enforced) return { workgroup, words: own };
  if (output !== undefined) return { workgroup, location: output, words: output };
  if (own !== undefined) return { workgroup, words: own };
  const found = (await conventional(aws, group)) ?? besideOfflineStore(group, workgroup);
  // It may have a place that we are not allowed to see.
  if (!configuration)
    return { workgroup, words: `the place of workgroup ${workgroup}, else ${found}`, otherwise: found };
  return { workgroup, location: found, words: found };
}

/**
 * `s3://aws-athena-query-results-ACCOUNT-REGION/`, as the AWS SDK for pandas makes it and AmazonAthenaFullAccess allows it,
 * where it is there and that account's own.
 */
async function conventional(aws: Clients, { arn }: FeatureGroup): Promise<string | undefined> {
  const [, , , region, account] = arn.split(':');
  const Bucket = `aws-athena-query-results-${account}-${region}`;
  const [s3, { HeadBucketCommand }] = await Promise.all([aws.s3(), import('../../sdk/s3.js')]);
  try {
    await s3.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: account }));
    return `s3://${Bucket}/`;
  } catch (error) {
    // Not there, another account's, in another region, or not allowed to be seen.
    if ([301, 400, 403, 404].includes(statusOf(error))) return undefined;
    throw error;
  }
}

function besideOfflineStore({ offline }: FeatureGroup, workgroup: string): string {
  if (offline?.s3Uri) return `s3://${parseS3(offline.s3Uri).Bucket}/${OWN_FOLDER}`;
  throw new UsageError(
    `Athena's workgroup ${workgroup} names no place for results: pass --athena-output s3://BUCKET/PREFIX/, or a --workgroup that has one.`,
  );
}

/** Undefined where IAM does not let us look, which is no obstacle: Athena says at the start what is missing. */
async function workgroupConfiguration(aws: Clients, workgroup: string) {
  const [athena, { GetWorkGroupCommand }] = await Promise.all([aws.athena(), import('../../sdk/athena.js')]);
  try {
    const { WorkGroup } = await athena.send(new GetWorkGroupCommand({ WorkGroup: workgroup }));
    return WorkGroup?.Configuration ?? {};
  } catch (error) {
    if (isAccessDenied(error)) return undefined;
    throw isUnknownWorkgroup(error) ? noWorkgroup(workgroup) : error;
  }
}

export const isUnknownWorkgroup = (error: unknown): boolean => /WorkGroup .*not found/i.test((error as Error).message);

export const noWorkgroup = (workgroup: string): UsageError =>
  new UsageError(`There is no Athena workgroup ${workgroup}: check --workgroup.`);
