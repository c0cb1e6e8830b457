/** The control plane's operations. */
import type { Operations } from '../../wire/operation.js';
import { createFeatureGroup } from './create-feature-group.js';
import { deleteFeatureGroup } from './delete-feature-group.js';
import { describeFeatureGroup } from './describe-feature-group.js';
import { listFeatureGroups } from './list-feature-groups.js';
import { search } from './search.js';
import { updateFeatureGroup } from './update-feature-group.js';
import { addTags, deleteTags, listTags } from './tags.js';
import { describeFeatureMetadata, updateFeatureMetadata } from './feature-metadata.js';

export const operations: Operations = {
  AddTags: addTags,
  CreateFeatureGroup: createFeatureGroup,
  DeleteFeatureGroup: deleteFeatureGroup,
  DeleteTags: deleteTags,
  DescribeFeatureGroup: describeFeatureGroup,
  DescribeFeatureMetadata: describeFeatureMetadata,
  ListFeatureGroups: listFeatureGroups,
  ListTags: listTags,
  Search: search,
  UpdateFeatureGroup: updateFeatureGroup,
  UpdateFeatureMetadata: updateFeatureMetadata,
};
