/** The clients for two groups, which may be in different accounts or regions, and how the first group is read. */
import type { Clients } from '../../config.js';
import type { Context } from '../../context.js';
import type { SourceOptions } from '../../feature-store/offline/record-source.js';
import { athenaOptions } from './athena-options.js';
import { regionOfArn } from '../../feature-store/groups/asked.js';
import type { MigrateInput } from './migrate-options.js';

/** Clients for the two groups, which may be in different accounts or regions. */
export interface SideClients {
  source: Clients;
  target: Clients;
}

/** Chosen by each side's profile and region, or by the region in its ARN. */
export function sideClients(
  input: Pick<MigrateInput, 'source' | 'target' | 'sourceProfile' | 'sourceRegion' | 'targetProfile' | 'targetRegion'>,
  aws: Clients,
): SideClients {
  const side = (nameOrArn: string, own: { profile?: string; region?: string }) => {
    const region = own.region ?? regionOfArn(nameOrArn);
    if (own.profile === undefined && region === undefined) return aws;
    return aws.elsewhere({ ...(own.profile && { profile: own.profile }), ...(region && { region }) });
  };
  return {
    source: side(input.source, { profile: input.sourceProfile, region: input.sourceRegion }),
    target: side(input.target, { profile: input.targetProfile, region: input.targetRegion }),
  };
}

const WHEN_TOO_LARGE =
  'run it in parts: --shard 1/8, --shard 2/8 and so on (--shards 8 in an array job) take an eighth of the identifiers each.';

export function sourceOptions(input: MigrateInput, context: Context): SourceOptions {
  const { maxWorkers, retryFor, clearTarget, source: nameOrArn } = input;
  const athena = athenaOptions(input, context);
  return { ...athena, maxWorkers, retryFor, nameOrArn, clearTarget, whenTooLarge: WHEN_TOO_LARGE };
}
