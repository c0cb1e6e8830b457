/** Mistakes that affect a whole input, reported once, before any row: unknown or missing columns. */
import { UsageError } from '../../errors.js';
import type { ReadRow } from '../../files/file-handler.js';
import { wrongShape } from '../../files/json/json-shapes.js';
import { cellOf, type Row } from '../../utils/json.js';
import { mapOptions, shellLine } from '../../utils/command-line.js';
import { nearest, plainName } from '../../utils/nearest.js';
import { clip, listed } from '../../utils/quantities.js';
import { eventTimeTypeOf, type FeatureGroup } from '../groups/describe.js';
import { absentColumns } from '../records/column-readers.js';
import { TIME_HINTS, type Conversions } from '../records/conversions.js';
import { eventTimeForm, isEventTime } from '../records/event-time.js';
import { indexNote, isIndexColumn, isIndexName, isOfflineColumn } from '../records/offline-columns.js';
import type { ShapeOptions, TableShaper } from '../records/shape.js';
import { readTime } from '../records/zoned-time.js';
import { isErrorsFile } from './errors-file.js';

export interface TableRules extends Pick<ShapeOptions, 'map' | 'ignoreUnknown'> {
  fillEventTime?: boolean;
  group: FeatureGroup;
  conversions: Conversions;
  shape: TableShaper;
  /** Name of the file being read, for messages. */
  name: () => string;
  note: (line: string) => void;
}

/**
 * Checks the columns of each table, and the common keys of the first JSON rows.
 * @returns a function to call with each batch of rows, or with none and the columns of a table without rows; it throws
 * UsageError
 */
export function tableCheck(rules: TableRules): (batch: ReadRow[], empty?: string[]) => void {
  let checked: string[] | undefined;
  return (batch, empty) => {
    // A file without columns holds nothing that could be wrong.
    if (empty?.length === 0) return;
    const table = empty ?? batch.find((entry) => entry.columns && entry.isTable)?.columns;
    if (table ? table === checked : checked) return;
    const rows = batch.map(({ row }) => row).filter((row) => row !== undefined);
    if (rows.length === 0 && !empty) return;
    const present = table ?? [...new Set(rows.flatMap((row) => Object.keys(row)))];
    checked = present;
    if (isErrorsFile(present)) return;
    const { shape } = rules;
    const name = rules.name();
    const wrong = !table && rows.length === 1 ? wrongShape(rows[0]!, shape.isWanted) : undefined;
    if (wrong) throw new UsageError(`${name} ${wrong}.`);
    const timeHint = timesHint(rows, rules);
    const everywhere = table ?? present.filter((column) => rows.every((row) => Object.hasOwn(row, column)));
    if (!empty) leaveOutIndex(everywhere, { rows, ...rules });
    // Without rows nothing tells whether such a column is an index; it is not taken for one, nor blamed.
    const judged = empty ? everywhere.filter((column) => !isIndexName(column)) : everywhere;
    const problems = problemsOf({ present, everywhere: judged, isTable: table !== undefined }, rules);
    if (problems) throw new UsageError(`${name} does not fit feature group ${rules.group.name}: ${problems}`);
    if (timeHint) throw new UsageError(`${name}: ${timeHint}.`);
  };
}

/** What to specify before any event time can be read; undefined where one can. */
function timesHint(rows: Row[], { group, map = {}, conversions }: TableRules): string | undefined {
  if (conversions.strict) return undefined;
  const type = eventTimeTypeOf(group);
  const columns = [group.eventTime, ...Object.keys(map).filter((column) => map[column] === group.eventTime)];
  const texts = rows
    .flatMap((row) => columns.map((column) => cellOf(row, column)))
    .filter((cell) => typeof cell === 'string');
  const problems = texts.map((text) => (isEventTime(text, type) ? undefined : readTime(text, conversions)));
  const [first] = problems;
  if (typeof first !== 'string' || !problems.every((problem) => problem === first)) return undefined;
  if (first !== 'no zone' && first !== 'no unit' && first !== 'day or month') return undefined;
  return `${columns.at(-1)} ${JSON.stringify(texts[0])} is not ${eventTimeForm(type).expected}: ${TIME_HINTS[first]}`;
}

