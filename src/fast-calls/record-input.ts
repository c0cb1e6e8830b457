/** Input of BatchWriteRecord's entries and of PutRecord whose record is JSON already. */
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

/** A hot call sends the text as it is; the SDK, which asks for values, gets those that it stands for. */
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
