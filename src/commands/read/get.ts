/** `get`: reads one record from the online store. */
import type { GetRecordCommandInput } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { isAccessDenied, isNotFound, NotFoundError, UsageError } from '../../errors.js';
import { checkName } from '../../feature-store/groups/asked.js';
import { refuseWithout } from '../../feature-store/online/answered-records.js';
import { checkIdentifier } from '../../feature-store/records/column-readers.js';
import { fromRecord, outputColumns, typedRecord } from '../../feature-store/records/record-rows.js';
import { acting, featureNamesOption, outputOption } from '../options/options.js';
import { wrapped } from '../options/wrapped.js';

interface Input extends GlobalOptions {
  group: string;
  id: string;
  featureNames?: string[];
  outputFormat?: 'json' | 'table' | 'aws';
  typed?: boolean;
  expiresAt?: boolean;
}

const EXAMPLES = `
Examples:
  sagemaker-fs get customers 42
  sagemaker-fs get customers 42 --feature-names age,city -o table
  sagemaker-fs get customers 42 --expires-at`;

export function addGet(program: Command, open: OpenContext): void {
  program
    .command('get')
    .description('Read one record from the online store. Exits 3, with nothing on stdout, when there is none.')
    .argument('<group>', 'name or ARN of the feature group')
    .argument('<record-id>', "value of the group's record identifier")
    .addOption(featureNamesOption())
    .addOption(outputOption('json', 'table', 'aws').default('json'))
    .option('--typed', 'print Integral and Fractional values as JSON numbers where that loses nothing')
    .option('--expires-at', 'print {"Record": …, "ExpiresAt": …}')
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, get, 'group', 'id'));
}

async function get(input: Input, context: Context): Promise<void> {
  const { aws, output, signal } = context;
  checkName(input.group);
  if (input.id === '') throw new UsageError('The record identifier is empty: nothing was read.');
  const group = await describedFirst(input, context);
  if (group) checkIdentifier(group, input.id);
  // The service ignores unknown feature names.
  if (group && input.featureNames) outputColumns(group, input.featureNames);
  const asked: GetRecordCommandInput = {
    FeatureGroupName: input.group,
    RecordIdentifierValueAsString: input.id,
    FeatureNames: input.featureNames,
    ExpirationTimeResponse: input.expiresAt ? 'Enabled' : undefined,
  };
  const answer = await aws.call('GetRecord', asked, { abortSignal: signal }).catch(async (error: unknown) => {
    throw isNotFound(error) ? await noGroup(input.group, context) : await refused(error as Error, input, context);
  });
  if (!answer.Record) throw new NotFoundError(`There is no record ${input.id} in the online store of ${input.group}.`);
  if (!input.featureNames) refuseWithout(answer.Record, input.id);
  // As the AWS CLI prints it.
  if (input.outputFormat === 'aws')
    return output.value({ Record: answer.Record, ExpiresAt: answer.ExpiresAt }, { format: 'json' });
  const row = input.typed ? typedRecord(answer.Record, group!) : fromRecord(answer.Record);
  if (input.outputFormat === 'table') {
    const cells = Object.entries(row).map(([name, value]) => ({
      name,
      value: typeof value === 'string' ? value : JSON.stringify(value),
    }));
    if (input.expiresAt) cells.push({ name: '(expires at)', value: answer.ExpiresAt ?? 'never' });
    const columns = [
      { name: 'Feature', value: (cell: (typeof cells)[number]) => cell.name },
      { name: 'Value', value: (cell: (typeof cells)[number]) => cell.value },
    ];
    return output.value(cells, { format: 'table', columns });
  }
  const value = input.expiresAt ? { Record: row, ExpiresAt: answer.ExpiresAt ?? null } : row;
  return output.value(value, { format: 'json' });
}

async function noGroup(group: string, { aws, signal }: Context): Promise<Error> {
  return (await import('../../feature-store/groups/no-such-group.js')).noSuchGroup(aws, group, signal);
}

/** Explains a refusal for lack of an online store; if the group cannot be described, the service's own words remain. */
async function refused(error: Error, input: Input, context: Context) {
  if (error.name !== 'ValidationError') return error;
  const group = await describe(input.group, context).catch(() => undefined);
  if (!group || group.online) return error;
  return (await import('../options/offline-only.js')).offlineOnly(group, input.group, input);
}

/** For a name, one call is enough unless an option needs more; with an ARN, the answer could come from another account. */
async function describedFirst({ group, featureNames, typed }: Input, context: Context) {
  const isNeeded = typed === true || group.startsWith('arn:');
  if (!isNeeded && !featureNames) return undefined;
  return describe(group, context).catch((error: unknown) => {
    if (isNeeded || !isAccessDenied(error)) throw error;
    return undefined;
  });
}

async function describe(group: string, { aws, signal }: Context) {
  const { describeFeatureGroup } = await import('../../feature-store/groups/describe.js');
  return describeFeatureGroup(aws, group, signal);
}
