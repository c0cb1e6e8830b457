/** How far a migration is, in a file that survives a kill: its plan, its query, and the rows of the result that are dealt with. */
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from '../../context.js';
import { RefusedError } from '../../errors.js';
import { openCheckpoint } from '../../utils/checkpoint.js';
import { count } from '../../utils/progress.js';
import { isWithin, openRanges, sizeOf, type Range } from '../../utils/ranges.js';
import type { FeatureGroup } from '../groups/describe.js';
import type { Migration } from './check.js';
import type { MigrationPlan } from './plan.js';

/** Below the working directory. */
const FOLDER = '.sagemaker-fs';

interface Identity {
  source: { arn: string; created?: string };
  target: { arn: string; created?: string };
  /** A digest of all that decides what is read and how it is written. */
  request: string;
}

interface State extends Identity {
  plan: MigrationPlan;
  /** The query's ClientRequestToken: asking again under it gives the same execution. */
  token: string;
  queryId?: string;
  /** Event days that Athena is to insert, where it takes so many at a time. */
  days?: string[];
  /** Whether the target has been emptied, which must not happen twice. */
  cleared?: boolean;
  /** Where failed records are. */
  errorsFile?: string;
  /** How many are in there. */
  failed: number;
  /** Numbers of the rows, from 0, that were acknowledged, or are in the errors file. */
  settled: Range[];
}

export interface MigrationCheckpoint {
  /** The plan of the run that this one continues; undefined for a run from the start. */
  readonly plan?: MigrationPlan;
  readonly token: string;
  readonly queryId?: string;
  readonly days?: string[];
  readonly cleared: boolean;
  readonly errorsFile?: string;
  /** Records that the earlier run put into the errors file. */
  readonly failed: number;
  /** Whether anything has been written already. */
  readonly isBegun: boolean;
  /** Before anything is asked or changed. */
  begin(plan: MigrationPlan): void;
  /** The query has been started or must be another, the days are known, or the target has been cleared. */
  note(change: Partial<Pick<State, 'token' | 'queryId' | 'days' | 'cleared'>>): void;
  /** Rows are numbered from 0. */
  isSettled(number: number): boolean;
  settle(numbers: Iterable<number>, failures: Pick<State, 'errorsFile' | 'failed'>): void;
  /** Writes down how far the run came, so that `--resume` goes on. */
  keep(failures: Pick<State, 'errorsFile' | 'failed'>): void;
  /** Nothing is left to do. */
  remove(): void;
}

export interface CheckpointOptions {
  /** True to continue; otherwise an earlier run is only noted. */
  resume?: boolean;
  /** The statement that reads the source. */
  sql?: string;
  /** Shared by all that are to have the same query; random by default. */
  token?: string;
}

/**
 * Opens the checkpoint of a migration below the working directory.
 * @throws RefusedError (exit 6) where `--resume` would continue another migration than the one that was interrupted.
 */
export function openMigrationCheckpoint(
  { output, cwd }: Pick<Context, 'output' | 'cwd'>,
  migration: Migration,
  { resume = false, sql, token = randomUUID() }: CheckpointOptions,
): MigrationCheckpoint {
  if (migration.readFrom === 'online') {
    if (resume)
      output.note('An online store lists its records in no order that could be resumed: starting from the beginning.');
    return { ...NONE, token };
  }
  const path = pathOf(migration);
  const file = openCheckpoint<State>(join(cwd, path), ({ message }) =>
    output.warn(`no checkpoint can be written, so --resume will not be possible (${message}).`),
  );
  const identity = identityOf(migration, sql);
  const found = file.read();
  if (resume && found) refuseOther(found, identity, path);
  if (found && !resume) output.note(`${path} holds an interrupted run: --resume would go on with it.`);
  if (resume && !found) output.note('No earlier run was interrupted: starting from the beginning.');
  const earlier = resume ? found : undefined;
  if (earlier) output.note(`Going on with an interrupted run: ${count(sizeOf(earlier.settled))} rows are dealt with.`);
  const before = earlier?.settled ?? [];
  const settled = openRanges(before);
  let state: State | undefined = earlier;
  const write = (change: Partial<State>) => {
    if (!state) return;
    state = { ...state, ...change };
    file.write(state);
  };
  const failures = ({ errorsFile, failed }: Pick<State, 'errorsFile' | 'failed'>) => ({
    errorsFile,
    failed: (earlier?.failed ?? 0) + failed,
    settled: settled.list(),
  });
  return {
    plan: earlier?.plan,
    token: earlier?.token ?? token,
    queryId: earlier?.queryId,
    days: earlier?.days,
    cleared: earlier?.cleared === true,
    errorsFile: earlier?.errorsFile,
    failed: earlier?.failed ?? 0,
    isBegun: before.length > 0 || earlier?.cleared === true,
    begin(plan) {
      state ??= { ...identity, plan, token, failed: 0, settled: [] };
      write({});
    },
    note: write,
    isSettled: (number) => isWithin(before, number),
    settle(numbers, counts) {
      for (const number of numbers) settled.add(number);
      if (state) file.keep(() => ({ ...state!, ...failures(counts) }));
    },
    keep: (counts) => write(failures(counts)),
    remove: () => file.remove(),
  };
}

const NONE: Omit<MigrationCheckpoint, 'token'> = {
  cleared: false,
  failed: 0,
  isBegun: false,
  begin: () => {},
  note: () => {},
  isSettled: () => false,
  settle: () => {},
  keep: () => {},
  remove: () => {},
};

function pathOf({ source, target, choice }: Migration): string {
  const { shard } = choice;
  const name = shard ? `shard-${shard.index + 1}-of-${shard.count}` : 'migration';
  return join(FOLDER, `${source.name}--${target.name}`, `${name}.json`);
}

function identityOf({ source, target, match, byAthena, targetStores }: Migration, sql: string | undefined): Identity {
  const pairs = match.pairs.map((pair) => [pair.source.name, pair.target.name, pair.target.type]);
  const request = createHash('sha256').update(JSON.stringify({ sql, pairs, byAthena, targetStores }));
  const named = ({ arn, creationTime }: FeatureGroup) => ({ arn, created: creationTime?.toISOString() });
  return { source: named(source), target: named(target), request: request.digest('hex') };
}

function refuseOther(found: State, now: Identity, path: string): void {
  const why = (['source', 'target'] as const).find((side) => {
    return found[side].arn !== now[side].arn || found[side].created !== now[side].created;
  });
  const what = why
    ? `${found[why].arn} is another feature group now, or was created anew`
    : 'the features, the filter or another option that decides what is migrated has changed';
  if (why || found.request !== now.request)
    throw new RefusedError(`The run in ${path} cannot be resumed: ${what}. Run without --resume to start over.`);
}
