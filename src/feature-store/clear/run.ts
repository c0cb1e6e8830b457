/** Everything in a group, and nothing beside it, removed in a fixed order: backup, online, offline; each proved before the next. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.js';
import { CommandError, RefusedError } from '../../errors.js';
import { byteSize, count, duration } from '../../utils/progress.js';
import { makeBackup, offlinePlace, writeManifest, type Backup, type BackupJob } from './backup.js';
import { lateCopier } from './backup-objects.js';
import { countRows, DEFAULT_SNAPSHOT_AGE_DAYS, deleteRows } from './iceberg.js';
import { checkSameGroup } from '../groups/same-group.js';
import { sweepObjects, type Swept } from './offline.js';
import { clearOnline, type OnlineCleared } from './online.js';
import type { ClearOptions, ClearPlan } from './plan.js';
import { mendTable, vacuumTable, type VacuumOptions } from './vacuum.js';
import { uriOf } from '../../s3/address.js';
import { listObjects } from '../../s3/list.js';

export { planClear, type ClearOptions, type ClearPlan } from './plan.js';

/** What was done and proved; a step that was not reached has no entry. */
export interface ClearSummary {
  command: 'clear';
  group: string;
  backup?: Backup;
  online?: OnlineCleared;
  offline?: (Swept | RowsCleared) & { uri: string };
  /** What landed while `--settle` waited, and was removed as well. */
  settled?: { objects: number; bytes: number } | { rows: number };
  seconds: number;
  /** What ended it early, in words. */
  stopped?: string;
}

/** Rows of an Iceberg table. */
export interface RowsCleared {
  rows: number;
  provedEmpty: boolean;
  vacuumed: boolean;
  /** Data objects that S3 still lists, and their bytes: snapshots hold them. */
  objectsLeft: number;
  bytesLeft: number;
}

/**
 * Carries a plan out, after consent. What is done already is not undone by a failure, and a clear that was broken off is
 * simply run again.
 * @throws CommandError (exit 1) where the backup fails, before anything is deleted; PartialFailure (exit 4) for records or
 * objects that were not deleted: the steps after them are not begun; the signal's reason. `ended` gets the summary first.
 */
export async function runClear(
  context: Context,
  plan: ClearPlan,
  options: ClearOptions & { ended?(summary: ClearSummary): void | Promise<void> },
): Promise<ClearSummary> {
  const started = performance.now();
  const summary: ClearSummary = { command: 'clear', group: plan.group.name, seconds: 0 };
  const run: Run = { context, plan, options, summary };
  try {
    await checkSameGroup(context.aws, { group: plan.group, nameOrArn: options.nameOrArn }, context.signal);
    await checkTable(run);
    await backUp(run);
    await emptyOnline(run);
    await emptyOffline(run);
    await settle(run);
    await giveBytesBack(run);
  } catch (error) {
    summary.stopped = (context.signal.aborted ? (context.signal.reason as Error) : (error as Error)).message;
    throw context.signal.aborted ? context.signal.reason : error;
  } finally {
    summary.seconds = Math.round(performance.now() - started) / 1000;
    await options.ended?.(summary);
  }
  return summary;
}

interface Run {
  context: Context;
  plan: ClearPlan;
  options: ClearOptions;
  summary: ClearSummary;
  backupJob?: BackupJob;
}

const athenaOptions = ({ context: { signal, output }, options }: Run): VacuumOptions => ({
  ...options,
  signal,
  note: (line) => output.note(line),
});

/**
 * Proves that Athena can read the table before anything is deleted. Its rows are counted here and not in the plan: a query
 * writes a result, and nothing is written before consent.
 */
async function checkTable(run: Run): Promise<void> {
  const { context, plan, options } = run;
  if (plan.offline?.format !== 'Iceberg') return;
  await mendTable(context, plan.group, athenaOptions(run));
  const rows = await countRows(context.aws, plan.group, athenaOptions(run));
  if (rows <= (options.maxDelete ?? Infinity)) return;
  throw new RefusedError(
    `${plan.group.name} has ${count(rows)} offline rows, more than --max-delete ${options.maxDelete}: nothing was deleted.`,
  );
}

async function backUp(run: Run): Promise<void> {
  const { context, plan, options, summary } = run;
  if (!plan.backup) return;
  const { group, offline, online } = plan;
  const from = offline && (offline.format === 'Iceberg' ? offline.root : offline.place);
  run.backupJob = { group, to: plan.backup, offline: from, online: online !== undefined };
  try {
    summary.backup = await makeBackup(context, run.backupJob, options);
  } catch (error) {
    if (context.signal.aborted) {
      context.output.note(`Nothing was deleted; what is under ${uriOf(plan.backup)} is no whole backup.`);
      throw error;
    }
    const { message } = error as Error;
    throw new CommandError(`The backup failed, so nothing was deleted. ${message}`, undefined, { cause: error });
  }
  const { records, offline: copied } = summary.backup;
  const parts = [
    records && `${count(records.count)} records`,
    copied && `${count(copied.objects)} objects (${byteSize(copied.bytes)})`,
  ];
  context.output.note(`Backed up ${parts.filter(Boolean).join(' and ')} to ${summary.backup.uri}, and compared.`);
}

