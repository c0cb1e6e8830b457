/** The embedded Feature Store as the service that the SDK's clients talk to: when it answers, from which folder, and how. */
import { resolve } from 'node:path';
import { RefusedError } from './errors.js';
import type { Host } from './host.js';
import type { Local } from './local/index.js';

/** Of the global options, those that choose it. */
export interface LocalOptions {
  local?: boolean;
  localDir?: string;
  endpointUrl?: string;
  region?: string;
}

type Trace = (lines: string | readonly string[]) => void;

/** The port that `local serve` listens on when none is named. */
export const LOCAL_PORT = 4599;

/** The region that the embedded store answers for when none is named. */
export const LOCAL_REGION = 'us-east-1';

/** Whether the embedded store answers: --local or --local-dir, or SAGEMAKER_FS_LOCAL=1 where no endpoint is named. */
export function isLocal({ local, localDir, endpointUrl }: LocalOptions, env: Host['env']): boolean {
  if (local || localDir !== undefined) return true;
  return endpointUrl === undefined && /^(1|true|yes|on)$/i.test(env.SAGEMAKER_FS_LOCAL ?? '');
}

export function localDir(options: LocalOptions, host: Pick<Host, 'cwd'>): string {
  return resolve(host.cwd, options.localDir ?? '.sagemaker-fs/local');
}

/** @throws RefusedError for a folder that is not a store */
export async function openEmbedded(options: LocalOptions, host: Host, trace?: Trace): Promise<Local> {
  const { openLocal } = await import('./local/index.js');
  return openLocal({
    dir: localDir(options, host),
    now: () => host.now().getTime(),
    onBug: (error) => trace?.(`The embedded store failed: ${(error as Error).stack}`.split('\n')),
  }).catch(explainRefusal);
}

/** What the embedded store says of a folder that is not its own is the sentence to print. */
export function explainRefusal(error: Error): never {
  throw error.name === 'StoreRefused' ? new RefusedError(error.message) : error;
}

/** As far as it is said; the AWS CLI also reads AWS_DEFAULT_REGION, which the JavaScript SDK does not. */
export const regionOf = ({ region }: LocalOptions, env: Host['env']): string | undefined =>
  region || env.AWS_REGION || env.AWS_DEFAULT_REGION;

/** The settings of a client that talks to it. */
export async function localSettings(
  options: LocalOptions,
  host: Host,
  embedded: () => Promise<Local>,
): Promise<object> {
  return {
    region: regionOf(options, host.env) || LOCAL_REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    endpoint: 'http://127.0.0.1',
    requestHandler: (await embedded()).requestHandler,
    forcePathStyle: true,
  };
}
