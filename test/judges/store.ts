/** An embedded store for a judge: served over HTTP, with clients beside it. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { Local } from '../../src/local/index.js';
import { openThrowAway } from '../support/doors.js';
import { ask } from '../support/queries.js';

export interface Judged {
  local: Local;
  sagemaker: SageMakerClient;
  runtime: SageMakerFeatureStoreRuntimeClient;
  athena: AthenaClient;
  /** `http://127.0.0.1:PORT`, where all services answer. */
  endpoint: string;
  /** Rows of a statement, header first, run in the database `judged`. */
  query(sql: string): Promise<(string | null)[][]>;
  /** Moves the store's time on, milliseconds. */
  wait(ms: number): void;
  close(): Promise<void>;
}

export const DATABASE = 'judged';

export async function openJudged(): Promise<Judged> {
  let now = Date.parse('2026-03-01T10:00:00Z');
  const local = await openThrowAway({ now: () => now });
  const { port } = await local.listen({ port: 0 });
  const options = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    endpoint: 'http://127.0.0.1',
    requestHandler: local.requestHandler,
  };
  const athena = new AthenaClient(options);
  return {
    local,
    sagemaker: new SageMakerClient(options),
    runtime: new SageMakerFeatureStoreRuntimeClient(options),
    athena,
    endpoint: `http://127.0.0.1:${port}`,
    query: (sql) => ask(athena, sql, { QueryExecutionContext: { Database: DATABASE } }),
    wait: (ms) => (now += ms),
    close: () => local.close(),
  };
}
