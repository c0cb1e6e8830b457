/** The steps of a clear for Iceberg tables, in place of deletions on S3. */
import { RefusedError } from '../../../errors.js';
import { uriOf } from '../../../s3/address.js';
import { listObjects } from '../../../s3/list.js';
import { whileWaiting } from '../../../utils/terminal/progress.js';
import { byteSize, count, counted } from '../../../utils/quantities.js';
import { countRows, DEFAULT_SNAPSHOT_AGE_DAYS, deleteRows } from './iceberg.js';
import { copyingLate } from '../backup/late-objects.js';
import { isPlaceholder } from '../offline-prefix.js';
import { needsAthena, type ClearPlan } from '../plan.js';
import type { RowsCleared, Run } from '../summary.js';
import { restoreSettings, vacuumTable, type VacuumOptions } from './vacuum.js';
import type { ClearOptions } from '../options.js';

type TableOptions = VacuumOptions & Pick<ClearOptions, 'maxDelete'>;

const athenaOptions = ({ context: { signal, output }, options }: Pick<Run, 'context' | 'options'>): TableOptions => ({
  ...options,
  signal,
  note: (line) => output.note(line),
});

/**
 * Checks that Athena can read the table before anything is deleted. The rows are counted here rather than in the plan,
 * since a query writes a result, and nothing may be written before consent.
 */
export async function checkTable(run: Run): Promise<void> {
  const { context, plan } = run;
  if (plan.offline?.format !== 'Iceberg') return;
  await restoreSettings(context, plan.group, athenaOptions(run));
  await countTable(run);
}

/**
 * For a dry run: has Athena count the rows, which costs next to nothing, if the run itself would need Athena.
 * @throws RefusedError (exit 6) for more rows of an Iceberg table than `--max-delete`; else as runQuery does
 */
export async function checkTableDry(run: Pick<Run, 'context' | 'plan' | 'options'>): Promise<void> {
  if (needsAthena(run.plan)) await countTable(run);
}

async function countTable(run: Pick<Run, 'context' | 'plan' | 'options'>): Promise<void> {
  const { context, plan, options } = run;
  const rows = await countRows(context.aws, plan.group, athenaOptions(run));
  if (plan.offline?.format !== 'Iceberg' || rows <= (options.maxDelete ?? Infinity)) return;
  throw new RefusedError(
    `${plan.group.name} has ${count(rows)} offline rows, more than --max-delete ${options.maxDelete}: nothing was deleted.`,
  );
}

export async function emptyTable(run: Run): Promise<void> {
  const { context, plan, summary } = run;
  const { output, aws } = context;
  const table = tableOf(plan);
  await copyTable(run);
  const rows = await whileWaiting(context, `DELETE FROM ${table} …`, deleteRows(aws, plan.group, athenaOptions(run)));
  const uri = uriOf(plan.offline!.place);
  summary.offline = { rows, provedEmpty: true, vacuumed: false, objectsLeft: 0, bytesLeft: 0, uri };
  await copyTable(run);
  output.note(`Deleted ${counted(rows, 'row')} from ${table}: none is left.`);
}

/**
 * Copies what appeared since the backup: before the rows are deleted, so that what cannot be copied stays, and once more
 * for rows that were committed meanwhile, whose files stay until a VACUUM.
 */
async function copyTable(run: Run): Promise<void> {
  const { context, plan, backupJob } = run;
  if (!backupJob) return;
  const { root } = plan.offline!;
  await copyingLate(run, root, async (copy) => {
    for await (const objects of listObjects(await context.aws.s3(), root, context.signal)) await copy(objects);
  });
}

const tableOf = ({ group: { offline } }: ClearPlan) => `${offline!.table!.database}.${offline!.table!.name}`;

/** Iceberg keeps deleted data as long as a snapshot refers to it. */
export async function freeStorage(run: Run): Promise<void> {
  const { context, plan, options, summary } = run;
  if (plan.offline?.format !== 'Iceberg') return;
  const { output, aws, signal } = context;
  const cleared = summary.offline as RowsCleared;
  if (options.vacuum) {
    options.stage?.('vacuum');
    output.note('Vacuuming: the snapshots that hold the deleted rows expire when they are an hour old.');
    await vacuumTable(context, plan.group, athenaOptions(run));
    cleared.vacuumed = true;
  }
  const { place } = plan.offline;
  for await (const listed of listObjects(await aws.s3(), place, signal)) {
    const page = listed.filter((object) => !isPlaceholder(object));
    cleared.objectsLeft += page.length;
    cleared.bytesLeft += page.reduce((sum, { size }) => sum + size, 0);
  }
  if (cleared.objectsLeft === 0) return output.note(`No data objects are left under ${uriOf(place)}`);
  const left = `${count(cleared.objectsLeft)} data objects (${byteSize(cleared.bytesLeft)}) are still under ${uriOf(place)}`;
  output.note(
    options.vacuum
      ? `${left}: VACUUM has left them; run it again later.`
      : `${left}: old snapshots hold them until a VACUUM after the table's snapshot age (${DEFAULT_SNAPSHOT_AGE_DAYS} days unless set otherwise); --vacuum does that.`,
  );
}

/** Deletes rows that have appeared since. */
export async function deleteLateRows(run: Run): Promise<number> {
  await copyTable(run);
  const rows = await deleteRows(run.context.aws, run.plan.group, athenaOptions(run));
  await copyTable(run);
  return rows;
}
