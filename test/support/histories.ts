/** Random histories of a feature group, and an independent answer to which records are live at their end. */
import {
  BatchGetRecordCommand,
  DeleteRecordCommand,
  type SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { randomNumbers } from './chance.js';
import { plain, writeAll, type PlainRecord } from './groups.js';

const SENT_TOGETHER = 25;

/** One row of history. */
export interface Happening {
  id: string;
  /** Nanoseconds since 1970. */
  instant: bigint;
  /** The event time as it is written, in one of several precisions. */
  eventTime: string;
  deletion: boolean;
  record: PlainRecord;
}

export interface HistoryShape {
  seed: number;
  identifiers: number;
  happenings: number;
  eventTimes: 'String' | 'Fractional';
  /** Different hours that event times fall into, so that they often tie; and how many hours lie between two of them. */
  hours?: number;
  apart?: number;
  /** The share of happenings that are deletions: 0.2 unless given. */
  deletions?: number;
}

/** Names that Glue changes, that SQL knows and that need quoting. */
export const ID = 'Customer-ID';
export const TIME = 'EventTime';
export const HISTORY_FEATURES = (eventTimes: 'String' | 'Fractional') =>
  `${ID}:String, ${TIME}:${eventTimes}, order:Fractional, Visits:Integral, Note-Text:String, 1st:String`;

const TEXTS = ['', ' ', '"quoted"', "it's, so", 'two\nlines', 'Zürich 東京 🦉', 'null', '\\', '007', 'NaN', ',', '\t'];
const INTEGERS = ['9223372036854775807', '-9223372036854775808', '0', '9007199254740993', '-1'];
const DOUBLES = ['1.5', '1e20', '-2.5E-7', '0.1', '12345678901234567890', '4.9e-324', '0', '1.7976931348623157e308'];

/** Updates, deletions, re-creations, late rows and ties in event time, in the order in which they reach the service. */
export function randomHistory({
  seed,
  identifiers,
  happenings,
  eventTimes,
  hours = 20,
  apart = 1,
  deletions = 0.2,
}: HistoryShape): Happening[] {
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(choices: readonly T[]) => choices[below(choices.length)]!;
  return Array.from({ length: happenings }, () => {
    const id = `${pick(['c', 'Ü', "o'", '"'])}-${below(identifiers)}`;
    // Few instants, so that they often tie; fractions, so that text order is wrong.
    const seconds = 1_714_521_600n + BigInt(below(hours) * apart * 3600);
    const nanos = pick([0n, 500_000_000n, 250_000_000n, 1_000n]);
    const instant =
      seconds * 1_000_000_000n + (eventTimes === 'String' ? nanos : (nanos / 250_000_000n) * 250_000_000n);
    const eventTime = eventTimes === 'String' ? isoTime(instant, pick) : unixTime(instant);
    const deletion = random() < deletions;
    const record: PlainRecord = { [ID]: id, [TIME]: eventTime };
    if (random() < 0.8) record.order = pick(DOUBLES);
    if (random() < 0.8) record.Visits = pick(INTEGERS);
    if (random() < 0.8) record['Note-Text'] = pick(TEXTS);
    if (random() < 0.8) record['1st'] = pick(TEXTS);
    return { id, instant, eventTime, deletion, record };
  });
}

/** With more digits than needed, now and then. */
function isoTime(instant: bigint, pick: <T>(choices: readonly T[]) => T): string {
  const nanos = (instant % 1_000_000_000n).toString().padStart(9, '0');
  const second = new Date(Number(instant / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  const fits = [0, 3, 6, 9].filter((digits) => /^0*$/.test(nanos.slice(digits)));
  const digits = pick(fits);
  return `${second}${digits ? `.${nanos.slice(0, digits)}` : ''}Z`;
}

function unixTime(instant: bigint): string {
  return String(Number(instant / 1_000_000n) / 1000);
}

/**
 * Sends the history; `tick` moves the service's clock, so that no two happenings of one identifier reach it in one second.
 * Neighbouring happenings of different identifiers are sent together.
 */
export async function play(
  runtime: SageMakerFeatureStoreRuntimeClient,
  { group, history, tick }: { group: string; history: Happening[]; tick: () => void },
): Promise<void> {
  const together = new Map<string, Happening>();
  const send = async () => {
    tick();
    const happenings = [...together.values()];
    const records = happenings.filter(({ deletion }) => !deletion).map(({ record }) => record);
    const deletions = happenings
      .filter(({ deletion }) => deletion)
      .map(({ id, eventTime: EventTime }) => {
        const request = { FeatureGroupName: group, RecordIdentifierValueAsString: id, EventTime };
        return runtime.send(new DeleteRecordCommand(request));
      });
    await Promise.all([writeAll(runtime, group, records), ...deletions]);
    together.clear();
  };
  for (const happening of history) {
    if (together.has(happening.id) || together.size === SENT_TOGETHER) await send();
    together.set(happening.id, happening);
  }
  await send();
}

/** The newest happening of each identifier, later calls winning ties; those that end in a deletion are gone. */
export function liveAtTheEnd(history: Happening[]): Map<string, PlainRecord> {
  const newest = new Map<string, Happening>();
  for (const happening of history) {
    const before = newest.get(happening.id);
    if (!before || happening.instant >= before.instant) newest.set(happening.id, happening);
  }
  const live = [...newest.values()].filter(({ deletion }) => !deletion);
  return new Map(live.map(({ id, record }) => [id, record]));
}

/** Every version and deletion: of those of one identifier and instant the last to reach the service. */
export function versionsAtTheEnd(history: Happening[]): Happening[] {
  return [...new Map(history.map((happening) => [`${happening.id} ${happening.instant}`, happening])).values()];
}

/** What the online store holds of these identifiers. */
export async function readOnline(
  runtime: SageMakerFeatureStoreRuntimeClient,
  group: string,
  identifiers: Iterable<string>,
): Promise<Map<string, PlainRecord>> {
  const all = [...new Set(identifiers)];
  const found = new Map<string, PlainRecord>();
  for (let at = 0; at < all.length; at += 100) {
    const request = { FeatureGroupName: group, RecordIdentifiersValueAsString: all.slice(at, at + 100) };
    const { Records = [] } = await runtime.send(new BatchGetRecordCommand({ Identifiers: [request] }));
    for (const { RecordIdentifierValueAsString, Record } of Records)
      found.set(RecordIdentifierValueAsString!, plain(Record)!);
  }
  return found;
}

/** Fractional values as the doubles that they are, so that `1e20` and `100000000000000000000.0` agree; all others to the letter. */
export function comparable(
  records: Map<string, PlainRecord>,
  fractional: string[],
): Record<string, Record<string, unknown>> {
  const entries = [...records].map(([id, record]) => {
    const values = Object.entries(record).map(
      ([name, value]) => [name, fractional.includes(name) ? Number(value) : value] as const,
    );
    return [id, Object.fromEntries(values.sort())] as const;
  });
  return Object.fromEntries(entries.sort());
}
