/** UpdateFeatureGroup: adds features, or changes TTL, storage type or throughput; one change per call. */
import { statusOf, type FeatureDefinition, type FeatureGroup, type OnlineStoreConfig } from '../groups.js';
import { allows } from '../storage-types.js';
import { operation } from '../../wire/operation.js';
import { list, type InputOf } from '../../wire/rules.js';
import { ServiceError } from '../../wire/service-error.js';
import type { Store } from '../../store/store.js';
import { widenIceberg } from '../../glue/iceberg.js';
import { offlineColumns } from '../../glue/tables.js';
import { checkDefinitions, invalid, MAX_FEATURES_PER_GROUP } from './definitions.js';
import * as shared from './rules.js';
import { checkThroughput, ttlOf } from './stores.js';

const MAX_ADDITIONS_PER_CALL = 100;

const rules = {
  FeatureGroupName: shared.featureGroupNameOrArn,
  FeatureAdditions: list(shared.featureDefinition, { minLength: 1, maxLength: MAX_ADDITIONS_PER_CALL }),
  OnlineStoreConfig: shared.onlineStoreConfigUpdate,
  ThroughputConfig: shared.throughputConfig,
};

export const updateFeatureGroup = operation({
  rules,
  async run(store, input, { region }) {
    const group = store.groups.get(region, input.FeatureGroupName);
    const changes = [input.FeatureAdditions, input.OnlineStoreConfig, input.ThroughputConfig].filter(Boolean);
    if (changes.length !== 1) {
      throw invalid('Exactly one of FeatureAdditions, OnlineStoreConfig and ThroughputConfig must be given.');
    }
    const now = store.now();
    await store.groups.change(group, (current) => {
      checkIdle(current, now);
      const changed = { ...edited(current, input), lastModifiedAt: now, updateSettlesAt: now + store.settleMs };
      if (input.FeatureAdditions) widenTable(store, changed);
      return changed;
    });
    return { FeatureGroupArn: group.arn };
  },
});

function checkIdle(group: FeatureGroup, now: number): void {
  const status = statusOf(group, now);
  if (status !== 'Created') throw invalid(`FeatureGroup ${group.name} cannot be updated while it is ${status}.`);
  if (now < (group.updateSettlesAt ?? 0)) throw invalid(`FeatureGroup ${group.name} has an update in progress.`);
}

function edited(group: FeatureGroup, input: InputOf<typeof rules>): FeatureGroup {
  if (input.FeatureAdditions) return withFeatures(group, input.FeatureAdditions);
  if (input.OnlineStoreConfig) return withOnlineStore(group, input.OnlineStoreConfig);
  const throughput = input.ThroughputConfig!;
  checkThroughput(throughput, group.online);
  return { ...group, throughput };
}

function withFeatures(group: FeatureGroup, additions: FeatureDefinition[]): FeatureGroup {
  const definitions = [...group.definitions, ...additions];
  if (definitions.length > MAX_FEATURES_PER_GROUP) {
    throw new ServiceError('ResourceLimitExceeded', `A feature group can have ${MAX_FEATURES_PER_GROUP} features.`);
  }
  checkDefinitions(definitions, group.online?.storageType);
  return { ...group, definitions };
}

function withOnlineStore(group: FeatureGroup, config: OnlineStoreConfig): FeatureGroup {
  const { online } = group;
  if (!online) throw invalid(`FeatureGroup ${group.name} has no online store.`);
  const storageType = config.StorageType ?? online.storageType;
  const isUpgrade = storageType === 'Standard_V2' && allows(online.storageType, 'becoming Standard_V2');
  if (storageType !== online.storageType && !isUpgrade) {
    throw invalid(`The storage type ${online.storageType} cannot become ${storageType}.`);
  }
  // `{Unit: null, Value: null}`, which SDKs send as `{}`, removes the TTL.
  const ttl = config.TtlDuration ? ttlOf(config.TtlDuration) : online.ttl;
  return { ...group, online: { ...online, storageType, ttl } };
}

/** The service updates the schema of the tables it created, unless they have been deleted. */
function widenTable(store: Store, { region, offline, definitions }: FeatureGroup): void {
  if (!offline?.table || !offline.ownsTable) return;
  const table = store.tables.get(region, offline.table.database, offline.table.name);
  if (!table) return;
  const wider = { ...table, columns: offlineColumns(definitions) };
  if (table.format === 'Iceberg') widenIceberg(store, wider);
  else store.tables.replace(wider);
}
