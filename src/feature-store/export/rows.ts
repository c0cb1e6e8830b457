/** The rows of a group's store → rows of a file that bulk-put takes back. Pure. */
import { parseExact, type Cell, type Row } from '../../utils/json.js';
import type { OutputRow } from '../../files/output-rows.js';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';
import { typedRow } from '../records/record-rows.js';
import { IS_DELETED, type Export } from './check.js';
import type { SourceRow } from '../records/rows.js';
import { plainDecimal } from '../offline/athena-csv.js';

/**
 * The maker of output rows; build it once for an export. Undefined for a row that names no record, as bring-your-own tables
 * can hold them.
 */
export function exportedRow(
  { group, readFrom, choice, tellsDeletions }: Export,
  { typed = false }: { typed?: boolean },
): (source: SourceRow) => OutputRow | undefined {
  // Athena gives collections as text; the online store gives lists.
  const collections = readFrom === 'offline' ? choice.features!.filter(({ collection }) => collection) : [];
  return ({ row, past }) => {
    if (!isRecord(row, group)) return undefined;
    for (const feature of collections) {
      const text = row[feature.name];
      if (typeof text === 'string') row[feature.name] = listOf(text, feature);
    }
    if (tellsDeletions) row[IS_DELETED] = String(past === 'deletion');
    return typed ? typedRow(row, group) : row;
  };
}

const isRecord = (row: Row, { recordIdentifier, eventTime }: FeatureGroup) =>
  row[recordIdentifier] !== undefined && row[eventTime] !== undefined;

/** A JSON array of Athena's → the elements as text, doubles as plain decimals. */
function listOf(text: string, { type }: FeatureDefinition): Cell[] {
  const elements = parseExact(text) as string[];
  return type === 'Fractional' ? elements.map(plainDecimal) : elements;
}
