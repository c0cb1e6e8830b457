/** Interrupted runs into a group that is cleared afterwards: what they had written is gone, so none may be resumed. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../../context.js';
import { openStateFile, STATE_FOLDER } from '../../../files/state-file.js';
import { OWNER_ONLY } from '../../../files/whole-file.js';
import { counted } from '../../../utils/quantities.js';
import type { FeatureGroup } from '../../groups/describe.js';
import { isOurs } from './run-lock.js';

/** Beside the checkpoint, since a run that is still active writes that anew. */
const markOf = (checkpoint: string) => `${checkpoint}.cleared`;

/** Whether the group was cleared after the run with this checkpoint had begun. */
export const isCleared = (checkpoint: string): boolean => existsSync(markOf(checkpoint));

/** Once the checkpoint of the run from before the clear is gone. */
export const removeClearedMark = (checkpoint: string): void => rmSync(markOf(checkpoint), { force: true });

/** As bulk-put, migrate and migrate --incremental keep it. */
interface Kept {
  identity?: { group?: { arn: string; creationTime?: string }; target?: Target };
  target?: Target;
}
type Target = { arn: string; created?: string };

/**
 * Makes the runs into this group that were interrupted in this folder unusable for `--resume`, and has
 * `migrate --incremental` carry everything again. Call before anything is deleted; the run of this process itself stays.
 * @throws errors of the file system
 */
export function endRunsInto(group: FeatureGroup, { cwd, output }: Pick<Context, 'cwd' | 'output'>): void {
  const created = group.creationTime?.toISOString();
  const isIt = (arn?: string, since?: string) => arn === group.arn && since === created;
  let ended = 0;
  for (const short of stateFiles(cwd, group.name)) {
    const path = join(cwd, short);
    if (isOurs(`${path}.lock`)) continue;
    const kept = openStateFile<Kept>(path).read();
    // A damaged one is refused anyway.
    if (kept === undefined || kept === 'damaged') continue;
    const { group: written, target } = kept.identity ?? {};
    if (isIt(written?.arn, written?.creationTime) || isIt(target?.arn, target?.created)) {
      writeFileSync(markOf(path), '', { mode: OWNER_ONLY });
      ended += 1;
    } else if (isIt(kept.target?.arn, kept.target?.created)) {
      rmSync(path, { force: true });
      output.note(`Removed ${short}: the next migrate --incremental into ${group.name} carries everything again.`);
    }
  }
  if (ended > 0)
    output.note(
      `${counted(ended, 'interrupted run')} into ${group.name} can no longer be resumed: start over instead.`,
    );
}

/** Relative to the working directory. */
function stateFiles(cwd: string, name: string): string[] {
  const folders = entriesOf(join(cwd, STATE_FOLDER)).filter(
    (each) => each === 'bulk-put' || each.endsWith(`--${name}`),
  );
  return folders.flatMap((folder) => {
    const files = entriesOf(join(cwd, STATE_FOLDER, folder)).filter((each) => each.endsWith('.json'));
    return files.map((each) => join(STATE_FOLDER, folder, each));
  });
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
