/** `list`: every feature group, online or offline or both, with its description. */
import type { FeatureGroupSummary, ListFeatureGroupsCommandInput, OnlineStoreConfig } from '@aws-sdk/client-sagemaker';
import { Option, type Command } from 'commander';
import type { Clients, GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { describeError } from '../../describe-error.js';
import { PartialFailure } from '../../errors.js';
import {
  describeFeatureGroup,
  plannedGroup,
  STORE_TYPES,
  type FeatureGroup,
} from '../../feature-store/groups/describe.js';
import { describeEach, listedFeatureGroups } from '../../feature-store/groups/list.js';
import { lifeSeconds, lifeWords } from '../../feature-store/records/expiry.js';
import type { Format } from '../../utils/formatter.js';
import { byteSize, count, counted } from '../../utils/quantities.js';
import type { Style } from '../../utils/terminal/paint.js';
import { acting, outputOption, retryForOption } from '../options/options.js';
import type { Column } from '../../utils/terminal/table.js';
import { wrapped } from '../options/wrapped.js';

interface Input extends GlobalOptions {
  nameContains?: string;
  status?: string;
  storeType?: StoreType;
  sortBy?: 'Name' | 'CreationTime';
  descending?: boolean;
  outputFormat?: Format;
}

type StoreType = keyof typeof STORE_TYPES;

const EXAMPLES = `
Examples:
  sagemaker-fs list
  sagemaker-fs list --name-contains customer --sort-by CreationTime --descending
  sagemaker-fs list --store-type offline -o json | jq -r '.[].FeatureGroupName'`;

export function addList(program: Command, open: OpenContext): void {
  program
    .command('list')
    .description('List every feature group with its stores, table and settings.')
    .option('--name-contains <text>', 'only groups whose name contains this')
    .addOption(
      new Option('--status <status>', 'only groups of this status').choices([
        'Creating',
        'Created',
        'CreateFailed',
        'Deleting',
        'DeleteFailed',
      ]),
    )
    .addOption(new Option('--store-type <type>', 'only groups with these stores').choices(Object.keys(STORE_TYPES)))
    .addOption(new Option('--sort-by <key>', 'order of the rows').choices(['Name', 'CreationTime']).default('Name'))
    .option('--descending', 'last first')
    .addOption(outputOption('table', 'json', 'jsonl', 'csv').default('table'))
    .addOption(retryForOption())
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, list));
}

async function list(input: Input, context: Context): Promise<void> {
  const { aws, output, signal } = context;
  const listed = listedFeatureGroups(aws, queryOf(input), signal);
  const rows = await describeEach(listed, (summary) => describedRow(aws, summary, signal));
  const shown = input.storeType ? rows.filter((row) => row.StoreType === STORE_TYPES[input.storeType!]) : rows;
  const format = input.outputFormat ?? 'table';
  if (shown.length === 0 && format === 'table') output.note('No feature groups.');
  await output.value(shown, { format, columns: format === 'table' ? TABLE_COLUMNS : CSV_COLUMNS });
  if (format === 'table' && output.stdout.isTerminal && shown.length > 0) output.note(footer(shown));
  const failed = rows.filter((row) => row.Error);
  for (const line of failureLines(failed).slice(0, 10)) output.warn(line);
  if (failed.length > 0)
    throw new PartialFailure(`${failed.length} of ${counted(rows.length, 'feature group')} could not be described.`);
}

/** `3 feature groups: 2 Online+Offline, 1 Offline Only; online 1.2 MiB` */
function footer(rows: ListRow[]): string {
  const parts = Object.values(STORE_TYPES).flatMap((type) => {
    const number = rows.filter((row) => row.StoreType === type).length;
    return number > 0 ? [`${count(number)} ${type}`] : [];
  });
  const bytes = rows.reduce((sum, row) => sum + (Number(row.OnlineStoreTotalSizeBytes) || 0), 0);
  const size = bytes > 0 ? `; ${byteSize(bytes)} online` : '';
  // None where no group could be described.
  const kinds = parts.length > 0 ? `: ${parts.join(', ')}` : '';
  return `${counted(rows.length, 'feature group')}${kinds}${size}`;
}

/** One line per reason, naming the first group: a denied action is usually denied for all. */
function failureLines(failed: ListRow[]): string[] {
  const names = new Map<string, string[]>();
  for (const { FeatureGroupName: name, Error: why = '' } of failed) {
    const kind = why.replaceAll(name, '').replace(/[0-9a-f-]{36}/g, '');
    names.set(kind, [...(names.get(kind) ?? []), name]);
  }
  return [...names.values()].map(([first = '', ...more]) => {
    const others = more.length > 0 ? ` and ${counted(more.length, 'more group')}` : '';
    return `${first}${others} could not be described: ${failed.find((row) => row.FeatureGroupName === first)?.Error}`;
  });
}

