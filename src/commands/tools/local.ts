/** `local`: serves the embedded Feature Store over HTTP, gives a guided tour of it, and removes it. */
import { InvalidArgumentError, type Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import { LOCAL_PORT, LOCAL_REGION, explainRefusal, localDir } from '../../embedded.js';
import type { Context, OpenContext, RunCommand } from '../../context.js';
import { UsageError } from '../../errors.js';
import { requireConsent } from '../../utils/terminal/consent.js';
import { addConsentOptions, acting, collect, isForced, type ConsentOptions } from '../options/options.js';
import { wrapped } from '../options/wrapped.js';

interface ServeInput extends GlobalOptions {
  port: number;
  latency?: number;
  throttle?: number;
  errorRate?: number;
  deny?: string[];
  allowHost?: string[];
  offlineDelay?: number;
}

const EXAMPLES = `
The store is in .sagemaker-fs/local, or in --local-dir. Any command uses it with --local, or where
SAGEMAKER_FS_LOCAL=1 is set.

Examples:
  sagemaker-fs local demo
  sagemaker-fs local serve
  sagemaker-fs local reset`;

const SERVE_EXAMPLES = `
Examples:
  sagemaker-fs local serve > local.env &   # then: . ./local.env
  sagemaker-fs local serve --latency 20 --throttle 500   # rehearse a busy day
  sagemaker-fs local serve --deny sagemaker:BatchWriteRecord   # rehearse an old IAM policy

While it runs, its faults can be changed:
  curl -H 'x-sagemaker-fs: 1' http://127.0.0.1:4599/_local/faults -d '{"errorRate": 0.02}'`;

export function addLocal(program: Command, open: OpenContext, runCommand: RunCommand): void {
  const local = program
    .command('local')
    .description(
      'An embedded Feature Store with the rules of the service, and real SQL over real Parquet. It needs no AWS account.',
    )
    .commandsGroup('Commands:')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText('after', wrapped(EXAMPLES));
  local
    .command('serve')
    .summary('serve it over HTTP to boto3, the AWS CLI, Terraform or anything else')
    .description(
      'Serve the embedded store over HTTP on 127.0.0.1. Lines to export are printed as soon as it accepts connections.',
    )
    .option('--port <n>', 'port to listen on; 0 for a free one', port, LOCAL_PORT)
    .option('--latency <ms>', 'delay each answer by this', nonNegative)
    .option('--throttle <n>', 'throttle calls above this many a second', nonNegative)
    .option('--error-rate <p>', 'fail this share of the calls, from 0 to 1', share)
    .option('--deny <action>', 'deny an IAM action; can be repeated', collect)
    .option(
      '--allow-host <name>',
      'answer to this host name too, such as that of a container; can be repeated',
      collect,
    )
    .option(
      '--offline-delay <seconds>',
      'how long records wait before they are written as Parquet (default: until the next read)',
      nonNegative,
    )
    .addHelpText('after', wrapped(SERVE_EXAMPLES))
    .action(acting(open, serve));
  local
    .command('demo')
    .summary('a guided tour on sample data, in a throw-away store')
    .description('Load 20,000 real flights into an offline-only group, migrate them online, and look at the result.')
    .action(acting(open, async (_: GlobalOptions, context) => (await import('./demo.js')).demo(context, runCommand)));
  const resetCommand = local
    .command('reset')
    .summary('remove the embedded store')
    .description('Remove the embedded store and everything in it, after asking.')
    .action(acting(open, reset));
  addConsentOptions(resetCommand);
}

/** Serves the embedded store until a signal stops it, which is a success; everything is on disk by then. */
async function serve(input: ServeInput, context: Context): Promise<void> {
  const { openLocal } = await import('../../local/index.js');
  const dir = localDir(input, context);
  const embedded = await openLocal({
    dir,
    now: () => context.now().getTime(),
    onBug: (error) => context.output.warn(`The embedded store failed: ${(error as Error).stack}`.split('\n')),
    offlineDelayMs: (input.offlineDelay ?? 0) * 1000,
    faults: {
      latencyMs: input.latency,
      throttlePerSecond: input.throttle,
      errorRate: input.errorRate,
      deny: input.deny,
    },
  }).catch(explainRefusal);
  try {
    const listening = await embedded
      .listen({ port: input.port, allowHosts: input.allowHost ?? [] })
      .catch(explainPort(input.port));
    await context.output.result(exportLines(listening.port, input.region));
    context.output.note(`Serving ${dir} on http://127.0.0.1:${listening.port}; Ctrl-C stops it.`);
    await stopped(context.signal);
    await listening.close();
  } finally {
    await embedded.close();
  }
}

function exportLines(listeningPort: number, region = LOCAL_REGION): string {
  const settings = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${listeningPort}`,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  };
  return Object.entries(settings)
    .map(([name, value]) => `export ${name}=${value}\n`)
    .join('');
}

function explainPort(wanted: number) {
  return (error: NodeJS.ErrnoException): never => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new UsageError(`Port ${wanted} is taken: pass another one with --port, or --port 0 for a free one.`, {
      cause: error,
    });
  };
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function reset(input: GlobalOptions & ConsentOptions, context: Context): Promise<void> {
  const dir = localDir(input, context);
  const { checkRemovableStore, removeLocalStore } = await import('../../local/index.js');
  if (!(await checkRemovableStore(dir).catch(explainRefusal)))
    return context.output.note(`There is no embedded store in ${dir}.`);
  await requireConsent(context, {
    force: isForced(input),
    plan: `This deletes the embedded store in ${dir}: all its feature groups, records and objects.`,
    answer: 'reset',
  });
  await removeLocalStore(dir).catch(explainRefusal);
  context.output.note(`Removed the embedded store in ${dir}.`);
}

function nonNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('It must be a number of at least 0.');
  return value;
}

function share(text: string): number {
  const value = nonNegative(text);
  if (value > 1) throw new InvalidArgumentError('It must be between 0 and 1.');
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65535) throw new InvalidArgumentError('It must be a port number, 0 to 65535.');
  return value;
}
