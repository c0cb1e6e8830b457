/** One suite through every door: in-process, over HTTP, and, where it can be asked, the real service. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { openLocal } from '../../src/local/index.js';
import type { Local, LocalOptions } from '../../src/local/index.js';

export interface DoorClient {
  destroy(): void;
}

export interface Door {
  /**
   * Makes an SDK client that goes through this door: `door.client(SageMakerClient)`; destroyed after the suite.
   * Retries are off unless asked for, so that a fault is seen once.
   */
  // The clients' options differ, and each takes the common ones.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  client<C extends DoorClient>(Client: new (options: any) => C, options?: object): C;
  /** The embedded store behind the door; a remote suite has none. */
  readonly local: Local;
}

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** Opens a store on a throw-away folder for the length of the suite. */
export function throughEveryDoor(name: string, suite: (door: Door) => void, options: Partial<LocalOptions> = {}): void {
  describe(`${name}, in-process`, () => suite(openDoor('in-process', options)));
  describe(`${name}, over HTTP`, () => suite(openDoor('http', options)));
}

/**
 * For suites that ask the real service as well, when REMOTE=1: with the credentials and the region of the environment.
 * They make nothing, and leave nothing behind.
 */
export function throughEveryDoorAndAws(name: string, suite: (door: Door) => void): void {
  throughEveryDoor(name, suite);
  describe.skipIf(process.env.REMOTE !== '1')(`${name}, on AWS`, () => suite(openRemoteDoor()));
}

/** Opens a store on a throw-away folder; `close` removes it. Bugs of the store are thrown by `close`. */
export async function openThrowAway(options: Partial<LocalOptions> = {}): Promise<Local> {
  const dir = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
  const bugs: unknown[] = [];
  const local = await openLocal({ dir, onBug: (bug) => bugs.push(bug), ...options });
  return {
    ...local,
    async close() {
      await local.close();
      await rm(dir, { recursive: true, force: true });
      if (bugs.length > 0) throw bugs[0];
    },
  };
}

function openDoor(kind: 'in-process' | 'http', options: Partial<LocalOptions>): Door {
  const clients: DoorClient[] = [];
  let local: Local;
  let endpoint = 'http://127.0.0.1';

  beforeAll(async () => {
    local = await openThrowAway(options);
    if (kind === 'http') endpoint = `http://127.0.0.1:${(await local.listen({ port: 0 })).port}`;
  });
  afterAll(async () => {
    clients.forEach((client) => client.destroy());
    await local.close();
  });

  return {
    get local() {
      return local;
    },
    client(Client, clientOptions) {
      const common = { region: 'us-east-1', credentials: CREDENTIALS, maxAttempts: 1, forcePathStyle: true, endpoint };
      const handler = kind === 'http' ? {} : { requestHandler: local.requestHandler };
      const client = new Client({ ...common, ...handler, ...clientOptions });
      clients.push(client);
      return client;
    },
  };
}

function openRemoteDoor(): Door {
  return {
    get local(): Local {
      throw new Error('There is no embedded store behind the real service');
    },
    client: (Client, options) => new Client({ ...options }),
  };
}
