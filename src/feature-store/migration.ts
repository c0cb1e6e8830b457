/** May the records of one group go into another? As far as the two descriptions tell. Pure. */
import { UsageError } from '../errors.js';
import type { FeatureGroup } from './feature-group.js';
import { matchSchemas, schemaDiff, type MatchOptions, type SchemaMatch } from './schema-match.js';

export type SourceStore = 'offline' | 'online';

export interface Migration {
  source: FeatureGroup;
  target: FeatureGroup;
  match: SchemaMatch;
  readFrom: SourceStore;
  /** Set where not every store of the target is to be written. */
  targetStores?: ['OnlineStore'];
  /** What the person ought to know before it runs. */
  warnings: string[];
}

export interface MigrationOptions extends MatchOptions {
  /** `--read-from`; the offline store where there is one. */
  readFrom?: SourceStore;
  filterQuery?: string;
}

/**
 * Checks a migration as far as the two descriptions tell.
 * @throws UsageError: one group twice, a group that is not ready, a store that is not there, schemas that do not fit.
 */
export function checkMigration(source: FeatureGroup, target: FeatureGroup, options: MigrationOptions): Migration {
  for (const group of [source, target]) {
    if (group.status !== 'Created')
      throw new UsageError(`Feature group ${group.name} is ${group.status}, not Created.`);
  }
  const readFrom = options.readFrom ?? (source.offline ? 'offline' : 'online');
  const fillsItself = source.arn.toLowerCase() === target.arn.toLowerCase();
  checkStores(source, { readFrom, fillsItself, filtered: options.filterQuery !== undefined });
  const match = matchSchemas(source, target, options);
  if (match.problems.length > 0) throw new UsageError(mismatch(source, target, match));
  return {
    source,
    target,
    match,
    readFrom,
    targetStores: fillsItself ? ['OnlineStore'] : undefined,
    warnings: [...storeWarnings(source, target, readFrom), ...match.warnings],
  };
}

function checkStores(
  source: FeatureGroup,
  { readFrom, fillsItself, filtered }: { readFrom: SourceStore; fillsItself: boolean; filtered: boolean },
): void {
  const { name } = source;
  if (fillsItself && !(source.online && source.offline && readFrom === 'offline')) {
    throw new UsageError(
      `SOURCE and TARGET are one feature group, ${name}: a group can only fill its own online store from its own offline store.`,
    );
  }
  if (!source[readFrom]) throw new UsageError(`Feature group ${name} has no ${readFrom} store to read from.`);
  if (readFrom === 'online' && filtered) {
    throw new UsageError(
      '--filter-query is SQL for the offline store; it cannot filter what is read from the online store.',
    );
  }
  if (readFrom === 'offline' && !source.offline?.table) {
    const instead = source.online ? '; --read-from online reads its online store' : '';
    throw new UsageError(
      `Feature group ${name} has no Athena table (no DataCatalogConfig), so its offline store cannot be queried${instead}.`,
    );
  }
}

function mismatch(source: FeatureGroup, target: FeatureGroup, match: SchemaMatch): string {
  const differences = schemaDiff(match).filter((line) => !line.startsWith('='));
  return [`The features of ${source.name} do not fit those of ${target.name}:`, ...differences].join('\n  ');
}

/** `Blocked`: the service takes records and cannot bring them to S3. */
function storeWarnings(source: FeatureGroup, target: FeatureGroup, readFrom: SourceStore): string[] {
  const reason = (group: FeatureGroup) => (group.offline?.blockedReason ? ` (${group.offline.blockedReason})` : '');
  const warnings: string[] = [];
  if (readFrom === 'offline' && source.offline?.status === 'Blocked') {
    warnings.push(
      `The offline store of ${source.name} is blocked${reason(source)}: newer records may be missing from it.`,
    );
  }
  if (target.offline?.status === 'Blocked') {
    warnings.push(
      `The offline store of ${target.name} is blocked${reason(target)}: what is written may not arrive there.`,
    );
  }
  if (target.throughput?.mode === 'Provisioned') {
    const { write = 0 } = target.throughput;
    warnings.push(
      `${target.name} has ${write} provisioned write units a second: faster than that is throttled; --tps sets the pace.`,
    );
  }
  return warnings;
}
