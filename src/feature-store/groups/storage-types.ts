/** The types of online store, and what each can do. Pure. */

interface StorageTypeTraits {
  /** Whether it supports UpdateRecord. */
  updatesRecords: boolean;
  /** Whether its features may be lists, sets and vectors. */
  takesCollections: boolean;
  /** Whether requests and GB have the prices of prices.ts. */
  hasListPrices: boolean;
}

export type StorageType = 'Standard' | 'Standard_V2' | 'InMemory';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OnlineStoreConfig.html */
const TRAITS: Record<StorageType, StorageTypeTraits> = {
  Standard: { updatesRecords: false, takesCollections: false, hasListPrices: true },
  Standard_V2: { updatesRecords: true, takesCollections: false, hasListPrices: true },
  InMemory: { updatesRecords: true, takesCollections: true, hasListPrices: false },
};

export const STORAGE_TYPES = Object.keys(TRAITS) as StorageType[];

/** What an online store can do; one of a type that is not known here, nothing. */
export const traitsOf = (type: string | undefined): StorageTypeTraits => TRAITS[type as StorageType] ?? UNKNOWN;

const UNKNOWN: StorageTypeTraits = { updatesRecords: false, takesCollections: false, hasListPrices: true };

/** `InMemory`, or `A or B`: the types that have a trait, for messages. */
export const typesWith = (trait: keyof StorageTypeTraits): string =>
  STORAGE_TYPES.filter((type) => TRAITS[type][trait]).join(' or ');
