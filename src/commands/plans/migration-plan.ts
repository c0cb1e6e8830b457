/** The plan of a migration as aligned lines, for people: in a few of them what, how many, how long and how much. Pure. */
import { restOf, type IncrementalPlan, type MigrationPlan } from '../../feature-store/migrate/plan.js';
import { count, counted, dollars, duration } from '../../utils/quantities.js';
import { aligned, alignedPlan, type Labelled, type PlanRendering } from './aligned.js';
import { accountWords, lackingWords, named, periodOf } from './plan-words.js';
import type { ChangedFeature } from '../../feature-store/schema/schema-match.js';

/** The whole plan, as --dry-run prints it. */
export function renderMigrationPlan(plan: MigrationPlan, { verbose, width }: PlanRendering = {}): string[] {
  return alignedPlan(
    [
      ['migrate', namedStores(plan)],
      ['', accountOf(plan)],
      ['read', plan.strategy.read],
      ['', plan.staleness],
      ...chosen(plan),
      ['features', featureWords(plan, verbose ? Infinity : MAX_LISTED)],
      ['', plan.features.leftBehind.length > 0 && `left behind: ${plan.features.leftBehind.join(', ')}`],
      ['', plan.features.leftUnset.length > 0 && `left unset in the target: ${plan.features.leftUnset.join(', ')}`],
      ...recordLines(plan),
      ['cost', plan.toWrite > 0 && costWords(plan)],
      ...(verbose ? details(plan) : []),
    ],
    plan.sql,
    { verbose, width },
  );
}

/** A short form for the start of a run; the dry run prints the whole plan. */
export function renderMigrationStart(plan: MigrationPlan, { width }: PlanRendering = {}): string[] {
  const { changed, leftBehind, leftUnset } = plan.features;
  const left = [...leftBehind.map((name) => `${name} left behind`), ...leftUnset.map((name) => `${name} left unset`)];
  return aligned(
    [
      ['migrate', `${namedStores(plan)}, ${accountOf(plan)}`],
      ...chosen(plan),
      ['features', changed.length + left.length > 0 && [featureWords(plan), ...left].join(', ')],
      ...recordLines(plan),
      ['cost', plan.toWrite > 0 && costWords(plan)],
    ],
    width,
  );
}

/** What a resumed run has left of its plan, which was printed as it began. */
export function renderMigrationRest(
  plan: MigrationPlan,
  { width, ...done }: PlanRendering & { done: number; queryId?: string },
): string[] {
  const rest = restOf(plan, done);
  return aligned(
    [
      ['migrate', `${namedStores(plan)}, ${accountOf(plan)}`],
      ['left', `${count(rest.toWrite)} of ${counted(plan.toWrite, 'record')} to write`],
      ['cost', rest.toWrite > 0 && `at most ${costWords(rest)}`],
    ],
    width,
  );
}

const namedStores = ({ source, target, stores }: MigrationPlan) =>
  `${source.name} (${stores.read}) → ${target.name} (${stores.write})`;

const accountOf = ({ source, target }: MigrationPlan) => accountWords(source.arn, target.arn, ' → ');

/** Which rows of the source are chosen, if not all. */
function chosen(plan: MigrationPlan): Labelled[] {
  return [
    ['since', plan.incremental && sinceWords(plan.incremental)],
    ['only', plan.filterQuery && `where ${plan.filterQuery}`],
    ['as of', plan.asOf],
    ['period', periodOf(plan)],
    ['shard', plan.shard && `${plan.shard}, cut by a hash of the identifier`],
    ['lives', plan.timeToLive && `${plan.timeToLive} online, from its event time on; what is older is gone at once`],
  ];
}

/** Changes named without -v, which names all. */
const MAX_LISTED = 10;

