/** What to export: the group, its store and the rows, as far as the description tells. Pure. */
import { UsageError } from '../../errors.js';
import type { FeatureGroup } from '../groups/describe.js';
import type { SourceChoice, SourceStore } from '../offline/record-source.js';
import { SYSTEM_COLUMNS, type RowChoice } from '../offline/sql.js';
import type { OutputColumn } from '../../files/output-rows.js';
import { outputColumns } from '../records/record-rows.js';

export interface ExportOptions extends Pick<RowChoice, 'asOf' | 'since' | 'until' | 'limit' | 'systemColumns'> {
  /** Read the online store even if there is an offline one. */
  online?: boolean;
  where?: string;
  /** Besides identifier and event time; by default all features. */
  columns?: string[];
  history?: boolean;
  includeDeleted?: boolean;
}

export interface Export extends SourceChoice {
  columns: OutputColumn[];
  /** Whether a column marks deletions. */
  tellsDeletions: boolean;
}

/** The name of the service for this column; no feature can have it. */
export const IS_DELETED = 'is_deleted';

/**
 * Checks an export.
 * @throws UsageError for a group that is not ready, a missing store, an unknown feature, or conflicting options
 */
export function checkExport(group: FeatureGroup, options: ExportOptions): Export {
  if (group.status !== 'Created') throw new UsageError(`Feature group ${group.name} is ${group.status}, not Created.`);
  const readFrom = options.online || !group.offline ? 'online' : 'offline';
  checkStore(group, readFrom);
  if (readFrom === 'online') checkOnline(group, options);
  const { where, history = false, includeDeleted = false, systemColumns, asOf, since, until, limit } = options;
  if (where !== undefined && includeDeleted && !history)
    throw new UsageError('--where chooses among live records, so --include-deleted adds nothing to it: leave one out.');
  const features = outputColumns(group, options.columns);
  const named = new Set(features.map(({ name }) => name));
  const tellsDeletions = includeDeleted || systemColumns === true;
  const added = [...(tellsDeletions ? [IS_DELETED] : []), ...(systemColumns ? SYSTEM_COLUMNS : [])];
  return {
    group,
    readFrom,
    choice: {
      features: group.features.filter(({ name }) => named.has(name)),
      ...{ filter: where, filterOption: '--where' },
      ...{ asOf, since, until, history, limit, systemColumns, ordered: true, deletions: includeDeleted },
    },
    columns: [...features, ...added.map((name) => ({ name, kind: 'text' as const }))],
    tellsDeletions,
  };
}

function checkStore({ name, online, offline }: FeatureGroup, readFrom: SourceStore): void {
  if (readFrom === 'online' && !online) throw new UsageError(`Feature group ${name} has no online store to read.`);
  if (readFrom === 'offline' && !offline?.table) {
    const instead = online ? '; --online reads its online store' : '';
    throw new UsageError(
      `Feature group ${name} has no Athena table (no DataCatalogConfig), so its offline store cannot be queried${instead}.`,
    );
  }
}

function checkOnline({ name }: FeatureGroup, options: ExportOptions): void {
  const needsOffline = [
    options.where !== undefined && '--where',
    options.history && '--history',
    options.asOf !== undefined && '--as-of',
    options.since !== undefined && '--since',
    options.until !== undefined && '--until',
    options.includeDeleted && '--include-deleted',
    options.systemColumns && '--system-columns',
  ].filter((option) => typeof option === 'string');
  if (needsOffline.length === 0) return;
  throw new UsageError(
    `${needsOffline.join(', ')} ${needsOffline.length > 1 ? 'ask' : 'asks'} Athena for rows of an offline store, but this run reads the online store of ${name}.`,
  );
}
