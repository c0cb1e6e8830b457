/** Input rules that several runtime operations share, from the service model of 2020-07-01. */
import { integer, list, required, string, structure, type ValueOf } from '../../wire/rules.js';

export const featureGroupName = required(
  string({
    minLength: 1,
    maxLength: 150,
    pattern: '(arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:feature-group/)?([a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63})',
  }),
);
const featureName = string({ minLength: 1, maxLength: 64, pattern: '^[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}' });
export const featureNames = list(featureName, { minLength: 1 });
export const value = string({ maxLength: 358_400 });
export const targetStores = list(string({ oneOf: ['OnlineStore', 'OfflineStore'] }), { minLength: 1, maxLength: 2 });
export const expirationTimeResponse = string({ oneOf: ['Enabled', 'Disabled'] });

/** The sizes of values are checked record by record. */
export const record = list(
  structure({ FeatureName: required(featureName), ValueAsString: string(), ValueAsStringList: list(string()) }),
  { minLength: 1 },
);

export type FeatureValue = ValueOf<typeof record>[number];
export type TargetStore = ValueOf<typeof targetStores>[number];

export const ttlDuration = structure({
  Unit: required(string({ oneOf: ['Seconds', 'Minutes', 'Hours', 'Days', 'Weeks'] })),
  Value: required(integer({ min: 1 })),
});
