/** The types of online store, and what each allows. */

/** [Online store](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OnlineStoreConfig.html) */
const ALLOWED = {
  Standard: ['a customer managed key', 'Provisioned', 'an offline store', 'becoming Standard_V2'],
  Standard_V2: ['a customer managed key', 'an offline store', 'UpdateRecord'],
  InMemory: ['collections', 'UpdateRecord'],
} as const;

export type StorageType = keyof typeof ALLOWED;
type Trait = (typeof ALLOWED)[StorageType][number];

export const allows = (type: StorageType, trait: Trait): boolean => (ALLOWED[type] as readonly Trait[]).includes(trait);

export const STORAGE_TYPES = Object.keys(ALLOWED) as StorageType[];

/** `Standard_V2 or InMemory`: the types that allow it, for messages. */
export const typesWith = (trait: Trait): string => STORAGE_TYPES.filter((type) => allows(type, trait)).join(' or ');
