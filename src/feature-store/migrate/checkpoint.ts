/** The checkpoint of a migration, which survives a kill: its plan, its query, and the rows that are done. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from '../../context.js';
import { RefusedError } from '../../errors.js';
import { openCheckpoint } from '../bulk/resume/checkpoint.js';
import { countedWith } from '../../utils/quantities.js';
import type { Migration } from './check.js';
import type { Ended } from './ending.js';
import type { MigrationPlan } from './plan.js';
import { STATE_FOLDER } from '../../files/state-file.js';
import { identityOf, REQUEST_CHANGED, type Identity } from './migration-identity.js';

/** What a resumed run needs besides the rows that are done. */
export interface MigrationNotes {
  plan: MigrationPlan;
  /** ClientRequestToken of the query: starting it again with the same token returns the same execution. */
  token: string;
  queryId?: string;
  /** Event days for Athena to insert, where it needs several statements. */
  days?: string[];
  /** Rows that its finished statements have inserted. */
  inserted?: number;
  /** Set once all is in the target, and only the last steps are missing. */
  ended?: Ended;
  /** Whether the target has been cleared, which must not happen twice. */
  cleared?: boolean;
}

/** Rows are numbered from 0. Notes are those of the resumed run until this one has its own. */
export type MigrationCheckpoint = ReturnType<typeof openMigrationCheckpoint>;

export interface CheckpointOptions {
  /** Resume an earlier run; if false, only mention it. */
  resume?: boolean;
  /** The SQL that reads the source. */
  sql?: string;
  /** Shared by runs that are to share a query; random by default. */
  token?: string;
}

/**
 * Opens the checkpoint of a migration, below the working directory.
 * @throws RefusedError (exit 6) where `--resume` would continue a different migration, or rows might be inserted twice
 */
export function openMigrationCheckpoint(
  context: Pick<Context, 'output' | 'cwd' | 'onClose'>,
  migration: Migration,
  { resume = false, sql, token = randomUUID() }: CheckpointOptions,
) {
  const { output, cwd } = context;
  const path = pathOf(migration);
  const identity = identityOf(migration, sql);
  const checkpoint = openCheckpoint<Identity, MigrationNotes>(
    { path: join(cwd, path), identity, resume, changed: (before) => changeSince(before, identity, path) },
    context,
  );
  const { left, notes } = checkpoint;
  const isBegun = checkpoint.isBegun || notes?.cleared === true;
  if (left && !resume && migration.byAthena) {
    const how = left.wasCleared
      ? `${migration.target.name} was cleared since, so it cannot be resumed`
      : left.isSame
        ? '--resume continues it'
        : 'Its own command with --resume continues it';
    throw new RefusedError(
      `${path} holds an interrupted run, whose INSERT may have been done. ${how}; to insert everything again, delete that file.`,
    );
  }
  if (left && !resume)
    output.note(
      left.isSame
        ? `${path} holds an interrupted run: --resume would continue it.`
        : left.wasCleared
          ? `${path} holds an interrupted run, which cannot be resumed: ${migration.target.name} was cleared since.`
          : `${path} holds an interrupted run of other groups or options, which cannot be resumed once this one has begun.`,
    );
  if (resume && !left) output.note('No earlier run was interrupted: starting from the beginning.');
  if (resume && left) {
    const done = countedWith(left.settled, migration.byAthena ? 'INSERT' : 'row', ['is', 'are']);
    output.note(`Continuing an interrupted run: ${done} done.`);
  }
  return {
    ...checkpoint,
    /** Records that a resumed run finds done. */
    done: migration.byAthena ? (notes?.inserted ?? 0) : checkpoint.settledBefore,
    /** Undefined for a new run, as the next two. */
    plan: notes?.plan,
    queryId: notes?.queryId,
    days: notes?.days,
    inserted: notes?.inserted ?? 0,
    ended: notes?.ended,
    token: notes?.token ?? token,
    cleared: notes?.cleared === true,
    /** File beside the checkpoint for the identifiers listed from an online source. */
    listing: { path: join(cwd, path.replace(/\.json$/, '.identifiers')), continued: isBegun },
    isBegun,
    /** Saved at once: without its token, a run killed while Athena takes a query would ask again, or insert twice. */
    begin(plan: MigrationPlan): void {
      checkpoint.begin({ plan, token });
      checkpoint.note({});
      if (migration.byAthena && !checkpoint.isKept())
        throw new RefusedError(
          `Without ${path}, an interrupted INSERT could be done twice: run this in a folder that can be written.`,
        );
    },
  };
}

function pathOf({ source, target, choice }: Migration): string {
  const { shard } = choice;
  const name = shard ? `shard-${shard.index + 1}-of-${shard.count}` : 'migration';
  return join(STATE_FOLDER, `${source.name}--${target.name}`, `${name}.json`);
}

/** What has changed since, as a sentence. */
function changeSince(before: Identity, now: Identity, path: string): string | undefined {
  const why = (['source', 'target'] as const).find((side) => {
    return before[side].arn !== now[side].arn || before[side].created !== now[side].created;
  });
  if (!why && before.request === now.request) return undefined;
  const what = why ? `${before[why].arn} is another feature group now, or was created again` : REQUEST_CHANGED;
  return `The run in ${path} cannot be resumed: ${what}.`;
}
