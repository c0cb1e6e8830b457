/** What to export: the group, its store and the rows, as far as the description tells. Pure. */
import { UsageError } from '../../errors.js';
import type { FeatureGroup } from '../groups/describe.js';
import { checkCreated } from '../groups/writable.js';
import { checkReadable } from '../offline/readable.js';
import type { SourceStore } from '../offline/record-source.js';
import type { RowChoice } from '../offline/sql.js';
import { DELETION_COLUMN, SYSTEM_COLUMNS } from '../records/offline-columns.js';
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

export type Export = ReturnType<typeof checkExport>;

/**
 * Checks an export.
 * @throws UsageError for a group that is not ready, a missing store, an unknown feature, or conflicting options
 */
export function checkExport(group: FeatureGroup, options: ExportOptions) {
  checkCreated(group);
  const readFrom: SourceStore = options.online || !group.offline ? 'online' : 'offline';
  const { where, history = false, includeDeleted = false, systemColumns, asOf, since, until, limit } = options;
  const ofAthena = {
    ...{ '--where': where, '--history': history, '--as-of': asOf, '--since': since, '--until': until },
    ...{ '--include-deleted': includeDeleted, '--system-columns': systemColumns },
  };
  checkReadable(group, { readFrom, ofAthena, otherwise: '--online' });
  if (where !== undefined && includeDeleted && !history)
    throw new UsageError('--where chooses among live records, so --include-deleted adds nothing to it: leave one out.');
  const features = outputColumns(group, options.columns);
  const named = new Set(features.map(({ name }) => name));
  const tellsDeletions = includeDeleted || systemColumns === true;
  const added = [...(tellsDeletions ? [DELETION_COLUMN] : []), ...(systemColumns ? SYSTEM_COLUMNS : [])];
  return {
    group,
    readFrom,
    choice: {
      features: group.features.filter(({ name }) => named.has(name)),
      ...{ filter: where, filterOption: '--where' },
      ...{ asOf, since, until, history, limit, systemColumns, ordered: true, deletions: includeDeleted },
    },
    columns: [...features, ...added.map((name) => ({ name, kind: 'text' as const }))],
    /** Whether a column marks deletions. */
    tellsDeletions,
  };
}
