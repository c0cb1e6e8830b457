/** Chooses the location of Athena results: as requested, of the workgroup, or one found by convention. */
import type { Clients } from '../../config.js';
import { isAccessDenied, statusOf, UsageError } from '../../errors.js';
import { parseS3 } from '../../s3/address.js';
import { placeOfArn } from '../groups/arn.js';
import type { FeatureGroup } from '../groups/describe.js';

const DEFAULT_WORKGROUP = 'primary';
/** Folder in the bucket of the offline store. */
const OWN_FOLDER = 'sagemaker-fs/athena/';

export interface OutputChoice {
  /** `--workgroup`; Athena's `primary` by default. */
  workgroup?: string;
  /** `--athena-output`: s3:// address for the result files. */
  athenaOutput?: string;
  note: (line: string) => void;
}

export interface OutputPlace {
  workgroup: string;
  /** For StartQueryExecution; undefined leaves it to the workgroup. */
  location?: string;
  /** Where the results will be, for messages. */
  words: string;
  /** Set where the workgroup cannot be inspected: the location to pass if Athena reports that there is none. */
  otherwise?: string;
}

const known = new WeakMap<Clients, Map<string, Promise<OutputPlace>>>();

/**
 * Determined once per run: `--athena-output`; else the location of the workgroup (always, if enforced; none if Athena
 * manages the results); else the bucket that AWS tools create for results by convention; else the bucket of the offline
 * store.
 * @throws UsageError where there is no such workgroup, or a group without an offline store has no location
 */
export function outputPlace(aws: Clients, group: FeatureGroup, choice: OutputChoice): Promise<OutputPlace> {
  const places = known.get(aws) ?? new Map<string, Promise<OutputPlace>>();
  known.set(aws, places);
  const key = JSON.stringify([choice.workgroup, choice.athenaOutput, group.arn]);
  const place = places.get(key) ?? choosePlace(aws, group, choice);
  places.set(key, place);
  return place;
}

async function choosePlace(
  aws: Clients,
  group: FeatureGroup,
  { workgroup = DEFAULT_WORKGROUP, athenaOutput, note }: OutputChoice,
): Promise<OutputPlace> {
  const configuration = await workgroupConfiguration(aws, workgroup);
  const own = configuration?.ResultConfiguration?.OutputLocation;
  const keeps = configuration?.ManagedQueryResultsConfiguration?.Enabled === true;
  const enforced = configuration?.EnforceWorkGroupConfiguration === true && own !== undefined;
  if (athenaOutput !== undefined && (keeps || enforced)) {
    note(
      `Workgroup ${workgroup} ${keeps ? 'keeps its results itself' : `puts every result under ${own}`}: --athena-output is not used.`,
    );
  }
  if (keeps) return { workgroup, words: `kept by workgroup ${workgroup} itself` };
  if (enforced) return { workgroup, words: own };
  if (athenaOutput !== undefined) return { workgroup, location: athenaOutput, words: athenaOutput };
  if (own !== undefined) return { workgroup, words: own };
  const found = (await conventional(aws, group)) ?? besideOfflineStore(group, workgroup);
  // It may have a location that we are not allowed to see.
  if (!configuration)
    return { workgroup, words: `the place of workgroup ${workgroup}, else ${found}`, otherwise: found };
  return { workgroup, location: found, words: found };
}

/** The account's own bucket that the AWS SDK for pandas creates and AmazonAthenaFullAccess allows, if there is one. */
async function conventional(aws: Clients, { arn }: FeatureGroup): Promise<string | undefined> {
  const { region, account } = placeOfArn(arn);
  const Bucket = `aws-athena-query-results-${account}-${region}`;
  const [s3, { HeadBucketCommand }] = await Promise.all([aws.s3(), import('../../sdk/s3.js')]);
  try {
    await s3.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: account }));
    return `s3://${Bucket}/`;
  } catch (error) {
    // Missing, in another account or region, or not visible.
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

/** Undefined where IAM denies it, which does no harm: Athena reports on start what is missing. */
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
