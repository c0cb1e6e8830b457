/** AddTags: puts tags on a feature group, over those of the same key. */
import type { Operation } from '../../wire/operation.js';
import { required } from '../../wire/rules.js';
import * as shared from './rules.js';
import { taggedGroup, tagsOf, withTags } from './tagging.js';
import type { Tag } from './tagging.js';

export const addTags: Operation<{ ResourceArn: string; Tags: Tag[] }> = {
  rules: { ResourceArn: shared.resourceArn, Tags: required(shared.tags) },
  async run(store, { ResourceArn, Tags }, { region }) {
    const group = taggedGroup(store, region, ResourceArn);
    const tagged = await store.groups.change(group, (now) => ({ ...now, tags: withTags(now.tags ?? {}, Tags) }));
    return { Tags: tagsOf(tagged) };
  },
};