function queryOf(input: Input): ListFeatureGroupsCommandInput {
  return {
    NameContains: input.nameContains,
    FeatureGroupStatusEquals: input.status as ListFeatureGroupsCommandInput['FeatureGroupStatusEquals'],
    SortBy: input.sortBy,
    SortOrder: input.descending ? 'Descending' : 'Ascending',
  };
}

/** What JSON, JSON lines and CSV have of each group, in the order of the columns. */
const FIELDS = [
  'FeatureGroupName',
  'Status',
  'StoreType',
  'StorageType',
  'TTL',
  'EventTimeFeature',
  'RecordIdFeature',
  'TableFormat',
  'AthenaTable',
  'CreationTime',
  'OnlineStoreTotalSizeBytes',
  'FeatureGroupArn',
  'ResolvedOutputS3Uri',
  'OfflineStoreStatus',
  'OnlineStoreConfig',
  'OfflineStoreConfig',
  'Error',
] as const;

/** Every row has every field but `Error`; null where it does not apply. */
type ListRow = { FeatureGroupName: string; Error?: string } & Partial<Record<(typeof FIELDS)[number], unknown>>;

async function describedRow(aws: Clients, summary: FeatureGroupSummary, signal: AbortSignal): Promise<ListRow> {
  const { FeatureGroupName = '', FeatureGroupArn, FeatureGroupStatus: Status, CreationTime } = summary;
  try {
    return toRow(await describeFeatureGroup(aws, FeatureGroupName, signal));
  } catch (error) {
    if (signal.aborted) throw error;
    const unknown = Object.fromEntries(FIELDS.map((field) => [field, null]));
    const known = { FeatureGroupName, FeatureGroupArn, Status, CreationTime: isoSeconds(CreationTime) };
    return { ...unknown, ...known, Error: describeError(error).message };
  }
}

function toRow(group: FeatureGroup): ListRow {
  const { described, online, offline } = group;
  const { storeType, table } = plannedGroup(group);
  return {
    FeatureGroupName: group.name,
    FeatureGroupArn: group.arn,
    Status: group.status,
    StoreType: online || offline ? storeType : null,
    StorageType: online?.storageType ?? null,
    TTL: (online?.ttl && lifeSeconds(online.ttl)) ?? null,
    EventTimeFeature: group.eventTime,
    RecordIdFeature: group.recordIdentifier,
    TableFormat: offline?.tableFormat ?? null,
    AthenaTable: table ?? null,
    CreationTime: isoSeconds(group.creationTime) ?? null,
    ResolvedOutputS3Uri: offline?.resolvedOutputS3Uri ?? null,
    OfflineStoreStatus: described.OfflineStoreStatus ?? null,
    OnlineStoreTotalSizeBytes: described.OnlineStoreTotalSizeBytes ?? null,
    OnlineStoreConfig: described.OnlineStoreConfig ?? null,
    OfflineStoreConfig: described.OfflineStoreConfig ?? null,
  };
}

function isoSeconds(time: Date | undefined): string | undefined {
  return time?.toISOString().replace(/\.\d+Z$/, 'Z');
}

const field = (name: (typeof FIELDS)[number], more: Partial<Column<ListRow>> = {}): Column<ListRow> => ({
  name,
  value: (row) => cellOf(row[name]),
  ...more,
});

/** Objects are JSON text. */
const cellOf = (value: unknown) => (isObject(value) ? JSON.stringify(value) : (value as string | number | null));
const isObject = (value: unknown) => typeof value === 'object' && value !== null;

const CSV_COLUMNS = FIELDS.map((name) => field(name));

/** For people: sizes and times to live in words, coloured states. */
const TABLE_COLUMNS: Column<ListRow>[] = [
  field('FeatureGroupName', { isName: true }),
  field('Status', {
    shown: ({ Status, Error }) => (Error ? `${String(Status)} (error)` : (Status as string)),
    style: ({ Status, Error }) => styleOf(Error ? 'Failed' : (Status as string)),
    importance: 2,
  }),
  field('StoreType', { importance: 1 }),
  field('StorageType', { importance: 6 }),
  field('TTL', { shown: ({ OnlineStoreConfig }) => lifeOf(OnlineStoreConfig), importance: 7 }),
  field('OnlineStoreTotalSizeBytes', { name: 'OnlineSize', shown: sizeOf, importance: 7 }),
  field('EventTimeFeature', { importance: 5 }),
  field('RecordIdFeature', { importance: 4 }),
  field('TableFormat', { importance: 8 }),
  field('AthenaTable', { importance: 9 }),
  field('CreationTime', { importance: 3 }),
];

/** `90 days` */
function lifeOf(config: unknown): string | null {
  const { Unit: unit, Value: value } = (config as OnlineStoreConfig | null)?.TtlDuration ?? {};
  return unit && value ? lifeWords({ unit, value }) : null;
}

function sizeOf({ OnlineStoreTotalSizeBytes: bytes }: ListRow): string | null {
  return typeof bytes === 'number' ? byteSize(bytes) : null;
}

function styleOf(status = ''): Style {
  if (status === 'Created') return 'green';
  return status.endsWith('Failed') ? 'red' : 'yellow';
}
