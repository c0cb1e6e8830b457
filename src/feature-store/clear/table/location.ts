/** Refuses to delete rows from a table that is not the group's: its name may have come to mean another one. */
import type { Context } from '../../../context.js';
import { isAccessDenied, RefusedError } from '../../../errors.js';
import { uriOf, type Place } from '../../../s3/address.js';
import type { FeatureGroup } from '../../groups/describe.js';
import { liesWithin, locationOf } from '../../groups/table-location.js';

/**
 * Asked before rows are deleted from a table by its name.
 * @returns a note where the catalog may not be asked
 * @throws RefusedError where the table lies outside the group's own path
 */
export async function refuseTableElsewhere(
  context: Context,
  { name: group, offline }: FeatureGroup,
  root: Place,
): Promise<string | undefined> {
  const { database, name } = offline!.table!;
  try {
    const location = await locationOf(context.aws, { database, name }, context.signal);
    // A table that is not there is Athena's to report.
    if (location === undefined || liesWithin(location, root)) return undefined;
    throw new RefusedError(
      `The table ${database}.${name} is in ${location}, outside the path of ${group} (${uriOf(root)}): its rows are not the group's. Nothing was deleted.`,
    );
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    return `Where the table ${database}.${name} lies cannot be seen (IAM action glue:GetTable).`;
  }
}
