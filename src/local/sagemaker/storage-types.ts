/** The types of online store, and what each allows. */

interface StorageTypeTraits {
  /** UpdateRecord. */
  updatesRecords: boolean;
  /** Features that are lists, sets or vectors. */
  takesCollections: boolean;
  /** A customer managed key. */
  takesKey: boolean;
  /** The throughput mode Provisioned. */
  canBeProvisioned: boolean;
  /** An offline store beside it. */
  canHaveOfflineStore: boolean;
  /** The types that an update can turn it into. */
  becomes: StorageType[];
}

export type StorageType = 'Standard' | 'Standard_V2' | 'InMemory';

/** [Online store](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OnlineStoreConfig.html) */
export const STORAGE_TYPES: Record<StorageType, StorageTypeTraits> = {
  Standard: {
    updatesRecords: false,
    takesCollections: false,
    takesKey: true,
    canBeProvisioned: true,
    canHaveOfflineStore: true,
    becomes: ['Standard_V2'],
  },
  Standard_V2: {
    updatesRecords: true,
    takesCollections: false,
    takesKey: true,
    canBeProvisioned: false,
    canHaveOfflineStore: true,
    becomes: [],
  },
  InMemory: {
    updatesRecords: true,
    takesCollections: true,
    takesKey: false,
    canBeProvisioned: false,
    canHaveOfflineStore: false,
    becomes: [],
  },
};

/** `Standard_V2 or InMemory`: the types that have a trait, for messages. */
export const typesWith = (trait: Exclude<keyof StorageTypeTraits, 'becomes'>): string =>
  STORAGE_TYPE_NAMES.filter((type) => STORAGE_TYPES[type][trait]).join(' or ');

export const STORAGE_TYPE_NAMES = Object.keys(STORAGE_TYPES) as StorageType[];
