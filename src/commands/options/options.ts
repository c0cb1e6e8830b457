/** Options that several commands share, and the parsers of their values. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { TIME_UNITS, zoneClock, type TimeUnit } from '../../feature-store/records/zoned-time.js';
import type { TimeToLive } from '../../feature-store/groups/describe.js';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import type { Effort, TargetStore } from '../../feature-store/online/types.js';
import { UsageError } from '../../errors.js';
import { formatEventTime, parseEventTime } from '../../feature-store/records/event-time.js';

export { userPath, wholePath } from '../../files/whole-file.js';

/** A whole number of at least one. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return value;
}

/** `a,b` → `['a', 'b']`. */
export function commaList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === ''))
    throw new InvalidArgumentError('It must be names separated by commas, such as a,b.');
  return names;
}

/** `--map a=b --map c=d` → `{ a: 'b', c: 'd' }`. A column may have any name, none too; a feature has no `=` in its own. */
export function pairs(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, from, to] = /^(.*)=([^=]+)$/s.exec(text) ?? [];
  if (from === undefined || to === undefined)
    throw new InvalidArgumentError('It must be two words joined by =, such as colour=color.');
  return { ...before, [from]: to };
}

const TTL_UNITS: Record<string, TimeToLive['unit']> = { s: 'Seconds', m: 'Minutes', h: 'Hours', d: 'Days', w: 'Weeks' };

/** `30d` → 30 Days; units s, m, h, d, w. */
export function timeToLive(text: string): TimeToLive {
  const [, value, unit] = /^([1-9]\d*)([smhdw])$/.exec(text) ?? [];
  if (!value || !unit) throw new InvalidArgumentError('It must be a number and a unit (s, m, h, d or w), such as 30d.');
  return { value: Number(value), unit: TTL_UNITS[unit]! };
}

const STORES = new Map<string, TargetStore>([
  ['online', 'OnlineStore'],
  ['offline', 'OfflineStore'],
]);

/** `online,offline` → the service's TargetStores. */
function targetStores(text: string): TargetStore[] {
  return commaList(text).map((name) => {
    const store = STORES.get(name);
    if (!store) throw new InvalidArgumentError('It must be online, offline or online,offline.');
    return store;
  });
}

export const featureNamesOption = (what = 'only these features, separated by commas') =>
  new Option('--feature-names <names>', what).argParser(commaList);
export const ttlOption = () =>
  new Option('--ttl <duration>', 'time to live of each record, such as 30d').argParser(timeToLive);
export const targetStoresOption = () =>
  new Option('--target-stores <stores>', 'write only to these stores: online, offline').argParser(targetStores);
export const dryRunOption = (what = 'check everything and send nothing') => new Option('--dry-run', what);
export const outputOption = (...choices: string[]) =>
  new Option('-o, --output-format <format>', 'how to print the result').choices(choices);

export const ignoreUnreadableOption = () =>
  new Option('--ignore-unreadable', 'skip files of a folder or prefix whose names are of no known format');
export const retryForOption = () =>
  new Option('--retry-for <duration>', 'keep retrying throttled and failed calls this long')
    .argParser(seconds)
    .default(300, '5m');

/** How fast and how patiently; `to` says which calls, where there are others. */
export function addPaceOptions(command: Command, to = ''): Command {
  return command
    .option('--max-workers <n>', words('calls', to, 'in flight'), positiveInteger, 4)
    .option('--tps <n>', words('at most this many calls a second', to), positiveInteger)
    .addOption(retryForOption());
}

const words = (...parts: string[]) => parts.filter((part) => part !== '').join(' ');

export interface BulkInput extends Effort {
  maxErrors?: number;
  errorsFile?: string;
}

/** Options of the commands that work in bulk: pace, batches, failures. */
export function addBulkOptions(command: Command): Command {
  return addPaceOptions(command)
    .option('--batch-size <n>', 'records handed to a worker at a time', positiveInteger, 100)
    .option('--max-errors <n>', 'stop after this many failed records; calls in flight are finished', positiveInteger)
    .option('--errors-file <file>', 'where failed records go, as JSON lines');
}

/** How to read values that are not in the service's own form. */
export interface ReadingOptions {
  delimiter?: string;
  nullValues?: string[];
  timezone?: string;
  eventTimeUnit?: TimeUnit;
  strict?: boolean;
}

export const delimiterOption = () =>
  new Option('--delimiter <character>', 'what separates the cells of CSV (default: a comma; a tab in .tsv)').argParser(
    delimiter,
  );

