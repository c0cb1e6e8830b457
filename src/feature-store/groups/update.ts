/** UpdateFeatureGroup, one change per call; the service takes no second update until the first is done. */
import type { UpdateFeatureGroupCommandInput } from '@aws-sdk/client-sagemaker';
import type { Context } from '../../context.js';
import { CommandError, type AwsError } from '../../errors.js';
import { reasonOf, waitWhile } from './wait.js';
import type { FeatureGroup } from './describe.js';

export type GroupChange = Omit<UpdateFeatureGroupCommandInput, 'FeatureGroupName'>;

/** @throws CommandError where the group is not created yet, or another update is under way */
export function checkUpdatable({ name, status, described }: FeatureGroup, what: string): void {
  if (status !== 'Created') throw new CommandError(`Feature group ${name} is ${status}: ${what} once it is Created.`);
  if (described.LastUpdateStatus?.Status === 'InProgress')
    throw new CommandError(`Feature group ${name} is being updated: ${what} once that is over.`);
}

export interface Update {
  changes: GroupChange[];
  wait: boolean;
  seconds: number;
  /**
   * Whether a group has the change. Where an attempt was repeated because its answer was lost, the service may refuse what the
   * first one did already: that is a success.
   */
  isDone?(group: FeatureGroup, change: GroupChange): boolean;
}

/**
 * Sends the changes in order, waiting for each; for the last one unless `wait` is false.
 * @throws CommandError with the FailureReason of the service, with exit 5 where an update takes longer than `seconds`
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureGroup.html
 */
export async function updateFeatureGroup(
  context: Context,
  nameOrArn: string,
  { changes, wait, seconds, isDone }: Update,
): Promise<void> {
  const { aws, signal } = context;
  const [client, { UpdateFeatureGroupCommand }] = await Promise.all([
    aws.sagemaker(),
    import('../../sdk/sagemaker.js'),
  ]);
  for (const [index, change] of changes.entries()) {
    const command = new UpdateFeatureGroupCommand({ FeatureGroupName: nameOrArn, ...change });
    await client.send(command, { abortSignal: signal }).catch(async (error: AwsError) => {
      if (!isDone || !mayHaveArrived(error)) throw error;
      if (!isDone(await waitUntilUpdated(context, nameOrArn, seconds), change)) throw error;
    });
    if (wait || index < changes.length - 1) await waitUntilUpdated(context, nameOrArn, seconds);
  }
}

/** Whether an earlier attempt may have succeeded, whose answer was lost. */
const mayHaveArrived = ({ $metadata }: AwsError) => ($metadata?.attempts ?? 1) > 1;

/** `LastUpdateStatus` has the state of the update; the group itself stays `Created`. */
async function waitUntilUpdated(context: Context, name: string, seconds: number): Promise<FeatureGroup> {
  return waitWhile(context, { name, seconds }, ({ described }) => {
    const { Status, FailureReason } = described.LastUpdateStatus ?? {};
    if (Status === 'Failed') throw new CommandError(`The update of ${name} failed: ${reasonOf(FailureReason)}`);
    return Status === 'InProgress' ? 'updating' : undefined;
  });
}
