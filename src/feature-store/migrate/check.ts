/** Checks whether a migration is possible, as far as the two descriptions tell. Pure. */
import { UsageError } from '../../errors.js';
import { areTogether } from '../groups/arn.js';
import { eventTimeTypeOf, type FeatureGroup } from '../groups/describe.js';
import { checkCreated } from '../groups/writable.js';
import { checkReadable, given } from '../offline/readable.js';
import type { SourceStore } from '../offline/record-source.js';
import type { RowChoice } from '../offline/sql.js';
import { alikeWords, matchSchemas, schemaDiff, type MatchOptions, type SchemaMatch } from '../schema/schema-match.js';

export interface Migration {
  source: FeatureGroup;
  target: FeatureGroup;
  match: SchemaMatch;
  readFrom: SourceStore;
  /** The rows of the source to migrate. */
  choice: RowChoice;
  /** Athena inserts the rows directly into the table of the target. */
  byAthena: boolean;
  /** Set where only some stores of the target are written. */
  targetStores?: ['OnlineStore'];
  /** Warnings to print before the run. */
  warnings: string[];
}

/** As they are typed. */
export interface MigrationChoice extends MatchOptions {
  /** `--read-from`; by default the offline store, if there is one. */
  readFrom?: SourceStore;
  filterQuery?: string;
  /** `--engine`; by default records are written through the API. */
  engine?: 'api' | 'athena';
  clearTarget?: boolean;
  verify?: true | number;
  /** Only what arrived since the previous run, including deletions. */
  incremental?: boolean;
}

export interface MigrationOptions extends MigrationChoice, Omit<RowChoice, 'features' | 'filter' | 'arrivals'> {
  /** This command with more of `--map`, to be typed next. */
  withMap?(map: Record<string, string>): string;
}

/**
 * Checks a migration.
 * @throws UsageError for identical groups, a group that is not ready, a missing store, incompatible schemas, or
 * conflicting options
 */
export function checkMigration(source: FeatureGroup, target: FeatureGroup, options: MigrationOptions): Migration {
  checkCreated(source, target);
  const readFrom = options.readFrom ?? (source.offline ? 'offline' : 'online');
  const fillsItself = source.arn.toLowerCase() === target.arn.toLowerCase();
  const byAthena = options.engine === 'athena';
  if (fillsItself) checkFillsItself(source, { ...options, readFrom });
  checkReadable(source, { readFrom, ofAthena: athenaOptions(options), otherwise: '--read-from online' });
  if (options.incremental) checkIncremental(options);
  checkTarget(target, options);
  const match = matchSchemas(source, target, options);
  if (match.problems.length > 0) throw mismatch(source, target, { match, options });
  if (byAthena) checkInsert(source, target);
  const { filterQuery: filter, asOf, since, until, history, shard } = options;
  return {
    source,
    target,
    match,
    readFrom,
    choice: { features: match.pairs.map((pair) => pair.source), filter, asOf, since, until, history, shard },
    byAthena,
    targetStores: fillsItself ? ['OnlineStore'] : undefined,
    warnings: [...storeWarnings(source, target, readFrom), ...match.warnings],
  };
}

function checkFillsItself({ name, online, offline }: FeatureGroup, options: MigrationOptions): void {
  if (!online || !offline || options.readFrom !== 'offline') {
    throw new UsageError(
      `SOURCE and TARGET are one feature group, ${name}: a group can only fill its own online store from its own offline store.`,
    );
  }
  if (options.clearTarget || options.history || options.engine === 'athena') {
    throw new UsageError(
      `SOURCE and TARGET are one feature group, ${name}: it can fill its own online store, but not with --clear-target, --history or --engine athena.`,
    );
  }
}

/** Each round migrates the latest state of what has arrived; any other selection would leave rows behind for good. */
function checkIncremental(options: MigrationOptions): void {
  const foreign = given({ ...athenaOptions(options), '--clear-target': options.clearTarget }).filter(
    (name) => !['--filter-query', '--incremental'].includes(name),
  );
  if (foreign.length > 0)
    throw new UsageError(
      `--incremental migrates the newest state of what has arrived since its last run: leave out ${foreign.join(', ')}.`,
    );
}

const athenaOptions = ({ filterQuery, history, asOf, since, until, ...options }: MigrationOptions) => ({
  ...{ '--filter-query': filterQuery, '--history': history, '--as-of': asOf, '--since': since, '--until': until },
  '--shard': options.shard,
  '--engine athena': options.engine === 'athena',
  '--incremental': options.incremental,
});

function checkTarget({ name, online, offline }: FeatureGroup, options: MigrationOptions): void {
  if (options.history && !offline)
    throw new UsageError(`--history: ${name} has no offline store, and an online store keeps one version of a record.`);
  if (options.verify !== undefined && (!online || options.engine === 'athena'))
    throw new UsageError(
      `--verify compares records with the online store of the target, ${online ? 'which --engine athena does not write' : `and ${name} has none`}.`,
    );
  if (options.shard && options.clearTarget)
    throw new UsageError(
      `--clear-target would remove what the other shards have written: run sagemaker-fs clear ${name} once, before them.`,
    );
}

/** Athena copies values unchanged, and within one account and region only. */
function checkInsert(source: FeatureGroup, target: FeatureGroup): void {
  if (!target.offline?.table)
    throw new UsageError(`--engine athena: feature group ${target.name} has no Athena table to insert into.`);
  if (!areTogether(source, target))
    throw new UsageError(`--engine athena: ${source.name} and ${target.name} are not in one account and region.`);
  const [from, to] = [source.offline?.table, target.offline.table];
  if (from?.name === to.name && from.database === to.database)
    throw new UsageError(
      `--engine athena: ${source.name} and ${target.name} have one table, ${to.database}.${to.name}, which would hold every row twice.`,
    );
  if (eventTimeTypeOf(source) !== eventTimeTypeOf(target))
    throw new UsageError('--engine athena: the event times of the two groups differ in type; leave --engine out.');
}

function mismatch(
  source: FeatureGroup,
  target: FeatureGroup,
  { match, options }: { match: SchemaMatch; options: MigrationOptions },
): UsageError {
  const words = alikeWords(match);
  const differences = schemaDiff(match).filter((line) => !line.startsWith('='));
  const details = differences.map((line) => `  ${line}`);
  return new UsageError(`The features of ${source.name} do not fit those of ${target.name}:`, {
    details: words ? [...details, words] : details,
    next: words && options.withMap?.(match.alike),
  });
}

/** `Blocked`: the service accepts records, but cannot write them to S3. */
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
  return warnings;
}
