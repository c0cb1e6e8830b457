/** Tags of a feature group, found by its ARN. */
import { groupNotFound, parseArn } from '../groups.js';
import type { FeatureGroup } from '../groups.js';
import type { Store } from '../../store/store.js';
import { invalid } from './definitions.js';

export interface Tag {
  Key: string;
  Value: string;
}

export const MAX_TAGS_PER_RESOURCE = 50;

/** @throws ServiceError ResourceNotFound. */
export function taggedGroup({ groups }: Store, region: string, arn: string): FeatureGroup {
  const group = parseArn(arn) && groups.find(region, arn);
  if (!group) throw groupNotFound(arn);
  return group;
}

/** The tags with those given put over them. @throws ServiceError ValidationException when they are too many. */
export function withTags(tags: Record<string, string>, given: Tag[]): Record<string, string> {
  const result = { ...tags, ...Object.fromEntries(given.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(result).length > MAX_TAGS_PER_RESOURCE) {
    throw invalid(`A resource can have at most ${MAX_TAGS_PER_RESOURCE} tags.`);
  }
  return result;
}

export const tagsOf = ({ tags = {} }: FeatureGroup): Tag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
