/** Input of PutRecord, and of entries of BatchWriteRecord, whose record is JSON already. */
import type {
  BatchWriteRecordEntry,
  FeatureValue,
  TargetStore,
  TtlDuration,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';

interface Destination {
  FeatureGroupName: string;
  TargetStores?: TargetStore[];
  TtlDuration?: TtlDuration;
}

/** Hot calls send the text as it is; for the SDK, which needs values, it is parsed. */
export class RecordInput implements BatchWriteRecordEntry {
  readonly FeatureGroupName: string;
  readonly TargetStores: TargetStore[] | undefined;
  readonly TtlDuration: TtlDuration | undefined;
  /** `[{"FeatureName":"id","ValueAsString":"7"},…]` */
  readonly json: string;

  constructor(json: string, { FeatureGroupName, TargetStores, TtlDuration }: Destination) {
    this.FeatureGroupName = FeatureGroupName;
    this.json = json;
    this.TargetStores = TargetStores;
    this.TtlDuration = TtlDuration;
  }

  get Record(): FeatureValue[] {
    return JSON.parse(this.json) as FeatureValue[];
  }
}
