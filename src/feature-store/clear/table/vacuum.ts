/** `--vacuum`: expires the snapshots that keep deleted rows; restores the settings of the table, even after a kill. */
import { join } from 'node:path';
import type { Context } from '../../../context.js';
import { RefusedError } from '../../../errors.js';
import { countDown } from '../../../utils/terminal/countdown.js';
import { openStateFile, type StateFile } from '../../../files/state-file.js';
import { checkSameGroup, type FeatureGroup } from '../../groups/describe.js';
import { queryTable } from '../../offline/athena-result.js';
import type { AthenaOptions } from '../../offline/athena-run.js';
import { notePath } from '../note-path.js';
import { repeat } from './iceberg.js';
import { optimizeSql, setPropertiesSql, showPropertiesSql, vacuumSql } from './sql.js';

/**
 * VACUUM also removes files not yet in a snapshot, such as those of a write in progress. Feature Store commits up to 15
 * minutes after a put, so nothing younger than an hour is touched.
 * @see https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html
 */
const SNAPSHOT_AGE_SECONDS = 60 * 60;
/** https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html */
const DEFAULT_PROPERTIES: Properties = {
  vacuum_max_snapshot_age_seconds: '432000',
  vacuum_min_snapshots_to_keep: '1',
  optimize_rewrite_delete_file_threshold: '2',
};

type Properties = Record<string, string>;

export interface VacuumOptions extends AthenaOptions {
  /** Minimum age of a snapshot to expire, in seconds; shorter in tests. */
  vacuumAgeSeconds?: number;
}

/** Settings that a vacuum changed and has to restore. */
interface Changed {
  table: { database: string; name: string };
  before: Properties;
}

/**
 * Waits until the snapshots with the deleted rows are old enough, then expires them, which removes their files.
 * @throws as runQuery does; the reason of the signal
 */
export async function vacuumTable(context: Context, group: FeatureGroup, options: VacuumOptions): Promise<void> {
  const { aws } = context;
  const age = options.vacuumAgeSeconds ?? SNAPSHOT_AGE_SECONDS;
  await countDown(age + 1, 'until the deleted rows may be vacuumed', context);
  await checkSameGroup(aws, { group, so: 'Its table was not vacuumed.' }, options.signal);
  const before = await propertiesOf(context, group, options);
  const checkpoint = openNote(context, group);
  // Saved first: if the run is killed, the table must not go on expiring snapshots early.
  saveNote(checkpoint, { table: tableOf(group), before }, context);
  try {
    await queryTable(aws, { group, sql: setPropertiesSql(group, whileVacuuming(age)) }, options);
    await repeat(aws, { group, sql: optimizeSql(group) }, options);
    await repeat(aws, { group, sql: vacuumSql(group) }, options);
  } finally {
    await putBack(context, { group, before, checkpoint }, options);
  }
}

/** Restores the settings that a killed vacuum left changed. */
export async function restoreSettings(context: Context, group: FeatureGroup, options: AthenaOptions): Promise<void> {
  const checkpoint = openNote(context, group);
  const changed = checkpoint.read();
  if (changed === 'damaged') {
    throw new RefusedError(
      `${notePath(group, 'vacuum')} is damaged, so the settings that a vacuum has changed cannot be put back: set those of the table yourself, then remove the file.`,
    );
  }
  const { database, name } = tableOf(group);
  if (changed?.table.name !== name || changed.table.database !== database) return;
  await putBack(context, { group, before: changed.before, checkpoint }, options);
  context.output.note(`An earlier vacuum of ${database}.${name} was interrupted: the table's settings are restored.`);
}

/** By default, a data file is only rewritten once it has two delete files; here, one is enough. */
const whileVacuuming = (ageSeconds: number): Properties => ({
  vacuum_max_snapshot_age_seconds: String(ageSeconds),
  vacuum_min_snapshots_to_keep: '1',
  optimize_rewrite_delete_file_threshold: '1',
});

const tableOf = ({ offline }: FeatureGroup) => ({ database: offline!.table!.database, name: offline!.table!.name });

const openNote = ({ cwd }: Context, group: FeatureGroup): StateFile<Changed> =>
  openStateFile<Changed>(join(cwd, notePath(group, 'vacuum')));

/** If it cannot be saved, the run continues, with a warning. */
function saveNote(note: StateFile<Changed>, changed: Changed, { output }: Context): void {
  try {
    note.write(changed);
  } catch (error) {
    output.warn(
      `the settings of the table cannot be saved (${(error as Error).message}): if this run is killed, the table keeps those of the vacuum.`,
    );
  }
}

async function putBack(
  { aws }: Context,
  { group, before, checkpoint }: { group: FeatureGroup; before: Properties; checkpoint: StateFile<Changed> },
  options: AthenaOptions,
): Promise<void> {
  const own = Object.entries(DEFAULT_PROPERTIES).map(([name, usual]) => {
    const value = Object.hasOwn(before, name) ? before[name]! : usual;
    return [name, /^\d+$/.test(value) ? value : usual];
  });
  const sql = setPropertiesSql(group, Object.fromEntries(own) as Properties);
  // Also after Ctrl-C: the table must not go on expiring snapshots early.
  await queryTable(aws, { group, sql }, { ...options, signal: new AbortController().signal });
  checkpoint.remove();
}

async function propertiesOf({ aws }: Context, group: FeatureGroup, options: AthenaOptions): Promise<Properties> {
  const rows = await queryTable(aws, { group, sql: showPropertiesSql(group) }, options);
  // Hive-style output has no header, and may pack a row into one cell, separated by tabs.
  const pairs = rows.map((row) => row.join('\t').split('\t'));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name.trim(), value.trim()]));
}