interface Columns {
  /** Columns of any row. */
  present: string[];
  /** Columns of every row. */
  everywhere: string[];
  /** Whether all rows have the same columns, as in CSV and Parquet. */
  isTable: boolean;
}

function leaveOutIndex(columns: string[], { rows, shape, name, note }: TableRules & { rows: Row[] }): void {
  for (const column of columns) {
    if (shape.isWanted(column)) continue;
    const cells = rows.map((row) => cellOf(row, column));
    if (!isIndexColumn(column, cells)) continue;
    shape.leaveOut(column);
    note(`${name()}: ${indexNote(column)}`);
  }
}

function problemsOf(columns: Columns, rules: TableRules): string | undefined {
  const { group, shape, map = {}, ignoreUnknown, fillEventTime } = rules;
  const feeds = (column: string) => cellOf(map, column) ?? column;
  const fed = new Set(columns.present.map(feeds));
  const free = group.features.map(({ name }) => name).filter((name) => !fed.has(name));
  const strange = columns.everywhere.filter((column) => !shape.isKnown(column) && !isOfflineColumn(column));
  const missing = [group.recordIdentifier, ...(fillEventTime ? [] : [group.eventTime])].filter(
    (name) => !fed.has(name),
  );
  const guesses = strange.map((column) => {
    const feature = guess(column, free);
    if (feature !== undefined) free.splice(free.indexOf(feature), 1);
    return { column, feature };
  });
  // Where unknown columns are ignored, a similar name only matters for a required feature.
  const meant = guesses.filter(({ feature }) => feature && (!ignoreUnknown || missing.includes(feature)));
  const unknown = ignoreUnknown ? [] : guesses.filter(({ feature }) => !feature).map(({ column }) => column);
  const stillMissing = missing.filter((name) => !meant.some(({ feature }) => feature === name));
  const parts = [
    ...doubled(columns, feeds),
    ...(columns.isTable ? absentColumns('--map', map, columns) : []),
    ...(meant.length > 0
      ? [meant.map(({ column, feature }) => `${clip(column)} → ${feature}${how(column, feature!)}`).join(', ')]
      : []),
    ...(unknown.length > 0
      ? [`${listOf(unknown)} ${unknown.length === 1 ? 'is not a feature' : 'are not features'}`]
      : []),
    ...stillMissing.map((name) => lackOf(name, group)),
  ];
  if (parts.length === 0) return undefined;
  const maps = shellLine(mapOptions(Object.fromEntries(meant.map(({ column, feature }) => [column, feature!]))));
  const fixes = [maps && `add ${maps}`, unknown.length > 0 && '--ignore-unknown leaves out what is not a feature'];
  const fix = fixes.filter(Boolean).join('; ');
  return `${parts.join('; ')}. ${fix && `${fix.charAt(0).toUpperCase()}${fix.slice(1)}.`}`.trim();
}

function guess(column: string, features: string[]): string | undefined {
  return features.find((name) => plainName(name) === plainName(column)) ?? nearest(column, features);
}

/** How two similar names differ. */
function how(column: string, feature: string): string {
  if (plainName(column) !== plainName(feature)) return ' (did you mean that?)';
  return column.toLowerCase() === feature.toLowerCase()
    ? ' (only the case differs)'
    : ' (only case, spaces, _ or - differ)';
}

function doubled({ present, isTable }: Columns, feeds: (column: string) => string): string[] {
  if (!isTable) return [];
  const seen = new Map<string, string>();
  return present.flatMap((column) => {
    const other = seen.get(feeds(column));
    seen.set(feeds(column), column);
    if (other === undefined) return [];
    return [
      other === column ? `${column} is there twice` : `${other} and ${column} both go to feature ${feeds(column)}`,
    ];
  });
}

function lackOf(name: string, { recordIdentifier }: FeatureGroup): string {
  return name === recordIdentifier
    ? `no column holds the record identifier ${name}`
    : `no column holds the event time ${name} (--fill-event-time gives all records that of the start of the run)`;
}

const listOf = (columns: string[]) =>
  listed(columns.map((column) => (column === '' ? 'a column without a name' : clip(column))));
