/** ListTags: the tags of a feature group. A page holds at least 50 and a group at most that: one page is all. */
import type { Operation } from '../../wire/operation.js';
import { integer } from '../../wire/rules.js';
import * as shared from './rules.js';
import { MAX_TAGS_PER_RESOURCE, taggedGroup, tagsOf } from './tagging.js';

export const listTags: Operation<{ ResourceArn: string }> = {
  rules: {
    ResourceArn: shared.resourceArn,
    NextToken: shared.nextToken,
    MaxResults: integer({ min: MAX_TAGS_PER_RESOURCE }),
  },
  run: (store, { ResourceArn }, { region }) => ({ Tags: tagsOf(taggedGroup(store, region, ResourceArn)) }),
};
