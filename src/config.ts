/** Region, profile, role, endpoint, retries, or --local: SDK clients, each built on first use by dynamic import. */
import type { AthenaClient } from '@aws-sdk/client-athena';
import type { GlueClient } from '@aws-sdk/client-glue';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { STSClient } from '@aws-sdk/client-sts';
import { isLocal, localSettings, openEmbedded, regionOf, type LocalOptions } from './embedded.js';
import type { OutputOptions } from './output.js';
import type { Host } from './host.js';
import { UsageError } from './errors.js';
import type { DirectCalls } from './fast-calls/direct.js';
import type { RuntimeCalls } from './fast-calls/index.js';
import type { Network } from './network/index.js';
import { isNetworkNamed } from './network/variables.js';
import { openCredentials } from './sdk/identity.js';
import { observe } from './sdk/observe.js';
import type { Stack } from './utils/stack.js';
import { believeOnlyItsService, SILENCE_LIMITS, TIME_LIMITS } from './sdk/belief.js';
import { lazy } from './utils/lazy.js';

/** What every command accepts, before or after its name. */
export interface GlobalOptions extends LocalOptions, OutputOptions {
  profile?: string;
  roleArn?: string;
  externalId?: string;
  summary?: string;
  /** Of the commands that have it: `--retry-for`, in seconds. */
  retryFor?: number;
}

export interface Clients {
  /** A single call, without its client where the way is plain; it fails with the client's own errors, and has its patience. */
  call: DirectCalls['call'];
  /**
   * How far the clock of the service is ahead of this machine's, in milliseconds, as far as calls have shown: 0 below a few
   * minutes, which the service tolerates. Calls of any account and region tell.
   */
  clockOffset(): number;
  sagemaker(): Promise<SageMakerClient>;
  runtime(): Promise<SageMakerFeatureStoreRuntimeClient>;
  /**
   * For calls by the thousand: as `runtime`, but each call is sent once (whoever works in bulk has more patience than the
   * SDK), and the hot ones go without the SDK's machinery where that can be done.
   */
  bulkRuntime(): Promise<RuntimeCalls>;
  athena(): Promise<AthenaClient>;
  s3(): Promise<S3Client>;
  glue(): Promise<GlueClient>;
  sts(): Promise<STSClient>;
  /** True when the embedded store answers. */
  readonly local: boolean;
  /** The same for another account or region, or with other patience; closed together with these. */
  elsewhere(place: Pick<GlobalOptions, 'profile' | 'region' | 'retryFor'>): Clients;
  close(): Promise<void>;
}

interface ClientsOptions {
  /** Aborted: failed calls are not sent again. */
  signal: AbortSignal;
  /** Receives one line for each call under --debug. */
  trace?: (lines: string | readonly string[]) => void;
  /** Asks for one line on the terminal; undefined where there is none. */
  ask?: (question: string) => Promise<string>;
}

interface ClientSettings {
  requestHandler?: object;
  maxAttempts?: number;
  followRegionRedirects?: boolean;
}

interface AnyClient extends Stack {
  config: { systemClockOffset?: number };
  destroy(): void;
}

