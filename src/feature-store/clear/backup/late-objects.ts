/** Objects that appear after the backup was made are copied into it before they, or their rows, are deleted. */
import type { Place } from '../../../s3/address.js';
import type { StoredObject } from '../../../s3/list.js';
import { offlinePlace, writeManifest } from './backup.js';
import { lateCopier, type Copying } from './backup-objects.js';
import type { Run } from '../summary.js';

/** Gives `work` a function that copies late objects, and updates the manifest with their number. */
export async function copyingLate<T>(
  { context, options, summary, backupJob }: Run,
  from: Place,
  work: (copy: (objects: StoredObject[]) => Promise<void>) => Promise<T>,
): Promise<T> {
  const s3 = await context.aws.s3();
  const { to, held } = backupJob!;
  const copying: Copying = { ...options, s3, from, to: offlinePlace(to), held };
  let late = 0;
  const copied = ({ size }: StoredObject) => {
    late += 1;
    summary.backup!.offline!.objects += 1;
    summary.backup!.offline!.bytes += size;
  };
  try {
    return await work(lateCopier(context, copying, copied));
  } finally {
    if (late > 0) await writeManifest(s3, backupJob!, { backup: summary.backup!, madeAt: context.now() });
  }
}
