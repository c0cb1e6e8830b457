/** Tags of a feature group, found by its ARN. */
import type { Store } from '../../store/store.js';
import { operation } from '../../wire/operation.js';
import { integer, list, required, string, type ValueOf } from '../../wire/rules.js';
import { type FeatureGroup, groupNotFound, parseArn } from '../groups.js';
import { invalid } from './definitions.js';
import * as shared from './rules.js';

const MAX_TAGS_PER_RESOURCE = 50;

/** @throws ServiceError ResourceNotFound. */
function taggedGroup({ groups }: Store, region: string, arn: string): FeatureGroup {
  const group = parseArn(arn) && groups.find(region, arn);
  if (!group) throw groupNotFound(arn);
  return group;
}

/** Merges tags. @throws ServiceError ValidationException for too many. */
export function withTags(tags: Record<string, string>, given: ValueOf<typeof shared.tags>): Record<string, string> {
  const result = { ...tags, ...Object.fromEntries(given.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(result).length > MAX_TAGS_PER_RESOURCE) {
    throw invalid(`A resource can have at most ${MAX_TAGS_PER_RESOURCE} tags.`);
  }
  return result;
}

export const tagsOf = ({ tags = {} }: FeatureGroup) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** AddTags: adds tags to a feature group, replacing those with the same key. */
export const addTags = operation({
  rules: { ResourceArn: shared.resourceArn, Tags: required(shared.tags) },
  async run(store, { ResourceArn, Tags }, { region }) {
    const group = taggedGroup(store, region, ResourceArn);
    const tagged = await store.groups.change(group, (now) => ({ ...now, tags: withTags(now.tags ?? {}, Tags) }));
    return { Tags: tagsOf(tagged) };
  },
});

/** ListTags: the tags of a feature group. A page holds at least 50 and a group at most that: one page is all. */
export const listTags = operation({
  rules: {
    ResourceArn: shared.resourceArn,
    NextToken: shared.nextToken,
    MaxResults: integer({ min: MAX_TAGS_PER_RESOURCE }),
  },
  run: (store, { ResourceArn }, { region }) => ({ Tags: tagsOf(taggedGroup(store, region, ResourceArn)) }),
});

/** DeleteTags: removes tags from a feature group; unknown keys are ignored. */
export const deleteTags = operation({
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
});
