/** Resumes an earlier run on the same file and group, and saves the progress of this one. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from '../../../context.js';
import { UsageError } from '../../../errors.js';
import { STATE_FOLDER } from '../../../files/state-file.js';
import { openCheckpoint, type Checkpoint } from './checkpoint.js';
import { changedOptions, typedOptions, type DecidingOptions, type TypedOptions } from './deciding-options.js';
import { identifyInput, type InputIdentity } from './input-identity.js';
import { counted } from '../../../utils/quantities.js';
import type { FeatureGroup } from '../../groups/describe.js';

interface Identity {
  input: InputIdentity;
  /** Not in checkpoints of earlier versions. */
  options?: TypedOptions;
  group: { arn: string; creationTime?: string };
}

export interface ResumeOptions {
  /** Resume; if false, a matching checkpoint is only mentioned. */
  resume?: boolean;
  /** As `userPath` makes it. */
  path: string;
  /** The inputs, where there are several; `path` is then their name for messages. */
  inputs?: string[];
  /** Those that decide how the file is read and written. */
  options: DecidingOptions;
  group: FeatureGroup;
}

/** What a resumed run needs besides the records that are done. */
interface Notes {
  /** When the first run started, which --fill-event-time gives to all records. Not in checkpoints of earlier versions. */
  start?: string;
}

export type FileCheckpoint = Checkpoint<Notes>;

/**
 * Opens the checkpoint for this input and group, and writes nothing yet; undefined for an input that cannot be read
 * twice.
 * @throws UsageError for `--resume` without a file
 * @throws RefusedError where file, group or options have changed since the earlier run, or another run is active
 */
export async function findRun(options: ResumeOptions, context: Context): Promise<FileCheckpoint | undefined> {
  const { resume = false, path, group } = options;
  const inputs = options.inputs ?? [path];
  const input = await identifyInput(inputs, { cwd: context.cwd, s3: context.aws.s3 });
  if (!input) {
    if (resume)
      throw new UsageError(`${path === '-' ? 'stdin' : path} cannot be resumed: only a file or an object on S3 can.`);
    return undefined;
  }
  const identity = {
    input,
    options: typedOptions(options.options),
    group: { arn: group.arn, creationTime: group.creationTime?.toISOString() },
  };
  return openCheckpoint<Identity, Notes>(
    {
      path: join(context.cwd, STATE_FOLDER, 'bulk-put', fileName(group, input)),
      identity,
      resume,
      changed: (before) => changeSince(before, identity, path),
    },
    context,
  );
}

function fileName({ name, arn }: FeatureGroup, { path }: InputIdentity): string {
  return `${name}--${createHash('sha256').update(`${arn}\0${path}`).digest('hex').slice(0, 12)}.json`;
}

/** What has changed since, as a sentence. */
function changeSince(before: Identity, now: Identity, path: string): string | undefined {
  const { size, modified, content } = now.input;
  if (before.input.size !== size || before.input.modified !== modified || before.input.content !== content)
    return `${path} has changed since the run that is to be resumed.`;
  if (!before.options) return `The run of ${path} that is to be resumed was one of another version of this tool.`;
  const changed = changedOptions(before.options, now.options ?? {});
  if (changed) return `${path} was written with ${changed} by the run that is to be resumed.`;
  if (before.group.creationTime !== now.group.creationTime)
    return `${now.group.arn} has been created again since the run that is to be resumed.`;
  return undefined;
}

/** Begins the run, and says whether it continues another. @throws RefusedError where another run is active */
export function beginRun(
  checkpoint: FileCheckpoint,
  { resume = false, path, start }: Pick<ResumeOptions, 'resume' | 'path'> & { start: Date },
  { output }: Pick<Context, 'output'>,
): void {
  const { left } = checkpoint;
  if (left?.isSame) {
    const where = `An earlier run of ${path} completed ${counted(left.settled, 'record')}`;
    output.note(
      resume ? `${where}: continuing with the rest.` : `${where}; this one starts over, as --resume was not given.`,
    );
  } else if (resume) output.note(`No earlier run of ${path} was interrupted: starting with its first record.`);
  checkpoint.begin({ start: start.toISOString() });
}
