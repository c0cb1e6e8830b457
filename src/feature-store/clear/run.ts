/** Clears a group in a fixed order: backup, online store, offline store; each step is verified before the next. */
import type { Context } from '../../context.js';
import { describeError } from '../../describe-error.js';
import { CommandError } from '../../errors.js';
import { uriOf } from '../../s3/address.js';
import { byteSize, count, counted, countedWith } from '../../utils/quantities.js';
import { countDown } from '../../utils/terminal/countdown.js';
import { endRunsInto } from '../bulk/resume/cleared.js';
import { checkSameGroup } from '../groups/describe.js';
import { makeBackup, writeManifest } from './backup/backup.js';
import { openHeld } from './backup/held.js';
import { copyingLate } from './backup/late-objects.js';
import { openUnfinished } from './backup/unfinished.js';
import { openLateRecords } from './backup/late-records.js';
import { sweepObjects, type SweepOptions, type Swept } from './offline.js';
import { clearOnline, type OnlineCleared } from './online.js';
import type { ClearPlan } from './plan.js';
import type { ClearSummary, Run } from './summary.js';
import { checkTable, deleteLateRows, emptyTable, freeStorage } from './table/steps.js';
import type { ClearOptions } from './options.js';

/**
 * Executes a plan, after consent. A failure does not undo completed steps; an interrupted clear is simply run again.
 * @throws CommandError (exit 1) where the backup fails, before anything is deleted; PartialFailure (exit 4) for records
 * or objects that were not deleted, without starting the steps that follow; the reason of the signal. `ended` gets the
 * summary first.
 */
export async function runClear(
  context: Context,
  plan: ClearPlan,
  options: ClearOptions & { ended?(summary: ClearSummary): void | Promise<void> },
): Promise<ClearSummary> {
  const started = performance.now();
  const summary: ClearSummary = { command: 'clear', group: plan.group.name, seconds: 0 };
  const run: Run = { context, plan, options, summary };
  const unfinished = openUnfinished(context, plan.group);
  if (unfinished.earlier.length > 0) {
    summary.earlierBackups = unfinished.earlier;
    const uris = unfinished.earlier.map(({ uri }) => uri).join(', ');
    context.output.note(
      `An earlier clear of ${plan.group.name} did not end: what it deleted is in its backup, ${uris}`,
    );
  }
  try {
    await checkSameGroup(context.aws, { group: plan.group, nameOrArn: options.nameOrArn }, context.signal);
    await checkTable(run);
    await backUp(run);
    if (summary.backup) unfinished.add(summary.backup);
    endRunsInto(plan.group, context);
    await emptyOnline(run);
    await emptyOffline(run);
    await settle(run);
    await freeStorage(run);
    unfinished.remove();
  } catch (error) {
    summary.stopped = (context.signal.aborted ? (context.signal.reason as Error) : (error as Error)).message;
    throw context.signal.aborted ? context.signal.reason : error;
  } finally {
    summary.seconds = Math.round(performance.now() - started) / 1000;
    await options.ended?.(summary);
  }
  return summary;
}

async function backUp(run: Run): Promise<void> {
  const { context, plan, options, summary } = run;
  if (!plan.backup) return;
  options.stage?.('back up');
  const { group, offline, online } = plan;
  const from = offline && (offline.format === 'Iceberg' ? offline.root : offline.place);
  run.backupJob = { group, to: plan.backup, offline: from, online: online !== undefined, held: openHeld() };
  try {
    summary.backup = await makeBackup(context, run.backupJob, options);
  } catch (error) {
    if (context.signal.aborted) {
      context.output.note(`Nothing was deleted; the backup under ${uriOf(plan.backup)} is incomplete.`);
      throw error;
    }
    const { message } = describeError(error);
    throw new CommandError(`The backup failed, so nothing was deleted. ${message}`, undefined, { cause: error });
  }
  const { records, offline: copied } = summary.backup;
  const parts = [
    records && counted(records.count, 'record'),
    copied && `${counted(copied.objects, 'object')} (${byteSize(copied.bytes)})`,
  ];
  context.output.note(`Backed up ${parts.filter(Boolean).join(' and ')} to ${summary.backup.uri}, and compared.`);
}

