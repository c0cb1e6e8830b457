/** The deletion of named records. A file of identifiers is read once, so that what was counted is what is deleted. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { nameOf } from '../../files/file-handler.js';
import { MAX_NAMED } from '../../utils/quantities.js';
import { deleteNamed, type NamedDeletion } from '../online/delete/delete-named.js';
import { readListing, writeListing } from '../online/listing.js';
import type { Effort, WriteTarget } from '../online/types.js';
import type { FeatureGroup } from '../groups/describe.js';
import { checkIdentifier } from '../records/column-readers.js';
import type { Failure } from '../records/rows.js';
import { readIdentifiers, type IdentifierOptions } from './identifiers.js';
import { openMissing } from './missing.js';
import { runInBulk, type BulkOptions } from './run.js';

export interface Named {
  /** Duplicates included. */
  count: number;
  /** The first ones, to show. */
  first: string[];
  /** Rows without an identifier. */
  failures: Failure[];
  /** Further rows without one, whose failures are not kept. */
  moreFailures: number;
  pages(): AsyncIterable<string[]> | Iterable<string[]>;
  /** Removes the copy. */
  remove(): Promise<void>;
}

const MAX_FAILURES = 100_000;

/** @throws UsageError for an identifier that no record can have */
export function namedByHand(group: FeatureGroup, identifiers: string[]): Named {
  for (const identifier of identifiers) checkIdentifier(group, identifier);
  const counts = { count: identifiers.length, failures: [], moreFailures: 0 };
  return { ...counts, first: identifiers, pages: () => [identifiers], remove: () => Promise.resolve() };
}

/**
 * Copies the identifiers from a file in any format, or from stdin, to a temporary file that only its owner can read.
 * @throws UsageError where there is none, one that no record can have, or the file cannot be read
 */
export async function readNamed(
  group: FeatureGroup,
  context: Context,
  { file, ...reading }: Pick<IdentifierOptions, 'delimiter' | 'format'> & { file: string },
): Promise<Named> {
  const folder = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
  const path = join(folder, 'identifiers');
  const remove = () => rm(folder, { recursive: true, force: true });
  const named: Named = { count: 0, first: [], failures: [], moreFailures: 0, pages: () => readListing(path), remove };
  const fail: IdentifierOptions['fail'] = (failure, value = '') => {
    if (value !== '')
      throw new UsageError(
        `${nameOf(failure.file ?? file)}, line ${failure.line}: ${failure.message} No record of ${group.name} has such an identifier: nothing is deleted.`,
      );
    if (named.failures.length < MAX_FAILURES) named.failures.push(failure);
    else named.moreFailures += 1;
  };
  const { stdin, aws, signal, output } = context;
  const options = { ...reading, stdin, s3: aws.s3, signal, fail, note: output.note };
  async function* counted() {
    for await (const page of readIdentifiers(file, group, options)) {
      named.count += page.length;
      named.first.push(...page.slice(0, MAX_NAMED - named.first.length));
      yield page;
    }
  }
  try {
    await writeListing(path, counted());
    signal.throwIfAborted();
    if (named.count === 0) throw new UsageError(`${nameOf(file)} holds no identifier: nothing is deleted.`);
    return named;
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * Deletes them.
 * @throws PartialFailure (exit 4) where records failed; errors of the run; the reason of an interruption
 */
export async function deleteAllNamed(
  context: Context,
  { target, named, deletion }: { target: WriteTarget; named: Named; deletion: NamedDeletion },
  { effort, ...options }: Pick<BulkOptions, 'input' | 'maxErrors' | 'errorsFile' | 'retry'> & { effort: Effort },
): Promise<void> {
  const { output, aws, summarize } = context;
  const settings = { ...options, command: 'delete-record', verb: 'deleted', total: named.count, ended: summarize };
  await runInBulk(context, settings, async (run) => {
    const { tally, fail } = run;
    const missing = await openMissing(undefined, { ...output, s3: aws.s3, column: target.group.recordIdentifier });
    named.failures.forEach(fail);
    tally.failed += named.moreFailures;
    for await (const outcomes of deleteNamed(target, named.pages(), { ...effort, ...run.watching, deletion })) {
      for (const { identifier: id, attempts, ...outcome } of outcomes) {
        if (!outcome.ok) {
          fail({ id, code: outcome.code, message: outcome.message, attempts });
          continue;
        }
        tally.writeUnits = (tally.writeUnits ?? 0) + 1;
        if (outcome.wasThere === false) await missing.add([id]);
        else tally.ok += 1;
      }
      tally.missing = missing.count();
      tally.skipped = tally.missing;
    }
    await missing.end();
  });
}
