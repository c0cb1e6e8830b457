/** The options that decide how a file is read and its records are written; a resumed run must have the same. Pure. */
import type { Format } from '../../../files/formats.js';
import { shellLine } from '../../../utils/command-line.js';
import type { TimeToLive } from '../../groups/describe.js';
import type { TargetStore } from '../../online/types.js';

export interface DecidingOptions {
  format?: Format;
  ignoreUnreadable?: boolean;
  delimiter?: string;
  nullValues?: string[];
  timezone?: string;
  eventTimeUnit?: string;
  strict?: boolean;
  map?: Record<string, string>;
  ignoreUnknown?: boolean;
  fillEventTime?: boolean;
  ttl?: TimeToLive;
  targetStores?: TargetStore[];
}

/** How each option was typed, or could have been; an option that was left out has no entry. */
export type TypedOptions = Record<string, string[]>;

/** `{ ttl: { value: 30, unit: 'Days' }, strict: true }` → `{ '--ttl': ['--ttl', '30d'], '--strict': ['--strict'] }`. */
export function typedOptions(options: DecidingOptions): TypedOptions {
  const { map = {}, ttl, nullValues, targetStores, delimiter } = options;
  const pairs = Object.entries(map).map(([column, feature]) => `${column}=${feature}`);
  const values: Record<string, string | boolean | undefined> = {
    '--format': options.format,
    '--ignore-unreadable': options.ignoreUnreadable,
    '--delimiter': delimiter === '\t' ? 'tab' : delimiter,
    '--null-values': nullValues && [...nullValues].sort().join(),
    '--timezone': options.timezone,
    '--event-time-unit': options.eventTimeUnit,
    '--strict': options.strict,
    '--ignore-unknown': options.ignoreUnknown,
    '--fill-event-time': options.fillEventTime,
    '--ttl': ttl && `${ttl.value}${ttl.unit.charAt(0).toLowerCase()}`,
    '--target-stores': targetStores && storeWords([...targetStores].sort().reverse()),
  };
  const typed: TypedOptions = pairs.length > 0 ? { '--map': pairs.sort().flatMap((pair) => ['--map', pair]) } : {};
  for (const [flag, value] of Object.entries(values))
    if (value !== undefined && value !== false) typed[flag] = value === true ? [flag] : [flag, value];
  return typed;
}

/** `online,offline`, as --target-stores takes it. */
const storeWords = (stores: TargetStore[]): string =>
  stores.map((store) => (store === 'OnlineStore' ? 'online' : 'offline')).join();

/** The options that have changed, as they were before: `no --map and --ttl 30d`; undefined where all are the same. */
export function changedOptions(before: TypedOptions, now: TypedOptions): string | undefined {
  const flags = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  const changed = flags.filter((flag) => shellLine(before[flag] ?? []) !== shellLine(now[flag] ?? []));
  const words = changed.map((flag) => (before[flag] ? shellLine(before[flag]) : `no ${flag}`));
  return words.length > 0 ? words.join(' and ') : undefined;
}
