/**
 * `migrate --incremental`: the high-water mark of migrated rows, in a file or object, moved only once everything has
 * arrived.
 */
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Context } from '../../context.js';
import { RefusedError } from '../../errors.js';
import { isS3 } from '../../s3/address.js';
import { readObject, replaceObject } from '../../s3/conditional.js';
import { refuseUnwritableObject } from '../../s3/sink.js';
import { lockRun, refuseHeld } from '../bulk/resume/run-lock.js';
import { openStateFile, parseState, removeEmpty, STATE_FOLDER, stateText } from '../../files/state-file.js';
import { makeFolder, refuseUnwritable, userPath } from '../../files/whole-file.js';
import type { Migration } from './check.js';
import { identityOf, REQUEST_CHANGED, type Identity } from './migration-identity.js';

export interface Mark {
  /** The next run looks at rows that reached the offline store from then on; Unix seconds. */
  since: number;
  /** The number of such rows. */
  rows: number;
  /**
   * Arrival time of the newest row, in Unix seconds. If both it and the number are unchanged, nothing is new; the
   * number alone proves nothing, since a table can be emptied and refilled.
   */
  newest: number;
  /** Rows of the whole table. */
  total: number;
}

export type KeptMark = Awaited<ReturnType<typeof openMark>>;

/** The stored state: mark, migration and run. */
type State = Identity & Mark & { run: string };

/**
 * Files arrive within 15 minutes; anything later than this is missed.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html
 */
const OVERLAP_SECONDS = 3600;

export interface MarkOptions {
  /** `--state`: a path or an s3:// address. */
  state?: string;
  dryRun?: boolean;
}

/**
 * With `--incremental`, the migration of what arrived since the last run, and its mark; else the migration unchanged.
 * @throws as openMark does
 */
export async function sinceLastRun(
  migration: Migration,
  { incremental, ...options }: MarkOptions & { incremental?: boolean },
  context: Context,
): Promise<{ migration: Migration; mark?: KeptMark }> {
  if (!incremental) return { migration };
  const mark = await openMark(context, migration, options);
  const now = context.serviceNow().getTime() / 1000;
  const arrivals = { since: mark.last?.since, mark: now - OVERLAP_SECONDS };
  return { migration: { ...migration, choice: { ...migration.choice, arrivals, deletions: true } }, mark };
}

/**
 * Reads the mark, and checks that it can be written; a file is locked against concurrent runs.
 * @throws RefusedError (exit 6) where another run holds it, or it belongs to other groups
 */
async function openMark(context: Context, migration: Migration, options: MarkOptions) {
  const { source, target, choice } = migration;
  const own = join(STATE_FOLDER, `${source.name}--${target.name}`, 'incremental.json');
  const place = userPath(context.cwd, options.state ?? own);
  const shown = options.state ?? own;
  const keeping = isS3(place) ? await inObject(place, context) : inFile(place, options, context);
  const identity = identityOf(migration, choice.filter);
  const last = lastOf(keeping.found, { identity, place: shown, note: context.output.note });
  return {
    /** Undefined before the first completed run. */
    last,
    /** Whether a mark exists but is ignored, since it belongs to other groups or options. */
    isSetAside: keeping.found !== undefined && last === undefined,
    /** Its location, for messages. */
    place: shown,
    /** @throws RefusedError (exit 6) where another run has moved it */
    async move(to: Mark): Promise<void> {
      const state: State = { ...identity, ...to, run: randomUUID() };
      if (await keeping.replace(state)) return;
      throw new RefusedError(
        `Another run moved the mark in ${shown} in the meantime, so its mark stays. What this run migrated is in ${target.name} all the same.`,
      );
    },
  };
}

interface Keeping {
  found: State | 'damaged' | undefined;
  /** False where it has changed since it was read. */
  replace(state: State): Promise<boolean>;
}

async function inObject(uri: string, { aws }: Context): Promise<Keeping> {
  const s3 = await aws.s3();
  await refuseUnwritableObject(s3, uri);
  const read = await readObject(s3, uri);
  return {
    found: read && (parseState(read.text) as State | 'damaged'),
    replace: (state) => replaceObject(s3, uri, { text: stateText(state), read }),
  };
}

/** The lock guarantees that the file is unchanged since it was read. */
function inFile(path: string, { state: given, dryRun }: MarkOptions, { onClose }: Context): Keeping {
  const lock = `${path}.lock`;
  if (dryRun) refuseHeld(lock);
  else {
    if (given === undefined) makeFolder(dirname(path));
    refuseUnwritable(path);
    const unlock = lockRun(lock);
    onClose(() => {
      unlock();
      if (given === undefined) removeEmpty(dirname(path));
    });
  }
  const file = openStateFile<State>(path);
  return {
    found: file.read(),
    replace(state) {
      file.write(state);
      return Promise.resolve(true);
    },
  };
}

interface Expected {
  identity: Identity;
  place: string;
  note(line: string): void;
}

function lastOf(found: Keeping['found'], { identity, place, note }: Expected): Mark | undefined {
  if (found === undefined) return undefined;
  if (found === 'damaged' || !isMark(found))
    throw new RefusedError(
      `${place} is damaged, or is not a mark of migrate --incremental: name another --state, or remove it and everything is migrated again.`,
    );
  const { source, target, request, since, rows, newest, total } = found;
  if (source.arn !== identity.source.arn || target.arn !== identity.target.arn)
    throw new RefusedError(
      `${place} is the mark of another migration, from ${source.arn} to ${target.arn}: name another --state.`,
    );
  const isRecreated = source.created !== identity.source.created || target.created !== identity.target.created;
  if (!isRecreated && request === identity.request) return { since, rows, newest, total };
  const why = isRecreated ? 'one of the groups was created again' : REQUEST_CHANGED;
  note(`The mark in ${place} is not used, because ${why}: everything is migrated again, and nothing is removed.`);
  return undefined;
}

const isMark = ({ since, rows, newest, total, source, target }: Partial<State>) =>
  Number.isFinite(since) &&
  Number.isFinite(newest) &&
  Number.isSafeInteger(rows) &&
  Number.isSafeInteger(total) &&
  typeof source?.arn === 'string' &&
  typeof target?.arn === 'string';