export function addReadingOptions(command: Command): Command {
  return command
    .addOption(delimiterOption())
    .option(
      '--null-values <words>',
      "words for a missing value, in String features too, separated by commas; '' is an empty text",
      (text) => text.split(',').map((word) => word.trim()),
    )
    .option('--timezone <zone>', 'time zone of times without an offset, such as UTC or Europe/Zurich', timezone)
    .addOption(new Option('--event-time-unit <unit>', 'unit of event times that are numbers').choices(TIME_UNITS))
    .option('--strict', "convert nothing: refuse values that are not in the service's form");
}

function delimiter(text: string): string {
  const character = text === '\\t' || text === 'tab' ? '\t' : text;
  if (character.length !== 1 || /["\r\n]/.test(character))
    throw new InvalidArgumentError("It must be one character, such as ';' or '|', or tab.");
  return character;
}

function timezone(text: string): string {
  try {
    zoneClock(text);
    return text;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidArgumentError('It must be a zone of the IANA list, such as UTC or Europe/Zurich.');
  }
}

/** `5m` → 300 seconds. */
export function seconds(text: string): number {
  const [, value, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (!value || !unit) throw new InvalidArgumentError('It must be a number and a unit (s, m, h or d), such as 5m.');
  return Number(value) * { s: 1, m: 60, h: 3600, d: 86400 }[unit as 's' | 'm' | 'h' | 'd'];
}

/** `2026-01-31` and `2026-01-31T12:00:00Z` → nanoseconds since 1970. */
function instant(text: string): bigint {
  const time = parseEventTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text, 'String');
  if (time === undefined)
    throw new InvalidArgumentError('It must be a UTC date or time, such as 2026-01-31 or 2026-01-31T12:00:00Z.');
  return time;
}

/** Event times, in nanoseconds since 1970. */
export interface PeriodOptions {
  asOf?: bigint;
  since?: bigint;
  until?: bigint;
}

/** Options of the commands that read a history. */
export function addPeriodOptions(command: Command): Command {
  return command
    .option('--as-of <time>', 'the state at that event time, such as 2026-01-31T12:00:00Z', instant)
    .option('--since <time>', 'only rows with an event time from then on', instant)
    .option('--until <time>', 'only rows with an event time before then', instant);
}

/** @throws UsageError for a period that no event time lies in */
export function refuseEmptyPeriod({ since, until }: PeriodOptions): void {
  if (since === undefined || until === undefined || since < until) return;
  const [from, to] = [since, until].map((time) => formatEventTime(time, 'String'));
  throw new UsageError(`--since ${from} is not before --until ${to}: no event time can be between them; swap the two.`);
}

/** For `.action`: does `act` with the arguments, under `names`, and the options of the command and the global ones. */
export function acting<Input extends GlobalOptions>(
  open: OpenContext,
  act: (input: Input, context: Context) => Promise<void>,
  ...names: (keyof Input)[]
) {
  return function (this: Command): Promise<void> {
    const options = this.optsWithGlobals<GlobalOptions>();
    const given = Object.fromEntries(names.map((name, index) => [name, this.processedArgs[index] as unknown]));
    return act({ ...given, ...options } as Input, open(options));
  };
}

/** An option that can be repeated. */
export const collect = (value: string, previous: string[] = []): string[] => [...previous, value];

/** Options of the commands that set the throughput of an online store. */
export function addThroughputOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--throughput-mode <mode>', 'how reads and writes are paid for').choices(['OnDemand', 'Provisioned']),
    )
    .option('--read-capacity-units <n>', 'with Provisioned: reads a second', positiveInteger)
    .option('--write-capacity-units <n>', 'with Provisioned: writes a second', positiveInteger);
}

export interface WaitOptions {
  /** False for --no-wait. */
  wait?: boolean;
  /** Seconds. */
  waitFor: number;
}

/** Options of the commands that change a group: the service answers at once and does the work afterwards. */
export function addWaitOptions(command: Command): Command {
  return command
    .addOption(new Option('--wait').hideHelp())
    .option('--no-wait', 'do not wait until it is done (default: --wait)')
    .addOption(new Option('--wait-for <duration>', 'wait at most this long').argParser(seconds).default(1800, '30m'));
}

export interface ConsentOptions {
  force?: boolean;
  yes?: boolean;
}

/** `--force` and its alias `-y/--yes`, which skip the question. */
export function addConsentOptions(command: Command): Command {
  return command.option('--force', 'do not ask').option('-y, --yes', 'the same as --force');
}

export const isForced = ({ force, yes }: ConsentOptions): boolean => (force ?? yes) === true;
