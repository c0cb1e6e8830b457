/** The folder of a store: recognized by a marker, and never shared with anything else. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { lstat, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootDatabase, RootDatabaseOptionsWithPath } from 'lmdb';

/** The folder must not be used or removed; nothing in it was touched. */
export class StoreRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StoreRefused';
  }
}

type OpenEnv = (options: RootDatabaseOptionsWithPath) => RootDatabase;

const MARKER = 'sagemaker-fs-store.json';
const STORE = 'sagemaker-fs embedded Feature Store';
/** Incremented when older versions can no longer read what this one writes. */
const FORMAT = 1;
const FOLDERS = ['open', 's3', 's3-temp', 's3-uploads', 's3-versions', 'state', 'tmp'];
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** What the store itself puts into those of its folders whose contents users do not name. */
const LMDB_FILES = /^(?:data|lock)\.mdb$/;
const CONTENTS: Record<string, RegExp> = {
  open: LMDB_FILES,
  's3-temp': new RegExp(`^${UUID}$`),
  's3-uploads': /^[0-9a-f]{48}$/,
  state: LMDB_FILES,
  tmp: new RegExp(`^(?:spill|${UUID}|scratch-(?:flush|query)-${UUID})$`),
};

/** Whether the store made the entry of one of its folders, by its name. */
export const isOwn = (folder: keyof typeof CONTENTS, name: string): boolean => CONTENTS[folder]!.test(name);

/** Owner only: a store holds records. */
export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

interface Marker {
  store: string;
  format: number;
  /** A reset was started and not completed. */
  resetting?: boolean;
}

export interface Folder {
  /** The state of the store. */
  env: RootDatabase;
  close(): Promise<void>;
}

/**
 * Opens the state of a store, after making sure that the folder is one: it is empty, it has the marker, or it has the
 * complete structure of a store older than markers (and gets one).
 * @throws StoreRefused before anything in the folder is touched
 */
export async function openFolder(dir: string, open: OpenEnv): Promise<Folder> {
  mkdirSync(dir, { recursive: true, mode: FOLDER_MODE });
  const entries = entriesOf(dir);
  if (!requireStore(dir, entries)) {
    if (entries.length > 0) throw unmarked(dir);
    writeMarker(dir);
  }
  const presence = beHere(dir, open);
  try {
    // Detects a reset that began before we announced ourselves.
    requireStore(dir, entriesOf(dir));
    mkdirSync(join(dir, 'state'), { recursive: true, mode: FOLDER_MODE });
    const env = open({ path: join(dir, 'state') });
    return { env, close: async () => void (await env.close(), await presence.leave()) };
  } catch (error) {
    await presence.leave();
    throw error;
  }
}

/**
 * Whether there is a store to remove.
 * @throws StoreRefused where the folder is a link, is not a store, contains anything else, or is in use
 */
export async function checkRemovable(dir: string, open: OpenEnv): Promise<boolean> {
  const found = await lstat(dir).catch(() => undefined);
  if (!found) return false;
  if (found.isSymbolicLink()) throw refused(dir, 'is a symbolic link', 'name the folder that it leads to');
  if (!found.isDirectory()) throw notAStore(dir, 'it is a file');
  const entries = entriesOf(dir);
  if (entries.length === 0) return false;
  if (!requireStore(dir, entries, { resetting: true })) throw unmarked(dir);
  const foreign = firstForeign(dir, entries);
  if (foreign) throw refused(dir, `holds ${foreign}, which is not the store's`, 'move that away first');
  await requireClosed(dir, open);
  return true;
}

/** Removes the entries of the store, and the folder. Throws StoreRefused as `checkRemovable`. */
export async function removeStore(dir: string, open: OpenEnv): Promise<void> {
  if (!(await checkRemovable(dir, open))) return;
  writeMarker(dir, { resetting: true });
  try {
    await requireClosed(dir, open);
  } catch (error) {
    writeMarker(dir);
    throw error;
  }
  for (const name of FOLDERS) await rm(join(dir, name), { recursive: true, force: true });
  for (const name of entriesOf(dir).map((entry) => entry.name)) if (isMarker(name)) await rm(join(dir, name));
  await rmdir(dir);
}

