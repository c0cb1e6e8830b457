/** Whether a store of a group can be read as it is asked to be. Pure. */
import { UsageError } from '../../errors.js';
import type { FeatureGroup } from '../groups/describe.js';
import { noTable } from './columns.js';

/** The names of the options that are given. */
export const given = (options: Record<string, unknown>): string[] =>
  Object.keys(options).filter((name) => options[name] !== undefined && options[name] !== false);

interface Reading {
  readFrom: 'offline' | 'online';
  /** Options that only Athena can answer, by name. */
  ofAthena: Record<string, unknown>;
  /** The option that chooses the online store. */
  otherwise: string;
}

/** @throws UsageError for a store that is missing or has no table, and for options that it cannot answer */
export function checkReadable(group: FeatureGroup, { readFrom, ofAthena, otherwise }: Reading): void {
  const { name, online, offline } = group;
  if (!group[readFrom]) throw new UsageError(`Feature group ${name} has no ${readFrom} store to read from.`);
  const foreign = readFrom === 'online' ? given(ofAthena) : [];
  if (foreign.length > 0)
    throw new UsageError(
      `${foreign.join(', ')} ${foreign.length > 1 ? 'ask' : 'asks'} Athena for rows of an offline store, but this run reads the online store of ${name}.`,
    );
  if (readFrom === 'offline' && !offline?.table)
    throw noTable(group, online ? `; ${otherwise} reads its online store` : '');
}
