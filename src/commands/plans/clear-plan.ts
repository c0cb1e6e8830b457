/** The plans of `clear` and `delete` as text for people, and that of a clear as JSON for scripts. Pure. */
import { byteSize, counted, duration } from '../../utils/quantities.js';
import type { DeletionPlan } from '../../feature-store/clear/delete-group.js';
import type { ClearPlan, OnlinePlan } from '../../feature-store/clear/plan.js';
import type { OfflinePlan } from '../../feature-store/clear/plan-offline.js';
import { uriOf } from '../../s3/address.js';
import { OFFLINE_LAG_MINUTES } from '../../feature-store/offline/offline-store.js';
import { aligned } from './aligned.js';
import { placeOfArn } from '../../feature-store/groups/arn.js';
import type { ClearOptions } from '../../feature-store/clear/options.js';

/** Assumed duration of a DeleteRecord call, for the estimate in the plan. */
const ASSUMED_CALL_MS = 20;

type Asked = Pick<ClearOptions, 'allVersions' | 'vacuum' | 'settle' | 'maxWorkers'> & {
  /** Columns of the terminal. */
  width?: number;
};

/** The plan as aligned lines. */
export function renderClearPlan(plan: ClearPlan, asked: Asked): string[] {
  const { where, group, online, offline, backup, notes } = plan;
  return aligned(
    [
      ['clear', `${group.name}, ${storeType(plan)}; the group itself stays`],
      ['in', where],
      ['backup', backup && `${uriOf(backup)}, compared before anything is deleted`],
      ['', backup && 'stop the writers first: a clear ends only once nothing new arrives'],
      ['online', online && onlineWords(online, asked)],
      ['offline', offline && offlineWords(offline, asked)],
      ['under', offline && uriOf(offline.place)],
      [
        'table',
        offline?.format === 'Iceberg' ? `${group.offline!.table!.database}.${group.offline!.table!.name}` : undefined,
      ],
      ['versions', offline && versionWords(offline, asked)],
      ['lag', offline && lagWords(asked)],
      ...notes.map((note, index): [string, string] => [index === 0 ? 'note' : '', note]),
    ],
    asked.width,
  );
}

/** The plan of a deletion as aligned lines. */
export function renderDeletionPlan(
  { where, group, offline, table, notes }: DeletionPlan,
  asked: Pick<Asked, 'allVersions' | 'width'>,
): string[] {
  const kept = offline ? undefined : group.offline;
  const keptTable = kept?.table ? `, and the table ${kept.table.database}.${kept.table.name}` : '';
  // Here, the objects of an Iceberg table are deleted too.
  const objects = offline && ({ ...offline, format: 'Glue' } as const);
  return aligned(
    [
      ['delete', `feature group ${group.name}`],
      ['in', where],
      ['online', group.online && 'all records go with the group'],
      ['offline', objects && offlineWords(objects, {})],
      ['under', offline && uriOf(offline.root)],
      ['versions', objects && versionWords(objects, asked)],
      ['table', table && `${table.database}.${table.name}, deleted`],
      ['stays', kept && `${kept.resolvedOutputS3Uri}${keptTable}: --delete-data removes both`],
      ...notes.map((note): [string, string] => ['note', note]),
    ],
    asked.width,
  );
}

function storeType({ online, offline }: ClearPlan): string {
  if (online && offline) return 'online and offline store';
  return online ? 'online store' : 'offline store';
}

function onlineWords({ source, records }: OnlinePlan, { maxWorkers }: Asked): string {
  const from = { ListRecords: 'listed by ListRecords', 'ids-file': `named in ${source.file}`, Athena: 'by Athena' }[
    source.kind
  ];
  if (records === undefined) return `the records that the offline store knows of, ${from}`;
  if (records === 0) return `no record ${from}`;
  const soft = source.kind === 'ListRecords' ? ', soft-deleted ones included,' : '';
  const takes = takesWords((records * ASSUMED_CALL_MS) / 1000, maxWorkers);
  return `${counted(records, 'record')}${soft} ${from}${takes}`;
}

/** As many calls in flight as one machine can handle. */
const MANY_WORKERS = 64;
/** Above this, the plan suggests more workers. */
const LONG_SECONDS = 30;

function takesWords(callSeconds: number, maxWorkers: number): string {
  const seconds = callSeconds / maxWorkers;
  if (seconds < 1) return '';
  const takes = `; ≈ ${duration(seconds)} with ${counted(maxWorkers, 'call')} in flight`;
  if (seconds < LONG_SECONDS || maxWorkers >= MANY_WORKERS) return takes;
  return `${takes}, ≈ ${duration(callSeconds / MANY_WORKERS)} with --max-workers ${MANY_WORKERS}`;
}

function offlineWords({ format, objects, bytes }: OfflinePlan, { vacuum }: Pick<Asked, 'vacuum'>): string {
  if (format === 'Glue' && objects === 0) return 'no objects';
  const found = objects === undefined ? undefined : `${counted(objects, 'object')}, ${byteSize(bytes ?? 0)}`;
  if (format === 'Glue') return `${found}, deleted`;
  const when = vacuum ? 'vacuumed afterwards' : 'which keeps the bytes until snapshots expire';
  return `all rows, by DELETE FROM, ${when}${found ? ` (${found})` : ''}`;
}

function versionWords(
  { format, versioning, old }: OfflinePlan,
  { allVersions }: Pick<Asked, 'allVersions'>,
): string | undefined {
  if (versioning === undefined || versioning === 'never') return undefined;
  const stay = old
    ? `${counted(old.versions, 'old version')} (${byteSize(old.bytes)}) and ${counted(old.markers, 'delete marker')}`
    : 'old versions, which cannot be listed (IAM action s3:ListBucketVersions)';
  if (allVersions) return `${stay} are deleted too: nothing can be brought back`;
  const more = format === 'Glue' ? '; --all-versions removes them' : '';
  return `the bucket is versioned: ${stay} stay, and what is deleted now becomes old versions, which stay and cost as before${more}`;
}

function lagWords({ settle }: Asked): string {
  const lag = `records of the last ${OFFLINE_LAG_MINUTES} minutes can still land offline`;
  return settle ? `${lag}: swept again after ${duration(settle)}` : `${lag}: clear --settle waits for them`;
}

/** The plan as a plain object. */
export function planAsJson(
  { where, group, online, offline, backup, warnings, notes }: ClearPlan,
  asked: Asked,
): object {
  return {
    command: 'clear',
    ...{ where, group: group.name, arn: group.arn, ...placeOfArn(group.arn) },
    online: online && { ...online, source: online.source.kind, unlisted: online.source.unlisted },
    offline: offline && {
      format: offline.format,
      prefix: uriOf(offline.place),
      table: group.offline?.table && `${group.offline.table.database}.${group.offline.table.name}`,
      ...{ objects: offline.objects, bytes: offline.bytes, versioning: offline.versioning, oldVersions: offline.old },
      allVersions: asked.allVersions ?? false,
      vacuum: asked.vacuum ?? false,
      settleSeconds: asked.settle ?? 0,
      lagMinutes: OFFLINE_LAG_MINUTES,
    },
    backup: backup && uriOf(backup),
    notes: [...warnings, ...notes],
  };
}
