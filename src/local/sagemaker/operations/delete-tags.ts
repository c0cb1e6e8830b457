/** DeleteTags: takes tags off a feature group; a key that is not there is no error. */
import type { Operation } from '../../wire/operation.js';
import { list, required, string } from '../../wire/rules.js';
import * as shared from './rules.js';
import { MAX_TAGS_PER_RESOURCE, taggedGroup } from './tagging.js';

export const deleteTags: Operation<{ ResourceArn: string; TagKeys: string[] }> = {
  rules: {
    ResourceArn: shared.resourceArn,
    TagKeys: required(
      list(string({ minLength: 1, maxLength: 128 }), { minLength: 1, maxLength: MAX_TAGS_PER_RESOURCE }),
    ),
  },
  async run(store, { ResourceArn, TagKeys }, { region }) {
    const group = taggedGroup(store, region, ResourceArn);
    await store.groups.change(group, (now) => ({
      ...now,
      tags: Object.fromEntries(Object.entries(now.tags ?? {}).filter(([key]) => !TagKeys.includes(key))),
    }));
    return {};
  },
};
