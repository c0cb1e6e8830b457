/** What a clear can be told. */
import type { CopyLimits } from '../../s3/copy.js';
import type { OnlineClearOptions } from './online.js';
import type { VacuumOptions } from './table/vacuum.js';

export interface ClearOptions extends OnlineClearOptions, Pick<VacuumOptions, 'vacuumAgeSeconds'> {
  /** One store alone; both by default, as far as the group has them. */
  only?: 'online' | 'offline';
  /** Where to copy everything before it is removed; `true` is a place beside the offline store. */
  backup?: string | true;
  /** Identifiers for where ListRecords is not available. */
  idsFile?: string;
  /** Refuse to delete more records, or more objects (Iceberg: rows), than this. */
  maxDelete?: number;
  /** Sweep the offline store again after so many seconds. */
  settleSeconds?: number;
  /** Old versions and delete markers too. */
  allVersions?: boolean;
  /** The account that the bucket of the offline store belongs to, where it is not the group's. */
  bucketOwner?: string;
  /** Give the bytes of an Iceberg table back. */
  vacuum?: boolean;
  limits?: CopyLimits;
}
