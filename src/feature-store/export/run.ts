/** Runs an export: read → shape → write → tally. Leaves no incomplete output behind. */
import type { Context } from '../../context.js';
import type { RowWriter } from '../../files/row-writer.js';
import { abandon } from '../../utils/disk/sinks.js';
import { whileWaiting } from '../../utils/terminal/progress.js';
import { runInBulk, type BulkRun } from '../bulk/run.js';
import type { RecordSource } from '../offline/record-source.js';
import { DELETION_COLUMN } from '../records/offline-columns.js';
import type { Export } from './check.js';
import { parseExact, type Cell, type Row } from '../../utils/json.js';
import type { OutputRow } from '../../files/output-rows.js';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';
import { typedRow } from '../records/record-rows.js';
import type { SourceRow } from '../records/rows.js';
import { plainDecimal } from '../offline/athena-csv.js';

export interface ExportJob {
  job: Export;
  from: RecordSource;
  /** Expected records. */
  total: number;
  /** Destination, for messages; undefined for stdout. */
  file?: string;
  typed?: boolean;
  openWriter(): Promise<RowWriter>;
}

/**
 * Reads and writes; the result of Athena is removed in any case.
 * @throws what ended the run: errors of the service, the reason of an interruption, errors of the file system
 */
export async function runExport(
  context: Context,
  { job, from, total, file, typed, openWriter }: ExportJob,
): Promise<void> {
  const opened = await whileWaiting(context, 'asking for the records …', from.open());
  const options = { command: 'export', verb: 'exported', file, total, ended: context.summarize };
  const toRow = exportedRow(job, { typed });
  const carry = async ({ tally, signal }: BulkRun) => {
    const writer = await openWriter();
    try {
      for await (const batch of opened.rows()) {
        const rows = batch.map(toRow).filter((row) => row !== undefined);
        await writer.write(rows);
        tally.ok += rows.length;
        if (signal.aborted) break;
      }
      await (signal.aborted ? writer.abort() : writer.end());
    } catch (error) {
      await abandon(error, writer);
    }
  };
  try {
    await runInBulk(context, options, carry);
  } finally {
    await opened.remove();
  }
}

/**
 * Builds the function that makes output rows, once per export. It returns undefined for a row without an identifier, as
 * bring-your-own tables may contain.
 */
function exportedRow(
  { group, readFrom, choice, tellsDeletions }: Export,
  { typed = false }: { typed?: boolean },
): (source: SourceRow) => OutputRow | undefined {
  // Athena returns collections as text; the online store returns lists.
  const collections = readFrom === 'offline' ? choice.features.filter(({ collection }) => collection) : [];
  return ({ row, past }) => {
    if (!isRecord(row, group)) return undefined;
    for (const feature of collections) {
      const text = row[feature.name];
      if (typeof text === 'string') row[feature.name] = listOf(text, feature);
    }
    if (tellsDeletions) row[DELETION_COLUMN] = String(past === 'deletion');
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
