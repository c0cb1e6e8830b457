/** DeleteFeatureGroup: deletes the group and its online records; S3 objects and the Glue table stay, as on AWS. */
import { statusOf } from '../groups.js';
import { operation } from '../../wire/operation.js';
import { invalid } from './definitions.js';
import * as shared from './rules.js';

export const deleteFeatureGroup = operation({
  // The one operation that takes no ARN.
  rules: { FeatureGroupName: shared.featureGroupName },
  async run({ groups, online, now, settleMs }, { FeatureGroupName }, { region }) {
    const group = groups.get(region, FeatureGroupName);
    if (statusOf(group, now()) === 'Creating') {
      throw invalid(`FeatureGroup ${FeatureGroupName} cannot be deleted while it is Creating.`);
    }
    if (settleMs > 0)
      await groups.change(group, (current) => ({ ...current, goneAt: current.goneAt ?? now() + settleMs }));
    else await groups.remove(group);
    await online.drop(group.id);
  },
});
