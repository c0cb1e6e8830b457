/** Identifiers to delete where ListRecords is not available: from a file, or from the offline store. */
import type { Clients } from '../../config.js';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { readIdentifiers } from '../bulk/identifiers.js';
import type { FeatureGroup } from '../groups/describe.js';
import { queryRows } from '../offline/athena-result.js';
import type { AthenaOptions } from '../offline/athena-run.js';
import { distinctIdentifiersSql } from './table/sql.js';

/**
 * Counts the identifiers in a file, and the rows without one.
 * @throws UsageError where there is none at all
 */
export async function countIdsFile(
  { idsFile: file, delimiter }: { idsFile: string; delimiter?: string },
  group: FeatureGroup,
  context: Context,
): Promise<{ named: number; bad: number }> {
  const counted = { named: 0, bad: 0 };
  const { stdin, aws, signal, output } = context;
  const fail = () => void (counted.bad += 1);
  const reading = { stdin, s3: aws.s3, signal, fail, note: output.note, delimiter };
  for await (const batch of readIdentifiers(file, group, reading)) counted.named += batch.length;
  signal.throwIfAborted();
  if (counted.named === 0) throw new UsageError(`${file} holds no identifier: nothing is deleted.`);
  return counted;
}

/** Every identifier that the offline store has ever seen; not for groups with Fractional identifiers. */
export async function* identifiersByAthena(
  aws: Clients,
  group: FeatureGroup,
  options: AthenaOptions,
): AsyncGenerator<string[]> {
  let isHeader = true;
  for await (const rows of queryRows(aws, { sql: distinctIdentifiersSql(group), group }, options)) {
    const values = rows.slice(isHeader ? 1 : 0).flatMap(([value]) => value ?? []);
    isHeader = false;
    if (values.length > 0) yield values;
  }
}
