/** The commander entrypoint: global options, the commands, and how an error becomes words and an exit code. */
import { Command, CommanderError } from 'commander';
import { addCommands, groupArgumentsOf } from './command-table.js';
import { HELP, refuseUnknownCommand } from './help.js';
import type { openContext as opener, OpenContext, OpenedContext } from './context.js';
import { EXIT } from './errors.js';
import type { Host, OutputStream } from './host.js';
import { regionOfArn } from './feature-store/groups/asked.js';
import { printableLines } from './printable.js';
import { openSummary } from './run-summary.js';
import { folded, PLAIN_WIDTH } from './utils/terminal/fold.js';
import { VERSION } from './version.js';

export { leave, systemHost } from './host.js';

const EXIT_CODES = `
Exit codes:
  0        done
  1        failed (AWS error, network, disk)
  2        wrong usage or invalid input: nothing was sent
  3        not found: feature group or record
  4        partial failure: the rest is done
  5        throttled or unavailable: try again later
  6        refused: no consent, or a guard rail was hit
  7        verification found a difference
  130/143  interrupted: what was in flight is finished
           (129: the terminal was closed)

No AWS account? Add --local to any command (or set
SAGEMAKER_FS_LOCAL=1), or run: sagemaker-fs local demo`;

/**
 * Runs one command line to its end and returns the exit code; nothing under it exits the process or throws.
 * @param argv the words after the program's name.
 */
export async function run(argv: string[], host: Host): Promise<number> {
  const program = buildProgram(host);
  const stdout = watchErrors(host.stdout);
  const summary = openSummary(host);
  let context: OpenedContext | undefined;
  let region: string | undefined;
  let openContext: typeof opener;
  const open: OpenContext = (options) =>
    (context ??= summary.of(openContext({ ...options, region: options.region ?? region }, host, argv)));
  let failure: unknown;
  try {
    program.hook('preAction', async (_program, command) => {
      // Help comes without it.
      ({ openContext } = await import('./context.js'));
      region = regionOfGroups(command);
      return summary.begin(command, open);
    });
    await addCommands(program, { argv, open, runCommand: (again) => run(again, host) });
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    failure = context?.signal.aborted && isAbort(error) ? context.signal.reason : error;
  }
  if (failure === undefined || isPrinted(failure)) failure = (await stdout.failure()) ?? failure;
  const later = await summary.write(failure).catch((error: unknown) => error);
  failure ??= later;
  await context?.close().catch((error: unknown) => (failure ??= error));
  if (failure === undefined) return EXIT.DONE;
  return report(failure, { host, debug: argv.includes('--debug'), program });
}

/** The region in the ARN that names a command's group; undefined where arguments disagree, or the command sees to its sides. */
function regionOfGroups(command: Command): string | undefined {
  const which = groupArgumentsOf(command.name());
  if (which === 'sides') return undefined;
  const groups = which === 'every' ? command.args : command.args.slice(0, 1);
  const regions = new Set(groups.map((group) => regionOfArn(group)));
  return regions.size === 1 ? [...regions][0] : undefined;
}

/** What went wrong with a stream by the time that all of it was written; help and the version are printed by commander. */
function watchErrors(stream: OutputStream) {
  let failed: Error | undefined;
  const listen = (error: Error) => (failed ??= error);
  stream.on('error', listen);
  return {
    async failure(): Promise<Error | undefined> {
      if (!failed) await new Promise<void>((resolve) => stream.write('', () => setImmediate(resolve)));
      stream.off('error', listen);
      return failed && (await import('./output.js')).unwritable(failed);
    },
  };
}

