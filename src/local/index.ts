/** The embedded Feature Store: opens a folder, and answers the calls of real AWS SDK clients from it. */
import { resolve } from 'node:path';
import type * as Lmdb from 'lmdb';
import { openQueries } from './athena/athena.js';
import { openHttpDoor, openSdkDoor, type Listener, type ListenOptions, type SdkRequestHandler } from './wire/doors.js';
import type { Faults } from './wire/faults.js';
import { openGroups } from './sagemaker/groups.js';
import { answerOwnRequest } from './wire/own-requests.js';
import { openObjects } from './s3/objects.js';
import { openOffline } from './runtime/offline.js';
import { openOnline } from './runtime/online.js';
import { openRouter } from './wire/router.js';
import { optional, type Core } from './store/core.js';
import type { Store } from './store/store.js';
import { checkRemovable, FILE_MODE, openFolder, removeStore } from './store/folder.js';
import { openTables } from './glue/tables.js';

export type { Faults } from './wire/faults.js';
export type { Listener, SdkRequestHandler } from './wire/doors.js';
export type { Store } from './store/store.js';
export { StoreRefused } from './store/folder.js';

export interface LocalOptions extends Partial<Omit<Core, 'dir' | 'env' | 'faults'>> {
  /** The folder of the store; created if missing. Several processes may open the same one. */
  dir: string;
  faults?: Partial<Faults>;
  /** Called with every error that is a bug of the store; the caller gets a 500 without the stack. */
  onBug?: (error: unknown) => void;
}

export interface Local {
  readonly store: Store;
  /** Mutable: takes effect with the next request. */
  readonly faults: Faults;
  fetch(request: Request): Promise<Response>;
  /** For the `requestHandler` option of an SDK v3 client. */
  readonly requestHandler: SdkRequestHandler;
  /** Listens for HTTP on 127.0.0.1, for programs of this machine. */
  listen(options: ListenOptions): Promise<Listener>;
  /** Closes the listeners, waits for queries, and flushes the offline store. */
  close(): Promise<void>;
}

/**
 * Opens the embedded Feature Store.
 * @throws StoreRefused where the folder is neither empty nor a store that this version can read; Error where the
 * optional packages it needs are not installed
 */
export async function openLocal(options: LocalOptions): Promise<Local> {
  const dir = resolve(options.dir);
  const folder = await openFolder(dir, await loadLmdb());
  const store = openStore(coreOf(options, { dir, env: folder.env }));
  const router = openRouter(store, options.onBug ?? (() => undefined));
  const listeners: Listener[] = [];

  return {
    store,
    faults: store.faults,
    fetch: (request) => router.answer(request),
    requestHandler: openSdkDoor((request, target) => router.answer(request, target)),
    async listen(options) {
      const listener = await openHttpDoor(
        async (request, target) =>
          (await answerOwnRequest(store, request, target)) ?? (await router.answer(request, target)),
        options,
      );
      listeners.push(listener);
      return listener;
    },
    async close() {
      await Promise.all(listeners.map((listener) => listener.close()));
      await store.queries.close();
      await store.offline.flush();
      await folder.close();
    },
  };
}

/** Whether there is an embedded store to remove. Throws StoreRefused where there is something else, or it is in use. */
export const checkRemovableStore = async (dir: string): Promise<boolean> =>
  checkRemovable(resolve(dir), await loadLmdb());

/** Removes an embedded store, and nothing else. Throws StoreRefused as `checkRemovableStore` does. */
export const removeLocalStore = async (dir: string): Promise<void> => removeStore(resolve(dir), await loadLmdb());

function coreOf(options: LocalOptions, place: Pick<Core, 'dir' | 'env'>): Core {
  const { now = Date.now, accountId = '000000000000', offlineDelayMs = 0, settleMs = 0 } = options;
  const { putOnEqual = 'overwrite', faults = {} } = options;
  const { latencyMs = 0, throttlePerSecond = 0, errorRate = 0, deny = [] } = faults;
  const injected = { latencyMs, throttlePerSecond, errorRate, deny };
  return { ...place, now, accountId, offlineDelayMs, settleMs, putOnEqual, faults: injected };
}

function openStore(core: Core): Store {
  const groups = openGroups(core);
  const online = openOnline(core);
  const tables = openTables(core);
  const objects = openObjects(core);
  const offline = openOffline({ ...core, objects, tables });
  const queries = openQueries({ ...core, objects, offline, tables });
  return { ...core, groups, online, offline, tables, queries, objects };
}

/** Identifiers have up to 2 KB, and a key of lmdb may take half a page. */
const PAGE_BYTES = 8192;
const MAX_DATABASES = 32;

async function loadLmdb() {
  const lmdb = await optional(() => import('lmdb'));
  // Overlapping syncs use a lock of their own; a process killed while holding it makes lmdb fail for good (MDB_PANIC)
  // in every other process of the folder. Without them each commit is on disk when it resolves, at the same cost;
  // `noSync` would save a millisecond, but risk the whole store in a power cut. Batches per turn of the event loop have
  // an unobserved promise: a failed commit would end the process.
  const durable = { overlappingSync: false, eventTurnBatching: false };
  const settings = { pageSize: PAGE_BYTES, maxDbs: MAX_DATABASES, permissionsMode: FILE_MODE, ...durable };
  return (options: Lmdb.RootDatabaseOptionsWithPath) => lmdb.open({ ...settings, ...options });
}
