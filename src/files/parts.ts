/** An input argument → the files it stands for: one file, all files of a folder, or those that match a pattern. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { UsageError } from '../errors.js';

/** One file to read. */
export interface Part {
  path: string;
  size?: number;
  /** Whether its name has an unknown format. */
  isUnreadable?: boolean;
  /** From folders named `column=value` on the way to it, as Hive and Spark write them; null for Hive's own word for null. */
  columns?: Map<string, string | null>;
}

const HIVE_NULL = '__HIVE_DEFAULT_PARTITION__';
const WILDCARD = /[*?[\]{}]/;

/** A pattern, unless a file has that very name. */
async function isPattern(path: string): Promise<boolean> {
  return WILDCARD.test(path) && (await stat(path).catch(() => undefined)) === undefined;
}

/**
 * The files of a local path, in the order of their names: itself, or all below a folder but for empty and hidden ones and markers
 * such as _SUCCESS.
 * @param isReadable whether a file's name says that it can be read
 * @throws UsageError where there is none
 */
export async function localParts(path: string, isReadable: (name: string) => boolean): Promise<Part[]> {
  if (await isPattern(path)) {
    const root = rootOf(path);
    // The paths below are normal: `./` and `a//b` are gone.
    const fits = matcher(normalize(path));
    const parts = (await partsBelow(root)).filter((part) => fits(part.path));
    if (parts.length === 0) throw new UsageError(`No file matches ${path}.`);
    return parts;
  }
  if (!(await stat(path)).isDirectory()) return [{ path }];
  const below = await partsBelow(path);
  const parts = recordsOfBackup(below, (part) => relative(path, part.path).split(sep).join('/'));
  for (const part of parts) part.isUnreadable = !isReadable(part.path);
  if (parts.every((part) => part.isUnreadable)) throw new UsageError(`${path} is a folder without a file to read.`);
  return parts;
}

/** A backup of `clear` has both of these. */
const OF_BACKUP = ['manifest.json', 'records.jsonl'];
/** And these hold no records of its online store: what tells of it, and the offline objects as they were. */
const NO_RECORDS = /^(?:manifest\.json|objects\.jsonl|offline\/.*)$/s;

/** Of a folder that is such a backup, its records: the history in it is not to be put once more. */
export function recordsOfBackup<T>(parts: T[], nameOf: (part: T) => string): T[] {
  const names = new Set(parts.map(nameOf));
  return OF_BACKUP.every((name) => names.has(name)) ? parts.filter((part) => !NO_RECORDS.test(nameOf(part))) : parts;
}

async function partsBelow(root: string): Promise<Part[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(folderOf(entry), entry.name));
  const parts: Part[] = [];
  for (const path of paths.sort()) {
    const inside = relative(root, path).split(sep);
    if (inside.some((name) => /^[._]/.test(name))) continue;
    const { size } = await stat(path);
    if (size > 0) parts.push({ path, size, columns: hiveColumns(inside.slice(0, -1)) });
  }
  return parts;
}

/** Node before 20.12 only has the other property. */
const folderOf = (entry: Dirent & { path?: string }): string => entry.parentPath ?? entry.path;

/** `['day=2026-01-01', 'city=Z%C3%BCrich']` → columns. */
export function hiveColumns(folders: string[]): Part['columns'] {
  const columns = folders.flatMap((folder): [string, string | null][] => {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(folder) ?? [];
    return name === undefined ? [] : [[decoded(name), value === HIVE_NULL ? null : decoded(value!)]];
  });
  return columns.length > 0 ? new Map(columns) : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return text;
  }
}

/** The folder above the first wildcard. */
function rootOf(pattern: string): string {
  let root = pattern;
  while (WILDCARD.test(root)) root = dirname(root);
  return root;
}

/** `*` and `?` within a name, `**` across folders, `[a-z]`, `{a,b}`. */
function matcher(pattern: string): (path: string) => boolean {
  const source = pattern.replace(/\*\*\/?|[*?{},]|\[!?[^\]]+\]|[.+^$()|\\]/g, (found) => {
    if (found.startsWith('**')) return found.endsWith('/') ? '(?:.*/)?' : '.*';
    if (found.startsWith('[')) return found.replace('[!', '[^');
    return WILDCARDS.get(found) ?? `\\${found}`;
  });
  const expression = new RegExp(`^${source}$`, 's');
  return (path) => expression.test(path.split(sep).join('/'));
}

const WILDCARDS = new Map([
  ['*', '[^/]*'],
  ['?', '[^/]'],
  ['{', '(?:'],
  ['}', ')'],
  [',', '|'],
]);
