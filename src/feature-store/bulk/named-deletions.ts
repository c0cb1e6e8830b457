/** The deletion of what a file names: its identifiers are read once, so that what was counted is what is deleted. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { nameOf } from '../../files/file-handler.js';
import { deleteNamed, type NamedDeletion } from '../online/delete/delete-named.js';
import { readListing, writeListing } from '../online/listing.js';
import type { Effort, WriteTarget } from '../online/types.js';
import type { FeatureGroup } from '../groups/describe.js';
import type { Failure } from '../records/rows.js';
import { readIdentifiers, type IdentifierOptions } from './identifiers.js';
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
  pages(): AsyncIterable<string[]>;
  /** Removes the copy. */
  remove(): Promise<void>;
}

const SHOWN = 10;
const MAX_FAILURES = 100_000;

/**
 * Copies the identifiers from a file in any format, or from stdin, to a temporary file that only its owner can read.
 * @throws UsageError where there is none, or the file cannot be read
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
  const fail = (failure: Failure) => {
    if (named.failures.length < MAX_FAILURES) named.failures.push(failure);
    else named.moreFailures += 1;
  };
  const { stdin, aws, signal, output } = context;
  const options = { ...reading, stdin, s3: aws.s3, signal, fail, note: output.note };
  async function* counted() {
    for await (const page of readIdentifiers(file, group, options)) {
      named.count += page.length;
      named.first.push(...page.slice(0, SHOWN - named.first.length));
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
  const settings = { ...options, command: 'delete-record', verb: 'deleted', total: named.count };
  await runInBulk(context, { ...settings, ended: context.summarize }, async (run) => {
    named.failures.forEach(run.fail);
    run.tally.failed += named.moreFailures;
    for await (const outcomes of deleteNamed(target, named.pages(), { ...effort, ...run.watching, deletion })) {
      for (const outcome of outcomes) {
        const { identifier: id, attempts } = outcome;
        if (outcome.ok) {
          run.tally.ok += 1;
          run.tally.writeUnits = (run.tally.writeUnits ?? 0) + 1;
        } else run.fail({ id, code: outcome.code, message: outcome.message, attempts });
      }
    }
  });
}
