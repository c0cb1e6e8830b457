/** Turns rows of the source into records of the target: renames features, converts event times, and validates. */
import { formatEventTime, parseEventTime } from '../records/event-time.js';
import { eventTimeTypeOf, type FeatureGroup } from '../groups/describe.js';
import type { Migration } from './check.js';
import type { TargetStore, WriteItem } from '../online/types.js';
import { isProblems, recordShaper, type RecordShaper } from '../records/shape.js';
import { invalidRow, type Failure, type SourceRow } from '../records/rows.js';
import type { Row } from '../../utils/json.js';

const OFFLINE: TargetStore[] = ['OfflineStore'];

/**
 * Turns batches of rows into batches of items. Rows of a history that are not live go to the offline store only. An
 * invalid row is a failure; the rest goes on.
 */
export async function* migratedItems(
  migration: Migration,
  batches: AsyncIterable<SourceRow[]>,
  fail: (failure: Failure & { line: number }) => void,
): AsyncGenerator<WriteItem[]> {
  const shape = migratedRecords(migration);
  const identifier = migration.source.recordIdentifier;
  for await (const rows of batches) {
    const items: WriteItem[] = [];
    for (const row of rows) {
      const shaped = shape(row.row);
      if (isProblems(shaped)) fail(invalidRow({ line: row.line }, { row: row.row, problems: shaped, identifier }));
      else if (row.past === undefined) items.push({ line: row.line, ...shaped });
      else {
        const deletion = row.past === 'deletion';
        // The latest state of a record goes to the same stores as its earlier ones.
        const targetStores = migration.choice.history ? OFFLINE : undefined;
        items.push({ line: row.line, ...shaped, targetStores, deletion });
      }
    }
    yield items;
  }
}

/** The shaper for one row; build it once per migration. */
export function migratedRecords({ source, target, match }: Migration): RecordShaper {
  const renamed = match.pairs.filter((pair) => pair.source.name !== pair.target.name);
  const map = Object.fromEntries(renamed.map((pair) => [pair.source.name, pair.target.name]));
  const shape = recordShaper(target, renamed.length > 0 ? { map } : {});
  const convert = eventTimeConversion(source, target);
  return convert ? (row) => shape(convert(row)) : shape;
}

/** An unreadable time is kept, so that the rules of the target report it. */
function eventTimeConversion(source: FeatureGroup, target: FeatureGroup): ((row: Row) => Row) | undefined {
  const [from, to] = [eventTimeTypeOf(source), eventTimeTypeOf(target)];
  if (from === to) return undefined;
  return (row) => {
    const text = row[source.eventTime];
    const instant = typeof text === 'string' ? parseEventTime(text, from) : undefined;
    return instant === undefined ? row : { ...row, [source.eventTime]: formatEventTime(instant, to) };
  };
}
