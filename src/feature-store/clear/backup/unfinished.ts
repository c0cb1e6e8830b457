/** Backups of clears that did not end: what those have deleted is in them alone, so a later clear names them too. */
import { join } from 'node:path';
import type { Context } from '../../../context.js';
import { openStateFile } from '../../../files/state-file.js';
import type { FeatureGroup } from '../../groups/describe.js';
import { notePath } from '../note-path.js';
import type { Backup } from './backup.js';

interface Unfinished {
  arn: string;
  created?: string;
  /** Oldest first. */
  backups: Backup[];
}

/** The backups that clears of this group, run in this folder, have made and not ended with. */
export function openUnfinished({ cwd, output }: Pick<Context, 'cwd' | 'output'>, group: FeatureGroup) {
  const short = notePath(group, 'clear');
  const file = openStateFile<Unfinished>(join(cwd, short));
  /** This is for the next run: it must not stop this one. */
  const attempt = <T>(done: string, step: () => T, so: string): T | undefined => {
    try {
      return step();
    } catch (error) {
      output.warn(`${short} cannot be ${done} (${(error as Error).message}): ${so}.`);
      return undefined;
    }
  };
  const found = attempt('read', file.read, UNKNOWN);
  if (found === 'damaged') output.warn(`${short} is damaged: ${UNKNOWN}.`);
  const identity = { arn: group.arn, created: group.creationTime?.toISOString() };
  const isIts =
    found !== undefined && found !== 'damaged' && found.arn === group.arn && found.created === identity.created;
  const earlier = isIts ? found.backups : [];
  return {
    earlier,
    /** Call before anything is deleted. */
    add(backup: Backup): void {
      const write = () => file.write({ ...identity, backups: [...earlier, backup] });
      attempt('written', write, 'if this run is killed, the next one will not name its backup');
    },
    remove: () => attempt('removed', file.remove, 'the next clear will name these backups once more'),
  };
}

const UNKNOWN = 'whether an earlier clear left a backup is not known';
