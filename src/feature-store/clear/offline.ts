/** A group's own offline objects (Glue table format), deleted until none is left under its prefix. */
import type { S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import type { Context } from '../../context.js';
import { CommandError, PartialFailure, RefusedError } from '../../errors.js';
import { openFailures } from '../bulk/failures.js';
import { openProgress } from '../../utils/terminal/progress.js';
import { counted, countedWith } from '../../utils/quantities.js';
import { deleteObjects } from '../../s3/delete.js';
import { listObjects, listVersions, type StoredObject } from '../../s3/list.js';
import { uriOf, type Place } from '../../s3/address.js';
import { isPlaceholder } from './placeholders.js';

export interface SweepOptions {
  /** Old versions and delete markers too. */
  allVersions?: boolean;
  /** Objects to expect, for the progress. */
  total?: number;
  /** Refuse to delete more objects than this. */
  maxDelete?: number;
  /** Patience with S3, in seconds. */
  retryForSeconds: number;
  /** Where keys that were not deleted go; undefined keeps none. */
  errorsFile?: string;
  /** Called with what is about to be deleted, before it is. */
  before?(objects: StoredObject[]): Promise<void>;
  /** Delete nothing that took an object's place after `before` was called. */
  ifUnchanged?: boolean;
}

export interface Swept {
  objects: number;
  bytes: number;
  /** Old versions and delete markers among what is gone. */
  oldVersions: number;
  failed: number;
  /** Objects without content that S3 did not let go in the last pass. */
  placeholdersLeft: number;
  /** Whether S3 listed nothing at the end, but for objects without content that mark a folder. */
  provedEmpty: boolean;
}

/** DeleteObjects in flight: each deletes a thousand, and S3 takes 3,500 a second for a prefix. */
const DELETES_IN_FLIGHT = 4;
const MAX_PASSES = 8;

/**
 * Lists and deletes, again and again, until a listing is empty.
 * @throws PartialFailure (exit 4) for keys that S3 has refused, CommandError when objects keep appearing, RefusedError
 * above `maxDelete`, the signal's reason.
 */
export async function sweepObjects(
  context: Context,
  place: Place,
  options: SweepOptions & { ended?(swept: Swept): void },
): Promise<Swept> {
  const { output, signal } = context;
  const failures = openFailures(options.errorsFile, context, { unit: 'object' });
  const progress = openProgress(output, {
    ...{ total: options.total, unit: 'object', shown: context.options.progress !== false },
  });
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
  throw new PartialFailure(`${what} not deleted under ${uriOf(place)}${errorsFile ? `; see ${errorsFile}` : ''}.`);
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
  { retryForSeconds, ifUnchanged }: SweepOptions,
): Promise<void> {
  const nameOf = ({ key, versionId }: Pick<StoredObject, 'key' | 'versionId'>) => `${key}\n${versionId ?? ''}`;
  const all = await deleteObjects(s3, { place, objects, retryForSeconds, ifUnchanged, signal });
  const placeholders = new Set(objects.filter(isPlaceholder).map(nameOf));
  const refusals = all.filter((each) => !placeholders.has(nameOf(each)));
  swept.placeholdersLeft += all.length - refusals.length;
  // What has changed, or is gone by itself, is for the next pass.
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
