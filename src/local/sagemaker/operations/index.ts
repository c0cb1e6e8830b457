/** The control plane's operations. */
import type { Operations } from '../../wire/operation.js';
import { addTags } from './add-tags.js';
import { createFeatureGroup } from './create-feature-group.js';
import { deleteFeatureGroup } from './delete-feature-group.js';
import { deleteTags } from './delete-tags.js';
import { describeFeatureGroup } from './describe-feature-group.js';
import { describeFeatureMetadata } from './describe-feature-metadata.js';
import { listFeatureGroups } from './list-feature-groups.js';
import { listTags } from './list-tags.js';
import { updateFeatureGroup } from './update-feature-group.js';
import { updateFeatureMetadata } from './update-feature-metadata.js';

export const operations: Operations = {
  AddTags: addTags,
  CreateFeatureGroup: createFeatureGroup,
  DeleteFeatureGroup: deleteFeatureGroup,
  DeleteTags: deleteTags,
  DescribeFeatureGroup: describeFeatureGroup,
  DescribeFeatureMetadata: describeFeatureMetadata,
  ListFeatureGroups: listFeatureGroups,
  ListTags: listTags,
  UpdateFeatureGroup: updateFeatureGroup,
  UpdateFeatureMetadata: updateFeatureMetadata,
};
