/** The last steps of a migration, once all is in the target: a run that is killed in them is resumed with what is left of them. */
import { rm } from 'node:fs/promises';
import type { Context } from '../../context.js';
import { CommandError } from '../../errors.js';
import type { OpenSource } from '../offline/record-source.js';

/** As a checkpoint keeps it: how a migration ended. */
export interface Ended {
  /** Records that failed, or that verification found to differ. */
  error?: Pick<CommandError, 'message' | 'exitCode' | 'next'>;
}

/** What a run has to end. */
interface Ending {
  checkpoint: { note(change: { ended: Ended }): void; remove(): void; listing: { path: string } };
  arrived?(): Promise<void>;
}

/**
 * Removes what was read and the checkpoint, and moves the mark if nothing failed.
 * @throws the error with which the run ends; what keeps the mark from being moved
 */
export async function endMigration(
  job: Ending,
  { opened, error }: { opened: Pick<OpenSource, 'remove'>; error: CommandError | undefined },
): Promise<void> {
  const { checkpoint } = job;
  // From here on there is nothing to read any more, and a resumed run must not write everything again.
  checkpoint.note({
    ended: { error: error && { message: error.message, exitCode: error.exitCode, next: error.next } },
  });
  await opened.remove();
  // Before the mark: once that has moved, this checkpoint would be of another request, which --resume refuses.
  checkpoint.remove();
  if (error) throw error;
  await job.arrived?.();
}

/** The same for a run that was killed meanwhile. Its query result may stay. */
export async function endResumed(context: Context, job: Ending, { error }: Ended): Promise<void> {
  context.output.note('All of it had been done; only the last steps were missing.');
  const opened = { remove: () => rm(job.checkpoint.listing.path, { force: true }) };
  await endMigration(job, { opened, error: error && new CommandError(error.message, error.exitCode, error) });
}
