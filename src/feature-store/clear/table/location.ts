/** Where the table of a group lies, according to the Glue catalog: a name may have come to mean another table. */
import type { Context } from '../../../context.js';
import { isAccessDenied, RefusedError } from '../../../errors.js';
import { uriOf, type Place } from '../../../s3/address.js';
import type { FeatureGroup } from '../../groups/describe.js';

interface TableName {
  database: string;
  name: string;
}

export const isNoTable = (error: unknown): boolean => (error as Error).name === 'EntityNotFoundException';

/** @returns undefined where there is no such table */
export async function locationOf({ aws, signal }: Context, { database, name }: TableName): Promise<string | undefined> {
  const [client, { GetTableCommand }] = await Promise.all([aws.glue(), import('../../../sdk/glue.js')]);
  try {
    const { Table } = await client.send(new GetTableCommand({ DatabaseName: database, Name: name }), {
      abortSignal: signal,
    });
    return Table?.StorageDescriptor?.Location ?? '';
  } catch (error) {
    if (isNoTable(error)) return undefined;
    throw error;
  }
}

export const liesWithin = (location: string, root: Place): boolean =>
  location.replace(/\/*$/, '/').startsWith(uriOf(root));

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
    const location = await locationOf(context, { database, name });
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