function buildProgram(host: Host): Command {
  return new Command('sagemaker-fs')
    .usage('COMMAND [options]')
    .description('List, read, write, clear and migrate feature groups of Amazon SageMaker Feature Store.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .commandsGroup('Tools:')
    .helpCommand('help [command]', 'print help for a command')
    .option('--profile <name>', 'AWS profile')
    .option('--region <name>', 'AWS region')
    .option('--role-arn <arn>', 'IAM role to assume')
    .option('--external-id <id>', 'external ID that the role asks for')
    .option('--endpoint-url <url>', 'send every call there')
    .option('--local', 'use the embedded Feature Store')
    .option('--local-dir <dir>', 'use the embedded Feature Store in this folder (default: .sagemaker-fs/local)')
    .option('-q, --quiet', 'print results, warnings and errors only')
    .option('-v, --verbose', 'say more')
    .option('--debug', 'print every call, its request id and retries, and stack traces')
    .option('--no-progress', 'no progress on stderr')
    .option('--no-color', 'no colours (NO_COLOR is obeyed too)')
    .option('--summary <file>', "write the run's summary there as JSON")
    .addHelpText('after', EXIT_CODES)
    .on('beforeAllHelp', refuseUnknownCommand)
    .configureHelp(HELP)
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(printableLines(text)),
      outputError: (text, write) => write(foldedFor(host.stderr, text.replace(/^error: /, 'sagemaker-fs: '))),
      getOutHelpWidth: () => host.stdout.columns ?? PLAIN_WIDTH,
      getErrHelpWidth: () => host.stderr.columns ?? PLAIN_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showSuggestionAfterError()
    .exitOverride();
}

/** What commander says of a wrong command line, wrapped where it meets a terminal. */
const foldedFor = ({ isTTY, columns = PLAIN_WIDTH }: OutputStream, text: string) =>
  isTTY ? text.replace(/.+/g, (line) => folded(line, columns, 2).join('\n')) : text;

/** commander ends help and version with an error, too, which is not a failure. */
const isPrinted = (error: unknown) => error instanceof CommanderError && error.exitCode === 0;

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'Interrupted');
}

async function report(
  error: unknown,
  { host, debug, program }: { host: Host; debug: boolean; program: Command },
): Promise<number> {
  // Commander has printed its own message; it knows no exit code but 1.
  if (error instanceof CommanderError) {
    if (isPrinted(error)) return EXIT.DONE;
    const command = named(program);
    const options = optionsLike(error, [program, ...command]);
    if (options.length > 0) host.stderr.write(`(Did you mean ${options.join(' or ')}?)\n`);
    const names = [program, ...command].map((each) => each.name());
    if (error.code !== 'commander.help') host.stderr.write(`See: ${names.join(' ')} --help\n`);
    return EXIT.USAGE;
  }
  const [{ describeError }, { linesOf }] = await Promise.all([import('./describe-error.js'), import('./output.js')]);
  const { message, exitCode, details, next } = describeError(error);
  const lines = [
    ...(message === '' ? [] : linesOf(`sagemaker-fs: ${message}`, host.stderr)),
    ...linesOf(details, host.stderr),
    ...(next === undefined ? [] : linesOf([`  ${next}`], host.stderr)),
  ];
  host.stderr.write(lines.map((line) => `${line}\n`).join(''));
  if (debug && error instanceof Error) host.stderr.write(`${printableLines(error.stack ?? '')}\n`);
  return exitCode;
}

/** The command that the command line names, with the one below it, as in `local serve`. */
function named(program: Command): Command[] {
  const command = program.commands.find((each) => program.args[0] === each.name());
  return command ? [command, ...named(command)] : [];
}

/** Options that hold the whole name of an unknown one, such as --max-workers for --workers; commander suggests typos itself. */
function optionsLike({ code, message }: CommanderError, commands: Command[]): string[] {
  const [, typed] = /unknown option '--([\w-]{3,})(?:=.*)?'$/.exec(message) ?? [];
  if (code !== 'commander.unknownOption' || typed === undefined) return [];
  const offered = commands.flatMap(({ options }) => options).filter(({ hidden }) => !hidden);
  return offered.flatMap(({ long }) => (long?.slice(2).includes(typed) ? [long] : []));
}
