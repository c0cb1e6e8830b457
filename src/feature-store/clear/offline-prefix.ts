/** Determines which objects are a group's own: the prefix the service resolved for it, never a shared one. Pure. */
import { RefusedError } from '../../errors.js';
import { overlaps, placeOf, uriOf, type Place } from '../../s3/address.js';
import type { StoredObject } from '../../s3/list.js';
import { placeOfArn } from '../groups/arn.js';
import type { FeatureGroup } from '../groups/describe.js';

/** The part of another feature group that matters here. */
export type OtherGroup = Pick<FeatureGroup, 'name' | 'arn' | 'offline'>;

/**
 * The prefix of a group's offline objects, once it is certain that no other group uses it:
 * `{S3Uri}/{account}/sagemaker/{region}/offline-store/{name}-{epoch}/data/`.
 * @throws RefusedError where the path is missing, has another form, or overlaps that of another group
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html
 */
export function ownPlace(group: FeatureGroup, others: OtherGroup[]): Place {
  const resolved = group.offline?.resolvedOutputS3Uri;
  const refuse = (why: string) => untouched(group, why);
  if (!resolved) throw refuse('the service names no ResolvedOutputS3Uri, so its objects cannot be told from others');
  if (!isOfServiceForm(group, resolved)) {
    throw refuse(
      `its ResolvedOutputS3Uri ${resolved} is not of the form {S3Uri}/{account}/sagemaker/{region}/offline-store/${group.name}-{epoch}/data`,
    );
  }
  const place = placeOf(resolved);
  refuseSharedPlace(place, group, others);
  return place;
}

/** @throws RefusedError where another group keeps its objects within a place of this one, or around it */
export function refuseSharedPlace(place: Place, group: FeatureGroup, others: OtherGroup[]): void {
  for (const other of others) {
    const theirs = other.offline?.resolvedOutputS3Uri;
    if (!theirs || isSame(group, other) || !overlaps(place, placeOf(theirs))) continue;
    throw untouched(
      group,
      `feature group ${other.name} keeps its objects in ${theirs}, which ${uriOf(place).replace(/\/$/, '')} shares`,
    );
  }
}

const untouched = ({ name }: Pick<FeatureGroup, 'name'>, why: string) =>
  new RefusedError(`The offline store of ${name} is not touched: ${why}. Nothing was deleted.`);

function isOfServiceForm({ name, arn, offline }: FeatureGroup, resolved: string): boolean {
  const { region, account } = placeOfArn(arn);
  const root = offline!.s3Uri.replace(/\/+$/, '');
  const before = `${root}/${account}/sagemaker/${region}/offline-store/${name}-`;
  return root.startsWith('s3://') && account !== '' && region !== '' && resolved.startsWith(before)
    ? /^\d+\/data\/?$/.test(resolved.slice(before.length))
    : false;
}

/** Another group with the same table, as a bring-your-own table may be used by several. */
export const sharesTable = (group: FeatureGroup, others: OtherGroup[]): OtherGroup | undefined =>
  others.find(({ arn, offline }) => {
    const [own, theirs] = [group.offline?.table, offline?.table];
    return (
      own !== undefined && !isSame(group, { arn }) && own.name === theirs?.name && own.database === theirs?.database
    );
  });

/** Compares ARNs, ignoring case; names are unique per account and region. */
export const isSame = (a: Pick<FeatureGroup, 'arn'>, b: Pick<FeatureGroup, 'arn'>): boolean =>
  a.arn.toLowerCase() === b.arn.toLowerCase();

/**
 * `folder/` of the S3 console, `folder_$folder$` of Hadoop, and `<name><time>.txt`, which Feature Store itself writes
 * to a new offline store before any data (users report it; AWS's own examples wait for a second object).
 */
const PLACEHOLDER = /(?:\/|_\$folder\$|\.txt)$/;

/** Such an object marks a folder and contains no record: it is not counted, blocks nothing, and is deleted along with the rest. */
export const isPlaceholder = ({ key, size, isMarker }: StoredObject): boolean =>
  size === 0 && !isMarker && PLACEHOLDER.test(key);
