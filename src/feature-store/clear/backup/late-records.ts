/** Records written after the backup was made are copied into it, one file per page, before they are deleted. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { Context } from '../../../context.js';
import { describeError } from '../../../describe-error.js';
import { CommandError } from '../../../errors.js';
import { uriOf } from '../../../s3/address.js';
import { writeRecords, type Backup, type BackupJob } from './backup.js';
import { counted } from '../../../utils/quantities.js';
import { fromRecord } from '../../records/record-rows.js';

/** What a deletion needs from the backup. */
export type LateRecords = ReturnType<typeof openLateRecords>;

/** @param backup its counts are updated */
export function openLateRecords(
  context: Context,
  { to, held }: Pick<BackupJob, 'to' | 'held'>,
  backup: Pick<Backup, 'late'>,
) {
  const uri = `${uriOf(to)}late-records/`;
  return {
    isHeld: held.hasRecord,
    /** Copies the records that the backup lacks; once it returns, they may be deleted. */
    async keep(records: FeatureValue[][]): Promise<void> {
      const rows = records.filter((record) => !held.hasRecord(record)).map(fromRecord);
      if (rows.length === 0) return;
      const late = (backup.late ??= { uri, files: 0, count: 0, bytes: 0 });
      late.files += 1;
      const name = `${String(late.files).padStart(6, '0')}.jsonl`;
      const written = await writeRecords(context, { uri: `${uri}${name}`, owner: to.owner }, [rows]).catch(
        (error: unknown) => {
          if (context.signal.aborted) throw error;
          const { message } = describeError(error);
          const what = `${counted(rows.length, 'record')} written in the meantime could not be backed up, and so ${rows.length === 1 ? 'was' : 'were'} not deleted.`;
          throw new CommandError(`${what} ${message}`, undefined, { cause: error });
        },
      );
      late.count += written.count;
      late.bytes += written.bytes;
      rows.forEach(held.noteRow);
    },
  };
}
