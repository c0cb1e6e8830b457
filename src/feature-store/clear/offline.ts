/** Deletes a group's own offline objects (Glue table format) until none is left under its prefix. */
import type { S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import type { Context } from '../../context.js';
import { CommandError, PartialFailure, RefusedError } from '../../errors.js';
import { openFailures } from '../bulk/failures.js';
import { openProgress } from '../../utils/terminal/progress.js';
import { shortPath } from '../../utils/command-line.js';
import { counted, countedWith } from '../../utils/quantities.js';
import { deleteObjects } from '../../s3/delete.js';
import { listObjects, listVersions, type StoredObject } from '../../s3/list.js';
import { uriOf, type Place } from '../../s3/address.js';
import { isPlaceholder } from './offline-prefix.js';
import type { ClearOptions } from './options.js';

export interface SweepOptions extends Pick<ClearOptions, 'allVersions' | 'maxDelete' | 'retryFor' | 'errorsFile'> {
  /** Expected number of objects, for the progress line. */
  total?: number;
  /** Called with the objects about to be deleted; those that are replaced afterwards are not deleted. */
  before?(objects: StoredObject[]): Promise<void>;
}

export interface Swept {
  objects: number;
  bytes: number;
  /** Old versions and delete markers among the deleted. */
  oldVersions: number;
  failed: number;
  /** Empty folder markers that S3 refused to delete in the last pass. */
  placeholdersLeft: number;
  /** Whether the last listing was empty, except for folder markers. */
  provedEmpty: boolean;
}

/** Concurrent DeleteObjects calls, of a thousand keys each; S3 takes 3,500 keys per second and prefix. */
const DELETES_IN_FLIGHT = 4;
const MAX_PASSES = 8;

/**
 * Lists and deletes repeatedly until a listing is empty.
 * @throws PartialFailure (exit 4) for keys that S3 refused; CommandError where objects keep appearing; RefusedError
 * above `maxDelete`; the reason of the signal
 */
export async function sweepObjects(
  context: Context,
  place: Place,
  options: SweepOptions & { ended?(swept: Swept): void },
): Promise<Swept> {
  const { signal } = context;
  const failures = openFailures(options.errorsFile, context, { unit: 'object' });
  const progress = openProgress(context, { total: options.total, unit: 'object' });
  const swept: Swept = { objects: 0, bytes: 0, oldVersions: 0, failed: 0, placeholdersLeft: 0, provedEmpty: false };
  const s3 = await context.aws.s3();
  let errorsFile: string | undefined;
  try {
    for (let pass = 1; !swept.provedEmpty; pass += 1) {
      if (pass > MAX_PASSES)
        throw new CommandError(`Objects keep appearing under ${uriOf(place)}: run this again later.`);
      swept.placeholdersLeft = 0;
      const listed = await sweepOnce({ s3, place, signal, swept, tally: progress.tally, fail: failures.add }, options);
      signal.throwIfAborted();
      if (swept.failed > 0) break;
      swept.provedEmpty = listed === 0;
    }
  } finally {
    progress.end();
    errorsFile = await failures.close();
    options.ended?.(swept);
  }
  if (swept.failed === 0) return swept;
  const what = countedWith(swept.failed, 'object', ['was', 'were']);
  throw new PartialFailure(
    `${what} not deleted under ${uriOf(place)}${errorsFile ? `; see ${shortPath(errorsFile, context.cwd)}` : ''}.`,
  );
}

interface Sweep {
  s3: S3Client;
  place: Place;
  signal: AbortSignal;
  swept: Swept;
  tally: { ok: number; failed: number };
  fail: ReturnType<typeof openFailures>['add'];
}

async function sweepOnce(sweep: Sweep, options: SweepOptions): Promise<number> {
  const { s3, place, signal } = sweep;
  const limit = pLimit(DELETES_IN_FLIGHT);
  const underway = new Set<Promise<void>>();
  const before = sweep.swept.objects;
  let listed = 0;
  let failure: { error: unknown } | undefined;
  const pages = (options.allVersions ? listVersions : listObjects)(s3, place, signal);
  try {
    for await (const objects of pages) {
      listed += objects.filter((object) => !isPlaceholder(object)).length;
      if (before + listed > (options.maxDelete ?? Infinity)) throw tooMany(options.maxDelete!, place);
      await options.before?.(objects);
      if (signal.aborted || failure) break;
      const deletion = limit(() => deletePage(sweep, objects, options))
        .catch((error: unknown) => void (failure ??= { error }))
        .finally(() => underway.delete(deletion));
      underway.add(deletion);
      if (underway.size >= 2 * DELETES_IN_FLIGHT) await Promise.race(underway);
    }
  } catch (error) {
    if (!signal.aborted) failure ??= { error };
  }
  await Promise.all(underway);
  if (failure) throw failure.error;
  return listed;
}

const tooMany = (maxDelete: number, place: Place) =>
  new RefusedError(
    `There are more than ${counted(maxDelete, 'object')} under ${uriOf(place)} by now (--max-delete): stopped there.`,
  );

async function deletePage(
  { s3, place, signal, swept, tally, fail }: Sweep,
  objects: StoredObject[],
  { retryFor, before }: SweepOptions,
): Promise<void> {
  const ifUnchanged = before !== undefined;
  const nameOf = ({ key, versionId }: Pick<StoredObject, 'key' | 'versionId'>) => `${key}\n${versionId ?? ''}`;
  const all = await deleteObjects(s3, { place, objects, retryFor, ifUnchanged, signal });
  const placeholders = new Set(objects.filter(isPlaceholder).map(nameOf));
  const refusals = all.filter((each) => !placeholders.has(nameOf(each)));
  swept.placeholdersLeft += all.length - refusals.length;
  // Objects that changed or vanished are left to the next pass.
  const failed = refusals.filter(({ code }) => !ifUnchanged || !/^(PreconditionFailed|NoSuchKey)$/.test(code));
  const refused = new Set(refusals.map(nameOf));
  const gone = objects.filter((each) => !isPlaceholder(each) && !refused.has(nameOf(each)));
  swept.objects += gone.length;
  swept.bytes += gone.reduce((sum, { size }) => sum + size, 0);
  swept.oldVersions += gone.filter(({ isOld }) => isOld).length;
  swept.failed += failed.length;
  tally.ok += gone.length;
  tally.failed += failed.length;
  for (const { key, versionId, code, message } of failed) {
    const id = `s3://${place.bucket}/${key}${versionId === undefined ? '' : ` (version ${versionId})`}`;
    fail({ id, code, message: `${code}: ${message}`, attempts: 1 });
  }
}
