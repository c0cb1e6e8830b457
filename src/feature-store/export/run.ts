/** Runs an export: read → shape → write → tally. Leaves no incomplete output behind. */
import type { Context } from '../../context.js';
import type { RowWriter } from '../../files/row-writer.js';
import { abandon } from '../../utils/sinks.js';
import { runInBulk, type BulkRun } from '../bulk/run.js';
import type { OpenSource, RecordSource } from '../offline/record-source.js';
import type { Export } from './check.js';
import { exportedRow } from './rows.js';

export interface ExportJob {
  job: Export;
  from: RecordSource;
  /** Expected records. */
  total: number;
  /** Destination, for messages. */
  to?: string;
  typed?: boolean;
  openWriter(): Promise<RowWriter>;
}

/**
 * Reads and writes; the result of Athena is removed in any case.
 * @throws what ended the run: errors of the service, the reason of an interruption, errors of the file system
 */
export async function runExport(
  context: Context,
  { job, from, total, to, typed, openWriter }: ExportJob,
): Promise<void> {
  context.output.live('asking for the records …');
  const opened = await from.open().finally(() => context.output.live(''));
  const options = { command: 'export', verb: 'exported', to, total, ended: context.summarize };
  try {
    await runInBulk(context, options, async (run) => {
      const writer = await openWriter();
      await carry({ run, opened, writer, toRow: exportedRow(job, { typed }) });
    });
  } finally {
    await opened.remove();
  }
}

interface Carrying {
  run: BulkRun;
  opened: OpenSource;
  writer: RowWriter;
  toRow: ReturnType<typeof exportedRow>;
}

async function carry({ run, opened, writer, toRow }: Carrying): Promise<void> {
  try {
    for await (const batch of opened.rows()) {
      const rows = batch.map(toRow).filter((row) => row !== undefined);
      await writer.write(rows);
      run.tally.ok += rows.length;
      if (run.signal.aborted) break;
    }
    await (run.signal.aborted ? writer.abort() : writer.end());
  } catch (error) {
    await abandon(error, writer);
  }
}
