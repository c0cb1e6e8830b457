/** Refuses to read by identifier from a group without an online store, and names the command to use instead. Pure. */
import type { GlobalOptions } from '../../config.js';
import { UsageError } from '../../errors.js';
import type { FeatureGroup } from '../../feature-store/groups/describe.js';
import { nextCommand } from '../../utils/command-line.js';

/** @param asked the group as it was typed */
export function offlineOnly({ name }: FeatureGroup, asked: string, options: GlobalOptions): UsageError {
  return new UsageError(
    `Feature group ${name} has no online store, and only that is read by identifier. To read its offline store:`,
    { next: nextCommand(options, ['export', asked, `${name}.jsonl`]) },
  );
}
