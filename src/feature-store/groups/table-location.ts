/** Where the table of a group lies, according to the Glue catalog: a name may have come to mean another table. */
import type { Clients } from '../../config.js';
import { uriOf, type Place } from '../../s3/address.js';

interface TableName {
  database: string;
  name: string;
}

export const isNoTable = (error: unknown): boolean => (error as Error).name === 'EntityNotFoundException';

/** @returns undefined where there is no such table */
export async function locationOf(
  aws: Clients,
  { database, name }: TableName,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const [client, { GetTableCommand }] = await Promise.all([aws.glue(), import('../../sdk/glue.js')]);
  try {
    const { Table } = await client.send(new GetTableCommand({ DatabaseName: database, Name: name }), { abortSignal });
    return Table?.StorageDescriptor?.Location ?? '';
  } catch (error) {
    if (isNoTable(error)) return undefined;
    throw error;
  }
}

export const liesWithin = (location: string, root: Place): boolean =>
  location.replace(/\/*$/, '/').startsWith(uriOf(root));
