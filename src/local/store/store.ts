/** The complete state of the embedded store, as given to operations. */
import type { FeatureGroups } from '../sagemaker/groups.js';
import type { Objects } from '../s3/objects.js';
import type { OfflineStore } from '../runtime/offline.js';
import type { OnlineStore } from '../runtime/online.js';
import type { Queries } from '../athena/athena.js';
import type { Tables } from '../glue/tables.js';
import type { Core } from './core.js';

export interface Store extends Core {
  readonly groups: FeatureGroups;
  readonly online: OnlineStore;
  readonly offline: OfflineStore;
  readonly tables: Tables;
  readonly queries: Queries;
  readonly objects: Objects;
}
