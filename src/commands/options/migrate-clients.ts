/** The clients for two groups, which may be in different accounts or regions, and how the first group is read. */
import type { Clients } from '../../config.js';
import type { Context } from '../../context.js';
import type { SourceOptions } from '../../feature-store/offline/record-source.js';
import { athenaOptions } from './athena-options.js';
import { regionOfArn } from '../../feature-store/groups/asked.js';
import type { MigrateInput } from './migrate-options.js';

export type SideClients = ReturnType<typeof sideClients>;

/** Clients for the two groups, which may be in different accounts or regions. */
export function sideClients(input: MigrateInput, aws: Clients) {
  const { source, sourceProfile, sourceRegion, target, targetProfile, targetRegion } = input;
  return {
    source: clientsFor(aws, source, { profile: sourceProfile, region: sourceRegion }),
    target: clientsFor(aws, target, { profile: targetProfile, region: targetRegion }),
  };
}

/** By the profile and region that were named, else the region in its ARN. */
export function clientsFor(aws: Clients, nameOrArn: string, own: { profile?: string; region?: string } = {}): Clients {
  const { profile, region = regionOfArn(nameOrArn) } = own;
  if (profile === undefined && region === undefined) return aws;
  return aws.elsewhere({ ...(profile && { profile }), ...(region && { region }) });
}

const WHEN_TOO_LARGE =
  'run it in parts: --shard 1/8, --shard 2/8 and so on (--shards 8 in an array job) take an eighth of the identifiers each.';

export function sourceOptions(input: MigrateInput, context: Context): SourceOptions {
  const { maxWorkers, retryFor, clearTarget, source: nameOrArn } = input;
  const athena = athenaOptions(input, context);
  return { ...athena, maxWorkers, retryFor, nameOrArn, clearTarget, whenTooLarge: WHEN_TOO_LARGE };
}
