/** A clear in progress, and what it has done and proved so far. */
import type { Context } from '../../context.js';
import type { Backup, BackupJob } from './backup/backup.js';
import type { Swept } from './offline.js';
import type { OnlineCleared } from './online.js';
import type { ClearPlan } from './plan.js';
import type { ClearOptions } from './options.js';

/** What was done and proved; steps that were not reached have no entry. */
export interface ClearSummary {
  command: 'clear';
  group: string;
  backup?: Backup;
  /** Backups of earlier runs that did not end, oldest first. */
  earlierBackups?: Backup[];
  online?: OnlineCleared;
  offline?: (Swept | RowsCleared) & { uri: string };
  /** What appeared during `--settle`, and was removed as well. */
  settled?: { objects: number; bytes: number } | { rows: number };
  seconds: number;
  /** Why it ended early. */
  stopped?: string;
}

/** Rows of an Iceberg table. */
export interface RowsCleared {
  rows: number;
  provedEmpty: boolean;
  vacuumed: boolean;
  /** Data objects still on S3, and their bytes, which snapshots keep. */
  objectsLeft: number;
  bytesLeft: number;
}

export interface Run {
  context: Context;
  plan: ClearPlan;
  options: ClearOptions;
  summary: ClearSummary;
  backupJob?: BackupJob;
}