async function emptyOnline({ context, plan, options, summary }: Run): Promise<void> {
  if (!plan.online) return;
  const { group, online } = plan;
  const expected = online.records === undefined ? undefined : online.records + (online.tombstones ?? 0);
  const job = { group, source: online.source, expected };
  const ended = (each: OnlineCleared) => void (summary.online = each);
  const cleared = await clearOnline(context, job, { ...options, ended }).catch((error: unknown) => {
    if (plan.offline) context.output.note('The offline store was not touched: run this again to finish.');
    throw error;
  });
  summary.online = cleared;
  const { unlisted } = online.source;
  if (cleared.provedEmpty) {
    context.output.note(`The online store of ${group.name} is empty: ListRecords lists nothing.`);
  } else if (unlisted) {
    context.output.warn(
      `That the online store of ${group.name} is empty could not be proved: ListRecords ${unlisted}.`,
    );
  } else throw new CommandError(`The online store of ${group.name} was not proved empty: nothing else was touched.`);
}

async function emptyOffline(run: Run): Promise<void> {
  const { context, plan, summary } = run;
  if (!plan.offline) return;
  if (plan.offline.format === 'Iceberg') return emptyTable(run);
  const uri = uriOf(plan.offline.place);
  summary.offline = { ...(await sweep(run, (swept) => (summary.offline = { ...swept, uri }))), uri };
  const { objects, bytes, oldVersions } = summary.offline as Swept;
  const versions = oldVersions > 0 ? `, ${count(oldVersions)} old versions and delete markers among them` : '';
  context.output.note(
    `Deleted ${count(objects)} objects (${byteSize(bytes)})${versions}: nothing is left under ${uri}`,
  );
}

/** With a backup, nothing is deleted that has no copy: objects may have landed since. */
async function sweep(run: Run, ended: (swept: Swept) => void): Promise<Swept> {
  const { context, plan, options, summary, backupJob } = run;
  const { place, objects, old } = plan.offline!;
  let late = 0;
  const copied = ({ size }: { size: number }) => {
    late += 1;
    summary.backup!.offline!.objects += 1;
    summary.backup!.offline!.bytes += size;
  };
  const s3 = await context.aws.s3();
  const copying = backupJob && { ...options, s3, from: place, to: offlinePlace(backupJob.to) };
  const before = copying && lateCopier(context, copying, copied);
  const total =
    objects === undefined
      ? undefined
      : objects + (options.allVersions ? (old?.versions ?? 0) + (old?.markers ?? 0) : 0);
  const swept = await sweepObjects(context, place, { ...options, total, before, ended });
  if (late > 0) await writeManifest(s3, backupJob!, { backup: summary.backup!, madeAt: context.now() });
  return swept;
}

async function emptyTable(run: Run): Promise<void> {
  const { context, plan, summary } = run;
  const { output, aws } = context;
  const table = tableOf(plan);
  output.live(`DELETE FROM ${table} …`);
  const rows = await deleteRows(aws, plan.group, athenaOptions(run));
  output.live('');
  const uri = uriOf(plan.offline!.place);
  summary.offline = { rows, provedEmpty: true, vacuumed: false, objectsLeft: 0, bytesLeft: 0, uri };
  output.note(`Deleted ${count(rows)} rows from ${table}: none is left.`);
}

const tableOf = ({ group: { offline } }: ClearPlan) => `${offline!.table!.database}.${offline!.table!.name}`;

/** Iceberg keeps what was deleted for as long as a snapshot names it. */
async function giveBytesBack(run: Run): Promise<void> {
  const { context, plan, options, summary } = run;
  if (plan.offline?.format !== 'Iceberg') return;
  const { output, aws, signal } = context;
  const cleared = summary.offline as RowsCleared;
  if (options.vacuum) {
    output.note('Vacuuming: the snapshots that hold the deleted rows expire when they are an hour old.');
    await vacuumTable(context, plan.group, athenaOptions(run));
    cleared.vacuumed = true;
  }
  const { place } = plan.offline;
  for await (const page of listObjects(await aws.s3(), place, signal)) {
    cleared.objectsLeft += page.length;
    cleared.bytesLeft += page.reduce((sum, { size }) => sum + size, 0);
  }
  if (cleared.objectsLeft === 0) return output.note(`No data object is left under ${uriOf(place)}`);
  const left = `${count(cleared.objectsLeft)} data objects (${byteSize(cleared.bytesLeft)}) are still under ${uriOf(place)}`;
  output.note(
    options.vacuum
      ? `${left}: VACUUM has left them; run it again later.`
      : `${left}: old snapshots hold them until a VACUUM after the table's snapshot age (${DEFAULT_SNAPSHOT_AGE_DAYS} days unless set otherwise); --vacuum does that.`,
  );
}

/** What was written shortly before the clear may land offline for another quarter of an hour. */
async function settle(run: Run): Promise<void> {
  const { context, plan, options, summary } = run;
  if (!options.settleSeconds || !plan.offline) return;
  const until = performance.now() + options.settleSeconds * 1000;
  for (let left = options.settleSeconds; left > 0; left = (until - performance.now()) / 1000) {
    context.output.live(`waiting ${duration(left)} for what may still land offline`);
    await sleep(Math.min(1000, left * 1000), undefined, { signal: context.signal });
  }
  context.output.live('');
  if (plan.offline.format === 'Iceberg') {
    summary.settled = { rows: await deleteRows(context.aws, plan.group, athenaOptions(run)) };
    context.output.note(`${count(summary.settled.rows)} rows had landed meanwhile, and are deleted.`);
    return;
  }
  const { objects, bytes } = await sweep(run, () => {});
  summary.settled = { objects, bytes };
  context.output.note(`${count(objects)} objects had landed meanwhile, and are deleted.`);
}
