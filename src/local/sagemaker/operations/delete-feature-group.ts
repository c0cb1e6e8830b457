/** DeleteFeatureGroup: deletes the group and its online records; S3 objects and the Glue table stay, as on AWS. */
import { groupNotFound, statusOf } from '../groups.js';
import type { Operation } from '../../wire/operation.js';
import { invalid } from './definitions.js';
import * as shared from './rules.js';

export const deleteFeatureGroup: Operation<{ FeatureGroupName: string }> = {
  // The one operation that takes no ARN.
  rules: { FeatureGroupName: shared.featureGroupName },
  async run({ groups, online, now, settleMs }, { FeatureGroupName }, { region }) {
    const group = groups.find(region, FeatureGroupName);
    if (!group) throw groupNotFound(FeatureGroupName);
    if (statusOf(group, now()) === 'Creating') {
      throw invalid(`FeatureGroup ${FeatureGroupName} cannot be deleted while it is Creating.`);
    }
    if (settleMs > 0)
      await groups.change(group, (current) => ({ ...current, goneAt: current.goneAt ?? now() + settleMs }));
    else await groups.remove(group);
    await online.drop(group.id);
  },
};
