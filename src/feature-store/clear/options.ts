/** Options of a clear. */
import type { CopyLimits } from '../../s3/copy.js';
import type { OnlineClearOptions } from './online.js';
import type { VacuumOptions } from './table/vacuum.js';

export type ClearStage = 'check' | 'back up' | 'online' | 'offline' | 'settle' | 'vacuum';

export interface ClearOptions extends OnlineClearOptions, Pick<VacuumOptions, 'vacuumAgeSeconds'> {
  /** Clear only this store; by default all that the group has. */
  only?: 'online' | 'offline';
  /** Where to back everything up first; `true` is a place beside the offline store. */
  backup?: string | true;
  /** File of identifiers, for use where ListRecords is not available. */
  idsFile?: string;
  /** Cell separator of that file, where it is CSV. */
  delimiter?: string;
  /** Sweep the offline store again after this many seconds. */
  settle?: number;
  /** Also delete old versions and delete markers. */
  allVersions?: boolean;
  /** Owner of the offline bucket, where it is not the account of the group. */
  bucketOwner?: string;
  /** Free the storage of an Iceberg table. */
  vacuum?: boolean;
  limits?: CopyLimits;
  /** Called at the beginning of each stage. */
  stage?(name: ClearStage): void;
}