/** `5: city → town, age Integral → String, 3 unchanged` */
function featureWords({ features: { migrated, changed } }: MigrationPlan, most = MAX_LISTED): string {
  const unchanged = migrated.length - changed.length;
  if (changed.length === 0) return `${count(unchanged)}, none renamed or converted`;
  const untold = changed.length - most;
  const others = [
    untold > 0 && `${count(untold)} more changed (-v names them)`,
    unchanged > 0 && `${count(unchanged)} unchanged`,
  ];
  return `${count(migrated.length)}: ${[...changed.slice(0, most).map(changeWords), ...others].filter(Boolean).join(', ')}`;
}

function changeWords({ name, newName = '', type, newType }: ChangedFeature): string {
  if (newType === undefined) return `${name} → ${newName}`;
  return `${name} ${type} → ${`${newName} ${newType}`.trim()}`;
}

/** What is written, and of how many rows; rows that cannot be migrated get a line of their own. */
function recordLines(plan: MigrationPlan): Labelled[] {
  const { rows, live, deleted, filtered } = plan;
  const left = [deleted && `${count(deleted)} deleted`, filtered && `${count(filtered)} left out`].filter(Boolean);
  const of = rows === undefined ? '' : ` of ${counted(rows, 'row')}`;
  const except = left.length > 0 ? ` (${left.join(', ')})` : '';
  const nothing = live > 0 ? `nothing to migrate${of}${except}` : `nothing to migrate: ${emptyWords(plan)}`;
  const lacking = lackingWords(plan);
  return [
    ['records', plan.toWrite === 0 ? nothing : `${toWriteWords(plan)} to write${of}${except}`],
    ['', lacking && `rows that cannot be migrated: ${lacking}`],
  ];
}

const emptyWords = ({ source, deleted }: MigrationPlan) =>
  deleted ? `all ${counted(deleted, 'record')} of ${source.name} were deleted` : `${source.name} holds no record`;

function sinceWords({ since, rows, state, isSetAside }: IncrementalPlan): string {
  const mark = isSetAside ? 'holds a mark that is not used' : 'holds no mark yet';
  if (since === undefined) return `the beginning, deletions too: ${state} ${mark}`;
  return `${since}: ${counted(rows, 'row')} reached the offline store since then (mark in ${state})`;
}

function toWriteWords({ toWrite, markers, incremental }: MigrationPlan): string {
  if (markers === undefined || (incremental && markers === 0)) return count(toWrite);
  return `${counted(toWrite - markers, incremental ? 'record' : 'version')} and ${counted(markers, 'deletion')}`;
}

function costWords({ cost, writeUnits, minutes, quotaShare, pace }: MigrationPlan): string {
  if (quotaShare === 0) return `≈ ${dollars(cost.usd)}; ${pace}`;
  const beside = cost.unpriced === undefined ? '' : `; ${cost.unpriced}`;
  return `≈ ${dollars(cost.usd)} (${counted(writeUnits, 'write unit')}), ≈ ${duration(minutes * 60)} with ${pace}${beside}`;
}

function details(plan: MigrationPlan): Labelled[] {
  const { source, target, strategy, cost } = plan;
  return [
    ['source', named(source)],
    ['target', named(target)],
    ['write', strategy.write],
    ['results', plan.results],
    ['live', counted(plan.live, 'record')],
    ['size', `${counted(plan.averageRecordBytes, 'byte')} a record on average`],
    [
      'calls',
      plan.quotaShare > 0 &&
        `${count(plan.calls)}, at 20 ms each, as is usual for the service; ${percent(plan.quotaShare)} of the account's default quota of calls`,
    ],
    [
      'prices',
      `writes ${dollars(cost.writes)}${plan.stores.write.includes('online') ? ' (up to twice that for records older than what is online)' : ''}, reads ${dollars(cost.reads)}, Athena ${dollars(cost.athena)}, by the prices of ${cost.pricesRegion}, ${cost.pricesAsOf}`,
    ],
  ];
}

const percent = (share: number) => `${share < 0.1 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;