const entriesOf = (dir: string) => readdirSync(dir, { withFileTypes: true }).filter(({ name }) => !isDraft(name));
type Entries = ReturnType<typeof entriesOf>;

/** A marker being written, before it is renamed. */
const isDraft = (name: string): boolean => isMarker(name) && name !== MARKER;
const isMarker = (name: string): boolean => name.startsWith(MARKER);

/** Whether the folder has the marker; throws StoreRefused where it says that the store is unusable. */
function requireStore(dir: string, entries: Entries, { resetting = false } = {}): boolean {
  const linked = entries.find((entry) => isStores(entry.name) && !entry.isDirectory() && entry.name !== MARKER);
  if (linked) throw notAStore(dir, `${linked.name} in it is not a folder`);
  if (!entries.some(({ name }) => name === MARKER)) return false;
  const marker = readMarker(dir);
  if (marker?.store !== STORE || typeof marker.format !== 'number') throw notAStore(dir, `${MARKER} in it is damaged`);
  if (marker.format > FORMAT) {
    const formats = `format ${marker.format}, this version reads ${FORMAT}`;
    throw refused(dir, `was written by a newer sagemaker-fs (${formats})`, 'update sagemaker-fs');
  }
  if (marker.resetting && !resetting)
    throw refused(dir, 'is half removed: a reset was interrupted', 'run `sagemaker-fs local reset` on it again');
  return true;
}

const isStores = (name: string): boolean => name === MARKER || FOLDERS.includes(name);

function readMarker(dir: string): Partial<Marker> | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, MARKER), 'utf8')) as Partial<Marker> | undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function writeMarker(dir: string, more: Partial<Marker> = {}): void {
  const draft = join(dir, `${MARKER}.${randomUUID()}`);
  writeFileSync(draft, `${JSON.stringify({ store: STORE, format: FORMAT, ...more })}\n`, { mode: FILE_MODE });
  renameSync(draft, join(dir, MARKER));
}

function firstForeign(dir: string, entries: Entries): string | undefined {
  for (const { name } of entries) {
    if (!isStores(name)) return name;
    if (!CONTENTS[name]) continue;
    const inside = readdirSync(join(dir, name)).find((each) => !isOwn(name, each));
    if (inside !== undefined) return `${name}/${inside}`;
  }
  return undefined;
}

/**
 * Announces to other processes that the store is open, with a read transaction in an lmdb that is never written, so
 * that it holds nothing back. The kernel releases it when the process dies, in whatever way.
 */
function beHere(dir: string, open: OpenEnv): { others: number; leave(): Promise<void> } {
  const path = join(dir, 'open');
  mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
  const env = open({ path });
  const reading = env.useReadTransaction();
  env.readerCheck();
  // One header line, then one line per reader, including us.
  const others = env.readerList().trim().split('\n').length - 2;
  return {
    others,
    leave: async () => {
      reading.done();
      await env.close();
    },
  };
}

/** Throws StoreRefused if the store is open in this or another process. */
async function requireClosed(dir: string, open: OpenEnv): Promise<void> {
  const { others, leave } = beHere(dir, open);
  await leave();
  if (others > 0) throw refused(dir, 'is in use', 'stop `local serve` or whatever else has it open');
}

const refused = (dir: string, why: string, what: string): StoreRefused =>
  new StoreRefused(`${dir} ${why}: nothing was changed; ${what}.`);

const notAStore = (dir: string, why: string): StoreRefused =>
  refused(dir, `is not an embedded store (${why})`, 'name an empty folder, or a new one, with --local-dir');

const unmarked = (dir: string): StoreRefused => notAStore(dir, `there is no ${MARKER} in it`);
