/**
 * The share of a migration for this machine: `--shard i/n`, or the index of a child of an AWS Batch array job. Pure.
 */
import { createHash } from 'node:crypto';
import { UsageError } from '../../errors.js';
import type { Shard } from '../offline/sql.js';

export interface ShardOptions {
  /** `--shard i/n`, counted from 1. */
  shard?: { number: number; count: number };
  /** `--shards n`: the index comes from the environment. */
  shards?: number;
}

/**
 * @throws UsageError where `--shards` has no index to go with, or one beyond its count
 * @see https://docs.aws.amazon.com/batch/latest/userguide/array_jobs.html
 */
export function shardOf({ shard, shards }: ShardOptions, env: Record<string, string | undefined>): Shard | undefined {
  if (shard && shards !== undefined)
    throw new UsageError('--shard i/n and --shards n cannot be used together: choose one.');
  if (shard) return { index: shard.number - 1, count: shard.count };
  if (shards === undefined) return undefined;
  const text = env.AWS_BATCH_JOB_ARRAY_INDEX ?? '';
  if (!/^\d+$/.test(text))
    throw new UsageError(
      '--shards n takes the index from AWS_BATCH_JOB_ARRAY_INDEX, which is not set: outside an array job of AWS Batch use --shard i/n.',
    );
  const index = Number(text);
  if (index >= shards)
    throw new UsageError(`AWS_BATCH_JOB_ARRAY_INDEX is ${index}, beyond the ${shards} shards of --shards.`);
  return { index, count: shards, shared: true };
}

/**
 * A token common to all children of an array job, with which they share one query: Athena returns the same execution
 * for the same token. Undefined where nothing is shared.
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
 */
export function sharedToken(
  shard: Shard | undefined,
  { sql = '', env }: { sql?: string; env: Record<string, string | undefined> },
): string | undefined {
  const parent = env.AWS_BATCH_JOB_ID?.split(':')[0];
  if (!shard?.shared || !parent) return undefined;
  return createHash('sha256').update(`${parent}\0${sql}`).digest('hex');
}