async function emptyOnline(run: Run): Promise<void> {
  const { context, plan, options, summary, backupJob } = run;
  if (!plan.online) return;
  options.stage?.('online');
  const { group, online } = plan;
  const job = { group, source: online.source, expected: online.records };
  const ended = (each: OnlineCleared) => void (summary.online = each);
  const late = backupJob && openLateRecords(context, backupJob, summary.backup!);
  try {
    summary.online = await clearOnline(context, job, { ...options, late, ended });
  } catch (error) {
    if (plan.offline) context.output.note('The offline store was not touched: run this again to finish.');
    throw error;
  } finally {
    await updateManifest(run);
  }
  const cleared = summary.online;
  const { unlisted } = online.source;
  if (cleared.provedEmpty) {
    context.output.note(`The online store of ${group.name} is empty: ListRecords lists nothing.`);
  } else if (unlisted) {
    context.output.warn(`Could not prove that the online store of ${group.name} is empty: ListRecords ${unlisted}.`);
  } else throw new CommandError(`The online store of ${group.name} was not proved empty: nothing else was touched.`);
}

/** Adds late records to the counts of the manifest. */
async function updateManifest({ context, backupJob, summary: { backup } }: Run): Promise<void> {
  if (!backup?.late) return;
  await writeManifest(await context.aws.s3(), backupJob!, { backup, madeAt: context.now() });
  context.output.note(
    `${countedWith(backup.late.count, 'record', ['was', 'were'])} written in the meantime, and backed up to ${backup.late.uri} before being deleted.`,
  );
}

const checkStillThere = ({ context: { aws, signal }, plan: { group }, options: { nameOrArn } }: Run, so: string) =>
  checkSameGroup(aws, { group, nameOrArn, so }, signal);

async function emptyOffline(run: Run): Promise<void> {
  const { context, plan, options, summary } = run;
  if (!plan.offline) return;
  options.stage?.('offline');
  // The backup and the online store may have taken hours.
  await checkStillThere(run, 'The offline store was not touched.');
  if (plan.offline.format === 'Iceberg') return emptyTable(run);
  const uri = uriOf(plan.offline.place);
  summary.offline = { ...(await sweep(run, (swept) => (summary.offline = { ...swept, uri }))), uri };
  const { objects, bytes, oldVersions, placeholdersLeft } = summary.offline as Swept;
  const versions = oldVersions > 0 ? `, ${count(oldVersions)} of them old versions and delete markers` : '';
  const left = placeholdersLeft > 0 ? `nothing but empty folder markers (${count(placeholdersLeft)})` : 'nothing';
  context.output.note(
    `Deleted ${counted(objects, 'object')} (${byteSize(bytes)})${versions}: ${left} is left under ${uri}`,
  );
}

/** With a backup, nothing is deleted without a copy, including objects that appeared since. */
async function sweep(run: Run, ended: (swept: Swept) => void): Promise<Swept> {
  const { context, plan, options, backupJob } = run;
  const { place, objects, old } = plan.offline!;
  const total =
    objects === undefined
      ? undefined
      : objects + (options.allVersions ? (old?.versions ?? 0) + (old?.markers ?? 0) : 0);
  const sweepWith = (before?: SweepOptions['before']) =>
    sweepObjects(context, place, { ...options, total, before, ended });
  return backupJob ? copyingLate(run, place, sweepWith) : sweepWith();
}

/** Recent writes may reach the offline store up to 15 minutes later. */
async function settle(run: Run): Promise<void> {
  const { context, plan, options, summary } = run;
  if (!options.settle || !plan.offline) return;
  options.stage?.('settle');
  await countDown(options.settle, 'for records on their way to the offline store', context);
  await checkStillThere(run, 'What landed in the meantime was not touched.');
  if (plan.offline.format === 'Iceberg') {
    summary.settled = { rows: await deleteLateRows(run) };
    context.output.note(landedWords(summary.settled.rows, 'row'));
    return;
  }
  const { objects, bytes } = await sweep(run, () => {});
  summary.settled = { objects, bytes };
  context.output.note(landedWords(objects, 'object'));
}

const landedWords = (landed: number, unit: string) =>
  landed === 0
    ? `No ${unit} had arrived in the meantime.`
    : `${countedWith(landed, unit, ['had arrived in the meantime and is', 'had arrived in the meantime and are'])} deleted.`;
