/** Backups of clears that did not end: what those have deleted is in them alone, so a later clear names them too. */
import { join } from 'node:path';
import type { Context } from '../../../context.js';
import { openStateFile, STATE_FOLDER } from '../../../files/state-file.js';
import { placeOfArn } from '../../groups/arn.js';
import type { FeatureGroup } from '../../groups/describe.js';
import type { Backup } from './backup.js';

interface Unfinished {
  arn: string;
  created?: string;
  /** Oldest first. */
  backups: Backup[];
}

/** The backups that clears of this group, run in this folder, have made and not ended with. */
export function openUnfinished({ cwd, output }: Pick<Context, 'cwd' | 'output'>, group: FeatureGroup) {
  const { account, region } = placeOfArn(group.arn);
  const short = join(STATE_FOLDER, group.name, `clear-${region}-${account}.json`);
  const file = openStateFile<Unfinished>(join(cwd, short));
  const found = file.read();
  if (found === 'damaged') output.warn(`${short} is damaged: whether an earlier clear left a backup is not known.`);
  const identity = { arn: group.arn, created: group.creationTime?.toISOString() };
  const isIts =
    found !== undefined && found !== 'damaged' && found.arn === group.arn && found.created === identity.created;
  const earlier = isIts ? found.backups : [];
  return {
    earlier,
    /** Call before anything is deleted. */
    add(backup: Backup): void {
      try {
        file.write({ ...identity, backups: [...earlier, backup] });
      } catch (error) {
        const { message } = error as Error;
        output.warn(
          `${short} cannot be written (${message}): if this run is killed, the next one will not name its backup.`,
        );
      }
    },
    remove: file.remove,
  };
}