/** Builds the clients that a command may need; nothing is loaded before it is used. */
export function openClients(options: GlobalOptions, host: Host, { signal, trace, ask }: ClientsOptions): Clients {
  const local = isLocal(options, host.env);
  if (local && options.endpointUrl) {
    const named = options.local ? '--local' : '--local-dir';
    throw new UsageError(
      `${named} and --endpoint-url cannot be used together: one names the embedded store, the other a server.`,
    );
  }
  const embedded = lazy(() => openEmbedded(options, host, trace));
  const network = lazy(async () => {
    if (local || !isNetworkNamed(host.env)) return undefined;
    return (await import('./network/index.js')).openNetwork(host.env);
  });
  const applyToStack = (middlewareStack: Stack['middlewareStack']) =>
    believeOnlyItsService({ middlewareStack }, () => false);
  const credentials = openCredentials({ env: host.env, ask, applyToStack });
  const opened: Pick<AnyClient, 'destroy'>[] = [];
  const clocks: (() => number)[] = [];
  let isClosed = false;

  function clientsOf(options: GlobalOptions): Clients {
    const settings = lazy(async () =>
      local
        ? localSettings(options, host, embedded)
        : awsSettings(options, host, { credentials, network: await network() }),
    );
    const client = <T>(load: () => Promise<new (settings: never) => T>, more: ClientSettings = {}) =>
      lazy(async () => {
        const [Client, config, way] = await Promise.all([load(), settings(), network()]);
        const requestHandler = { ...(more.requestHandler ?? TIME_LIMITS), ...way?.agents() };
        const instance = new Client({ ...more, requestHandler, ...config } as never);
        way?.relay(instance as AnyClient);
        believeOnlyItsService(instance as AnyClient, () => isClosed);
        observe(instance as AnyClient, {
          trace,
          profile: local ? undefined : (options.profile ?? host.env.AWS_PROFILE),
        });
        opened.push(instance as AnyClient);
        return instance;
      });
    /** As `client`; where there is --retry-for, that is the patience of each call, and not the SDK's three attempts. */
    const patientClient = <T>(load: () => Promise<new (settings: never) => T>, more: ClientSettings = {}) => {
      if (options.retryFor === undefined) return client(load, more);
      const sentOnce = client(load, { ...more, maxAttempts: 1 });
      return lazy(async () => {
        const [instance, kept] = await Promise.all([sentOnce(), patience()]);
        kept?.applyTo(instance as AnyClient);
        return instance;
      });
    };
    const patience = lazy(async () => {
      const { retryFor } = options;
      if (retryFor === undefined) return undefined;
      return (await import('./sdk/patient-client.js')).openPatienceByOperation({ retryFor, signal });
    });
    const loadControl = async () => (await import('./sdk/sagemaker.js')).SageMakerClient;
    const sagemaker = patientClient<SageMakerClient>(loadControl);
    const loadRuntime = async () => (await import('./sdk/featurestore-runtime.js')).SageMakerFeatureStoreRuntimeClient;
    const sentOnce = client<SageMakerFeatureStoreRuntimeClient>(loadRuntime, { maxAttempts: 1 });
    const runtime = client<SageMakerFeatureStoreRuntimeClient>(loadRuntime);
    const direct = lazy(async () => {
      const [{ openDirectCalls }, way, kept] = await Promise.all([
        import('./fast-calls/direct.js'),
        network(),
        patience(),
      ]);
      const isKnown = !local && options.profile === undefined && options.roleArn === undefined;
      const plain = isKnown ? { env: host.env, ...placeOf(options, host) } : undefined;
      const control = kept ? client<SageMakerClient>(loadControl, { maxAttempts: 1 }) : sagemaker;
      const sdk = { SageMaker: control, SageMakerFeatureStoreRuntime: runtime };
      const calls = openDirectCalls({
        client: (service) => sdk[service](),
        patience: kept,
        plain,
        network: way,
        trace,
      });
      opened.push(calls);
      clocks.push(calls.clockOffset);
      return calls;
    });
    const bulkRuntime = lazy(async () => {
      const [{ openFastCalls }, runtime, way] = await Promise.all([
        import('./fast-calls/index.js'),
        sentOnce(),
        network(),
      ]);
      const calls = openFastCalls(runtime, { trace, network: way });
      opened.push(calls);
      return calls;
    });
    return {
      local,
      call: async (...args) => (await direct()).call(...args),
      clockOffset: () => clocks.map((offset) => offset()).find((offset) => offset !== 0) ?? 0,
      sagemaker,
      runtime,
      bulkRuntime,
      athena: patientClient<AthenaClient>(async () => (await import('./sdk/athena.js')).AthenaClient),
      s3: patientClient<S3Client>(async () => (await import('./sdk/s3.js')).S3Client, {
        followRegionRedirects: true,
        requestHandler: SILENCE_LIMITS,
      }),
      glue: patientClient<GlueClient>(async () => (await import('./sdk/glue.js')).GlueClient),
      sts: patientClient<STSClient>(async () => (await import('./sdk/sts.js')).STSClient),
      elsewhere: (place) => clientsOf({ ...options, ...place }),
      async close() {
        isClosed = true;
        for (const each of opened) each.destroy();
        if (embedded.started()) await (await embedded()).close();
      },
    };
  }

  return clientsOf(options);
}

interface Ways {
  credentials: ReturnType<typeof openCredentials>;
  network?: Network;
}

/** Where calls go, as far as options and environment say; what they do not say is the SDK's to find. */
function placeOf({ profile, roleArn, externalId, endpointUrl, region }: GlobalOptions, { env }: Host) {
  if (externalId !== undefined && roleArn === undefined)
    throw new UsageError('--external-id needs --role-arn: it is for the role that is assumed.');
  const endpoints = endpointUrl ? { '--endpoint-url': endpointUrl } : endpointsOf(env);
  for (const [from, url] of Object.entries(endpoints))
    if (url && !URL.canParse(url)) throw new UsageError(`${from} ${url} is not a URL such as http://127.0.0.1:4599.`);
  const shared = { region: regionOf({ region }, env), profile, endpoint: endpointUrl };
  const said = Object.entries(shared).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(said) as Partial<typeof shared>;
}

/** AWS_ENDPOINT_URL, and that of each service. */
const endpointsOf = (env: Host['env']) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => /^AWS_ENDPOINT_URL(_|$)/.test(name)));

async function awsSettings(options: GlobalOptions, host: Host, { credentials, network }: Ways): Promise<object> {
  const { profile, roleArn, externalId } = options;
  const config = placeOf(options, host);
  const requestHandler = network && { requestHandler: { ...TIME_LIMITS, ...network.agents() } };
  return {
    ...config,
    credentials: await credentials({ profile, roleArn, externalId }, { ...config, ...requestHandler }),
  };
}
