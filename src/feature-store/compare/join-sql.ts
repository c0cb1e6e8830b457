/** The SQL that joins the live records of two offline stores, returns those that may differ and counts the others. Pure. */
import { UsageError } from '../../errors.js';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';
import { eventTimeTypeOf } from '../groups/describe.js';
import type { FeaturePair } from '../schema/schema-match.js';
import { column } from '../offline/columns.js';
import { chosenRows, recordsSql } from '../offline/sql.js';
import type { ComparedFeatures } from './features.js';

export interface JoinChoice {
  /** A condition on the live rows of both sides. */
  filter?: string;
  /** Compare only this many identifiers of A. */
  sample?: number;
}

/** Columns that tell whether a side has the record. */
export const [HERE_A, HERE_B] = ['_a', '_b'];
/** Column of the identifier; null in the one row that stands for all records that are certainly equal. */
export const DIFFERING = '_differing';
/** Column of the number of records that a row stands for. */
export const RECORDS = '_records';
/** Feature columns, `a0`, `a1`, …, by position, since both groups may use the same names. */
export const resultColumn = (side: 'a' | 'b', index: number): string => `${side}${index}`;

const EXACT_IN_A_DOUBLE = 2 ** 53;

/**
 * Athena returns the records that are not certainly equal, for the reader to decide, and counts the others: in the same
 * statement, for a store that gains or loses rows between two would have them counted wrongly.
 * @throws UsageError where the identifiers cannot be joined, or a group cannot be read by column
 */
export function joinSql(
  { a, b }: { a: FeatureGroup; b: FeatureGroup },
  features: ComparedFeatures,
  { filter, sample }: JoinChoice,
): string {
  const key = identifierKeys(a, b);
  const ofRow = (value: string, name: string) => `arbitrary(${value}) AS "${name}"`;
  const selected = (side: 'a' | 'b', group: FeatureGroup) =>
    group.features.map((feature, index) => ofRow(shown(side, feature), resultColumn(side, index)));
  const differing = pairsToCompare(a, features).map((pair) => mayDiffer(pair, a));
  const left = live(a, key.a, filter);
  const some = sample === undefined ? left : `SELECT * FROM (${left}) ORDER BY ${shuffled} LIMIT ${sample}`;
  return `SELECT CASE WHEN a."_here" IS NULL OR b."_here" IS NULL
  OR ${differing.join('\n  OR ')}
  THEN coalesce(a."_key", b."_key") END AS "${DIFFERING}", count(*) AS "${RECORDS}",
  ${[ofRow('a."_here"', HERE_A), ofRow('b."_here"', HERE_B), ...selected('a', a), ...selected('b', b)].join(', ')}
FROM (
${some}
) AS a
${sample === undefined ? 'FULL OUTER' : 'LEFT'} JOIN (
${live(b, key.b, filter)}
) AS b ON a."_key" = b."_key"
GROUP BY 1`;
}

const shuffled = 'xxhash64(to_utf8(CAST("_key" AS varchar)))';

function pairsToCompare(a: FeatureGroup, { pairs, compared }: ComparedFeatures): FeaturePair[] {
  const time = pairs.filter(({ source }) => source.name === a.eventTime);
  return [...time, ...compared];
}

function live(group: FeatureGroup, key: string, filter: string | undefined): string {
  // It refuses two features that share a column.
  recordsSql(group, { filter, filterOption: '--where' });
  const [id, time] = [column(group.recordIdentifier), column(group.eventTime)];
  return `SELECT *, true AS "_here", ${key} AS "_key"\nFROM ${chosenRows(group, { filter, filterOption: '--where' })}\n  AND ${id} IS NOT NULL AND ${time} IS NOT NULL`;
}

function identifierKeys(a: FeatureGroup, b: FeatureGroup): { a: string; b: string } {
  const type = ({ features, recordIdentifier }: FeatureGroup) =>
    features.find(({ name }) => name === recordIdentifier)!.type;
  const names = { a: column(a.recordIdentifier), b: column(b.recordIdentifier) };
  if (type(a) === type(b)) return names;
  if (type(a) !== 'Fractional' && type(b) !== 'Fractional')
    return { a: `CAST(${names.a} AS varchar)`, b: `CAST(${names.b} AS varchar)` };
  throw new UsageError(
    `The record identifiers of ${a.name} (${type(a)}) and ${b.name} (${type(b)}) cannot be joined by Athena.`,
  );
}

/** Athena prints arrays as `[p, q, null]`, which is ambiguous; JSON is not. */
function shown(side: 'a' | 'b', { name, collection }: FeatureDefinition): string {
  const own = `${side}.${column(name)}`;
  return collection ? `json_format(CAST(${own} AS JSON))` : own;
}

function mayDiffer({ source, target }: FeaturePair, group: FeatureGroup): string {
  const [x, y] = [shown('a', source), shown('b', target)];
  if (source.type === target.type) return `${x} IS DISTINCT FROM ${y}`;
  if (source.name === group.eventTime && eventTimeTypeOf(group) !== target.type) return 'true';
  if (source.type === 'String' || target.type === 'String')
    return `CAST(${x} AS varchar) IS DISTINCT FROM CAST(${y} AS varchar)`;
  const whole = source.type === 'Integral' ? x : y;
  // Above that, two integers may be the same double.
  return `CAST(${x} AS double) IS DISTINCT FROM CAST(${y} AS double) OR abs(${whole}) > ${EXACT_IN_A_DOUBLE}`;
}
