/** The plan of a migration as aligned lines, for people. Pure. */
import { count, counted, duration } from '../../utils/quantities.js';
import type { MigrationPlan } from '../../feature-store/migrate/plan.js';
import { aligned } from './aligned.js';
import { named, periodOf, usd } from './words.js';

/** The plan as aligned lines, for people. */
export function renderMigrationPlan(plan: MigrationPlan, { withSql = false } = {}): string[] {
  const { source, target, strategy, features, cost } = plan;
  const lines = aligned([
    ['source', named(source)],
    ['target', `${named(target)}, account ${plan.account}, ${plan.region}`],
    ['reads', strategy.read],
    ['staleness', plan.staleness],
    ['results', plan.results],
    ['writes', strategy.write],
    ['filter', plan.filterQuery],
    ['as of', plan.asOf],
    ['period', periodOf(plan)],
    ['shard', plan.shard && `${plan.shard}, cut by a hash of the identifier`],
    ['lives', plan.timeToLive && `${plan.timeToLive} online from its event time on; older records are gone at once`],
    ['features', `${features.migrated.length} migrated`],
    ['left behind', features.leftBehind.join(', ')],
    ['left unset', features.leftUnset.join(', ')],
    ['rows', plan.rows === undefined ? undefined : count(plan.rows)],
    ['live', count(plan.live)],
    ['deleted', plan.deleted === undefined ? undefined : count(plan.deleted)],
    ['filtered', plan.filtered ? `${counted(plan.filtered, 'live record')} left out` : undefined],
    ['without id', plan.rowsWithoutId ? `${count(plan.rowsWithoutId)} rows, which cannot be migrated` : undefined],
    [
      'without time',
      plan.rowsWithoutTime ? `${count(plan.rowsWithoutTime)} rows, which cannot be migrated` : undefined,
    ],
    ['to write', `${recordsOf(plan)} of ${count(plan.averageRecordBytes)} bytes on average`],
    [
      'takes',
      plan.quotaShare === 0
        ? plan.pace
        : `${counted(plan.writeUnits, 'write unit')}, ${counted(plan.calls, 'call')}, about ${duration(plan.minutes * 60)} (${plan.pace}; ${percent(plan.quotaShare)} of the default quota)`,
    ],
    [
      'costs',
      `${usd(cost.usd)} (writes ${usd(cost.writes)}, Athena ${usd(cost.athena)}; prices of ${cost.pricesRegion}, ${cost.pricesAsOf})`,
    ],
  ]);
  return withSql && plan.sql ? [...lines, '', ...plan.sql.split('\n')] : lines;
}

function recordsOf({ toWrite, markers }: MigrationPlan): string {
  if (markers === undefined) return counted(toWrite, 'record');
  return `${counted(toWrite - markers, 'version')} and ${counted(markers, 'deletion')}`;
}

const percent = (share: number) => `${share < 0.1 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;
