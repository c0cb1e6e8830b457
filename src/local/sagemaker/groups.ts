/** Feature groups of the control plane, and their statuses. */
import type { RootDatabase } from 'lmdb';
import type { ValueOf } from '../wire/rules.js';
import { ServiceError } from '../wire/service-error.js';
import type * as rules from './operations/rules.js';
import type { StorageType } from './storage-types.js';

export type FeatureDefinition = ValueOf<typeof rules.featureDefinition>;
export type FeatureType = FeatureDefinition['FeatureType'];
export type OnlineStoreConfig = ValueOf<typeof rules.onlineStoreConfig>;
export type TtlDuration = Required<ValueOf<typeof rules.ttlDuration>>;
export type ThroughputConfig = ValueOf<typeof rules.throughputConfig>;

export type TableFormat = 'Glue' | 'Iceberg';
export type FeatureGroupStatus = 'Creating' | 'Created' | 'CreateFailed' | 'Deleting';

export interface FeatureGroup {
  /** Unique per creation, so that leftovers of an earlier group of the same name stay separate. */
  id: string;
  region: string;
  name: string;
  arn: string;
  recordIdentifier: string;
  eventTime: string;
  definitions: FeatureDefinition[];
  createdAt: number;
  online?: {
    storageType: StorageType;
    /** Whether the request named `Standard` explicitly; only then it is described. */
    isStandardNamed?: boolean;
    ttl?: TtlDuration;
    kmsKeyId?: string;
  };
  offline?: {
    s3Uri: string;
    /** `…/{account}/sagemaker/{region}/offline-store/{name}-{epoch}/data`, without a slash at the end. */
    resolvedOutputS3Uri: string;
    tableFormat: TableFormat;
    disableGlueTableCreation: boolean;
    /** The Glue table; undefined if the group has none. */
    table?: { catalog: string; database: string; name: string };
    /** Whether the service created the table, and so maintains its schema. */
    ownsTable?: boolean;
    kmsKeyId?: string;
  };
  description?: string;
  roleArn?: string;
  throughput?: ThroughputConfig;
  tags?: Record<string, string>;
  /** By feature name. */
  metadata?: Record<string, { description?: string; parameters: Record<string, string>; lastModifiedAt: number }>;
  lastModifiedAt?: number;
  /** Until then the group is `Creating`. */
  settlesAt?: number;
  /** Why the group is `CreateFailed`. */
  failureReason?: string;
  /** Until then the last update is `InProgress`; undefined when there was none. */
  updateSettlesAt?: number;
  /** The group is `Deleting` until then, and does not exist afterwards. */
  goneAt?: number;
}

export type FeatureGroups = ReturnType<typeof openGroups>;

/** Opens the groups; they are shared by every process that has the folder open. */
export function openGroups({ env, now }: { env: RootDatabase; now: () => number }) {
  const db = env.openDB<FeatureGroup, string[]>({ name: 'feature-groups' });
  const keyOf = (group: FeatureGroup): string[] => [group.region, group.name.toLowerCase()];
  const isThere = (group: FeatureGroup | undefined): group is FeatureGroup =>
    group !== undefined && (group.goneAt === undefined || now() < group.goneAt);
  /** The groups of a region, by name in lower case. */
  const list = (region: string): FeatureGroup[] => {
    const found = db.getRange({ start: [region], end: [region, '\uffff'] }).map(({ value }) => value);
    return [...found].filter(isThere);
  };
  /** Finds a group by name, or by its own ARN in any case; undefined when there is none. */
  const find = (region: string, nameOrArn: string): FeatureGroup | undefined => {
    const arn = parseArn(nameOrArn);
    if (arn && arn.region !== region) return undefined;
    const group = db.get([region, (arn?.name ?? nameOrArn).toLowerCase()]);
    if (!isThere(group)) return undefined;
    return (arn ? nameOrArn.toLowerCase() === group.arn.toLowerCase() : nameOrArn === group.name) ? group : undefined;
  };

  return {
    find,
    /** Finds a group as `find` does. @throws ServiceError ResourceNotFound */
    get(region: string, nameOrArn: string): FeatureGroup {
      const group = find(region, nameOrArn);
      if (!group) throw groupNotFound(nameOrArn);
      return group;
    },
    list,
    /** Runs `check` on the groups of the region and stores the new one, in one transaction. */
    create: (group: FeatureGroup, check: (others: FeatureGroup[]) => void) =>
      db.transaction(() => {
        check(list(group.region));
        void db.put(keyOf(group), group);
      }),
    /** Replaces a group by what `edit` returns, in one transaction; `edit` may throw. */
    change: (group: FeatureGroup, edit: (current: FeatureGroup) => FeatureGroup) =>
      db.transaction(() => {
        const current = db.get(keyOf(group));
        if (!isThere(current) || current.id !== group.id) throw groupNotFound(group.name);
        const changed = edit(current);
        void db.put(keyOf(group), changed);
        return changed;
      }),
    /** Removes the group immediately. */
    remove: (group: FeatureGroup) =>
      db.transaction(() => {
        if (db.get(keyOf(group))?.id === group.id) void db.remove(keyOf(group));
      }),
  };
}

/** The group's status at a moment, milliseconds since the epoch. */
export function statusOf(group: FeatureGroup, now: number): FeatureGroupStatus {
  if (group.goneAt !== undefined) return 'Deleting';
  if (now < (group.settlesAt ?? 0)) return 'Creating';
  return group.failureReason === undefined ? 'Created' : 'CreateFailed';
}

/** The error of the control plane for a missing group; a 400, unlike that of the runtime. */
export const groupNotFound = (nameOrArn: string): ServiceError =>
  new ServiceError('ResourceNotFound', notFoundMessage(nameOrArn));

/** The message of control plane and runtime for a missing group. */
export const notFoundMessage = (nameOrArn: string): string =>
  `Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name ${parseArn(nameOrArn)?.name ?? nameOrArn}`;

/** Parses the ARN of a feature group; undefined for anything else. */
export function parseArn(arn: string): { region: string; name: string } | undefined {
  const parts = /^arn:aws[a-z-]*:sagemaker:([a-z0-9-]*):\d{12}:feature-group\/(.+)$/.exec(arn);
  return parts ? { region: parts[1]!, name: parts[2]! } : undefined;
}
