/** How far a migration is, in a file that survives a kill: its plan, its query, and the rows of the result that are dealt with. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from '../../context.js';
import { openCheckpoint, type Checkpoint } from '../bulk/resume/checkpoint.js';
import { countedWith } from '../../utils/quantities.js';
import type { Migration } from './check.js';
import type { Listing } from '../offline/record-source.js';
import type { MigrationPlan } from './plan.js';
import { FOLDER, identityOf, type Identity } from './identity.js';

/** What a run that goes on has to know, beside the rows that are dealt with. */
export interface MigrationNotes {
  plan: MigrationPlan;
  /** The query's ClientRequestToken: asking again under it gives the same execution. */
  token: string;
  queryId?: string;
  /** Event days that Athena is to insert, where it takes so many at a time. */
  days?: string[];
  /** Whether the target has been emptied, which must not happen twice. */
  cleared?: boolean;
}

/** Rows are numbered from 0; the notes are those of the run that is continued, as long as this one has none of its own. */
export interface MigrationCheckpoint extends Omit<Checkpoint<MigrationNotes>, 'begin' | 'notes' | 'left'> {
  /** The plan of the run that this one continues; undefined for a run from the start. */
  readonly plan?: MigrationPlan;
  readonly token: string;
  readonly queryId?: string;
  readonly days?: string[];
  readonly cleared: boolean;
  /** Where an online source keeps the identifiers that it lists: beside the checkpoint. */
  readonly listing: Listing;
  begin(plan: MigrationPlan): void;
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
  context: Pick<Context, 'output' | 'cwd' | 'onClose'>,
  migration: Migration,
  { resume = false, sql, token = randomUUID() }: CheckpointOptions,
): MigrationCheckpoint {
  const { output, cwd } = context;
  const path = pathOf(migration);
  const identity = identityOf(migration, sql);
  const checkpoint = openCheckpoint<Identity, MigrationNotes>(
    { path: join(cwd, path), identity, resume, changed: (before) => changeSince(before, identity, path) },
    context,
  );
  const { left, notes } = checkpoint;
  const isBegun = checkpoint.isBegun || notes?.cleared === true;
  if (left && !resume) output.note(`${path} holds an interrupted run: --resume would go on with it.`);
  if (resume && !left) output.note('No earlier run was interrupted: starting from the beginning.');
  if (resume && left)
    output.note(`Going on with an interrupted run: ${countedWith(left.settled, 'row', ['is', 'are'])} dealt with.`);
  return {
    ...checkpoint,
    token,
    ...notes,
    cleared: notes?.cleared === true,
    listing: { path: join(cwd, path.replace(/\.json$/, '.identifiers')), continued: isBegun },
    isBegun,
    begin: (plan) => checkpoint.begin({ plan, token }),
  };
}

function pathOf({ source, target, choice }: Migration): string {
  const { shard } = choice;
  const name = shard ? `shard-${shard.index + 1}-of-${shard.count}` : 'migration';
  return join(FOLDER, `${source.name}--${target.name}`, `${name}.json`);
}

/** What is no longer as it was, as a sentence. */
function changeSince(before: Identity, now: Identity, path: string): string | undefined {
  const why = (['source', 'target'] as const).find((side) => {
    return before[side].arn !== now[side].arn || before[side].created !== now[side].created;
  });
  if (!why && before.request === now.request) return undefined;
  const what = why
    ? `${before[why].arn} is another feature group now, or was created anew`
    : 'the features, the filter or another option that decides what is migrated has changed';
  return `The run in ${path} cannot be resumed: ${what}.`;
}
