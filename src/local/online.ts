/** The online store: one record for each identifier, tombstones and expiry, kept in lmdb. */
export interface FeatureValue {
  FeatureName: string;
  ValueAsString?: string;
  ValueAsStringList?: string[];
}

export interface OnlineStore {
  /** Drops every record of a deleted group. */
  drop(groupId: string): Promise<void>;
}
