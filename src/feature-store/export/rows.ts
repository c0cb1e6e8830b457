/** Rows of a store → rows of a file that bulk-put can read. Pure. */
import { parseExact, type Cell, type Row } from '../../utils/json.js';
import type { OutputRow } from '../../files/output-rows.js';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';
import { typedRow } from '../records/record-rows.js';
import { IS_DELETED, type Export } from './check.js';
import type { SourceRow } from '../records/rows.js';
import { plainDecimal } from '../offline/athena-csv.js';

/**
 * Builds the function that makes output rows, once per export. It returns undefined for a row without an identifier, as
 * bring-your-own tables may contain.
 */
export function exportedRow(
  { group, readFrom, choice, tellsDeletions }: Export,
  { typed = false }: { typed?: boolean },
): (source: SourceRow) => OutputRow | undefined {
  // Athena returns collections as text; the online store returns lists.
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

/** A JSON array from Athena → its elements as text, doubles as plain decimals. */
function listOf(text: string, { type }: FeatureDefinition): Cell[] {
  const elements = parseExact(text) as string[];
  return type === 'Fractional' ? elements.map(plainDecimal) : elements;
}
