/** Goes on where an earlier run of the same file and group stopped, and remembers how far this one is. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Clients } from '../../config.js';
import type { Output } from '../../context.js';
import { RefusedError, UsageError } from '../../errors.js';
import { openCheckpoint } from '../../utils/checkpoint.js';
import { identifyInput, type InputIdentity } from '../../utils/input-identity.js';
import { count } from '../../utils/progress.js';
import { isWithin, openRanges, sizeOf, type Range } from '../../utils/ranges.js';
import type { FeatureGroup } from '../groups/describe.js';

/** Below the working directory. */
const FOLDER = join('.sagemaker-fs', 'bulk-put');

/** What the checkpoint's file holds. */
interface State {
  input: InputIdentity;
  /** As `--format` said. */
  format?: string;
  group: { arn: string; creationTime?: string };
  errorsFile: string;
  /** Records that are in the errors file. */
  failed: number;
  /** Numbers of the records that were acknowledged, or are in the errors file. */
  settled: Range[];
}

export interface Resume {
  /** Where an earlier run, which this one continues, put its failures. */
  readonly errorsFile?: string;
  /** Failures in there. */
  readonly failed: number;
  /** Whether an earlier run has dealt with any record. */
  readonly isBegun: boolean;
  /** Whether an earlier run has dealt with the record of this number, counted from 0. */
  isSettled(number: number): boolean;
  /** The records of these numbers were acknowledged, or are in the errors file. */
  settle(numbers: Iterable<number>, failures: Failures): void;
  /** After the run: nothing is left of a complete one, and of another all that it takes to go on. */
  end(complete: boolean, failures: Failures): void;
}

/** How the errors file stands: its path, and the records that this run put there. */
interface Failures {
  errorsFile: string;
  failed: number;
}

export interface ResumeOptions {
  /** True to continue; otherwise a checkpoint that fits is only noted. */
  resume?: boolean;
  /** Absolute, `-` or `s3://bucket/key`. */
  path: string;
  format?: string;
  group: FeatureGroup;
  cwd: string;
  output: Output;
  aws: Pick<Clients, 's3'>;
}

/**
 * @throws UsageError when what is to be resumed is no file
 * @throws RefusedError when the file or the group is not that of the earlier run any more
 */
export async function openResume(options: ResumeOptions): Promise<Resume> {
  const { resume = false, path, format, group, cwd, output } = options;
  const input = await identifyInput(path, options.aws.s3);
  if (!input) {
    if (resume)
      throw new UsageError(`${path === '-' ? 'stdin' : path} cannot be resumed: only a file or an object on S3 can.`);
    return NOT_RESUMABLE;
  }
  const now = { input, format, group: { arn: group.arn, creationTime: group.creationTime?.toISOString() } };
  const checkpoint = openCheckpoint<State>(join(cwd, FOLDER, fileName(group, path)), ({ message }) =>
    output.warn(`no checkpoint can be written, so --resume will not be possible (${message}).`),
  );
  const found = checkpoint.read();
  const changed = found && changeSince(found, now);
  if (resume && changed) throw new RefusedError(`${changed} Run without --resume to start over.`);
  const earlier = found && !changed ? found : undefined;
  tell(output, { resume, earlier, path });
  const continued = resume ? earlier : undefined;
  const before = continued?.settled ?? [];
  const settled = openRanges(before);
  const failedBefore = continued?.failed ?? 0;
  const state = ({ errorsFile, failed }: Failures): State => ({
    ...now,
    errorsFile,
    failed: failedBefore + failed,
    settled: settled.list(),
  });
  return {
    errorsFile: continued?.errorsFile,
    failed: failedBefore,
    isBegun: before.length > 0,
    isSettled: (number) => isWithin(before, number),
    settle(numbers, failures) {
      for (const number of numbers) settled.add(number);
      checkpoint.keep(() => state(failures));
    },
    end(complete, failures) {
      if (complete) return checkpoint.remove();
      const reached = sizeOf(settled.list());
      if (reached === 0) return;
      checkpoint.write(state(failures));
      output.note(`${count(reached)} records are dealt with; the same command with --resume goes on with the rest.`);
    },
  };
}

const NOT_RESUMABLE: Resume = { failed: 0, isBegun: false, isSettled: () => false, settle: () => {}, end: () => {} };

function fileName({ name, arn }: FeatureGroup, path: string): string {
  return `${name}--${createHash('sha256').update(`${arn}\0${path}`).digest('hex').slice(0, 12)}.json`;
}

/** What is no longer as it was, as a sentence. */
function changeSince(found: State, now: Pick<State, 'input' | 'format' | 'group'>): string | undefined {
  const { path, size, modified, content } = now.input;
  if (found.input.size !== size || found.input.modified !== modified || found.input.content !== content)
    return `${path} has changed since the run that is to be resumed.`;
  if (found.format !== now.format)
    return `${path} was read with ${found.format ? `--format ${found.format}` : 'no --format'} by the run that is to be resumed.`;
  if (found.group.creationTime !== now.group.creationTime)
    return `${now.group.arn} has been created anew since the run that is to be resumed.`;
  return undefined;
}

function tell(output: Output, { resume, earlier, path }: { resume: boolean; earlier?: State; path: string }): void {
  if (earlier) {
    const where = `An earlier run of ${path} dealt with ${count(sizeOf(earlier.settled))} records`;
    output.note(
      resume ? `${where}: going on with the rest.` : `${where}; this one starts over, as --resume was not given.`,
    );
  } else if (resume) output.note(`No earlier run of ${path} was interrupted: starting with its first record.`);
}
