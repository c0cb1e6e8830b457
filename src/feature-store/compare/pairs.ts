/** Matches the records of two sides by identifier: with a join in Athena, or by looking up a hundred at a time. */
import type { Clients } from '../../config.js';
import { CommandError } from '../../errors.js';
import { inChunks } from '../../utils/in-order.js';
import { cellOf, type Row } from '../../utils/json.js';
import type { Pace } from '../../utils/patience/pace.js';
import type { FeatureGroup } from '../groups/describe.js';
import { columnAt, numbersOf, queryRows } from '../offline/athena-result.js';
import { plainDecimal, type AthenaRow } from '../offline/athena-csv.js';
import type { AthenaOptions } from '../offline/athena-run.js';
import { liveRows } from '../offline/offline-store.js';
import { getRecords, MAX_IDENTIFIERS_PER_BATCH_GET } from '../online/batch-get.js';
import { listIdentifiers } from '../online/list.js';
import { readOnlineRows } from '../online/online-records.js';
import { patiently } from '../online/patience.js';
import type { Effort, WriteTarget } from '../online/types.js';
import type { ComparedFeatures } from './features.js';
import { DIFFERING, HERE_A, HERE_B, joinSql, RECORDS, resultColumn, type JoinChoice } from './join-sql.js';
import type { Found } from './judge.js';
import { openPartitions } from './identifier-partitions.js';
import type { Side } from './sides.js';
import { matchNumbers, matchTexts, readOnline } from './matching.js';
import type { SourceRow } from '../records/rows.js';
import { cellText } from '../records/rules.js';

/** A side with its clients. */
export interface OpenSide extends Side {
  aws: Clients;
  /** Name or ARN of the group for calls. */
  nameOrArn: string;
}

export interface PairsOptions extends AthenaOptions, JoinChoice, Pick<Effort, 'maxWorkers' | 'retryFor'> {
  pace: Pace;
  /** Live records of A, where A is offline, to spread the sample over. */
  live?: number;
  /** Called with the number of records that Athena found to be the same, and does not return. */
  same(records: number): void;
}

type Sides = { a: OpenSide; b: OpenSide };

/** Batches of records: of two offline stores only those that may differ, else all. With a sample, only records of A. */
export function pairsOf(sides: Sides, features: ComparedFeatures, options: PairsOptions): AsyncGenerator<Found[]> {
  const { a, b } = sides;
  if (a.store === 'offline' && b.store === 'offline') return joined(sides, features, options);
  // An offline side can only be scanned; the other is then looked up by identifier.
  return b.store === 'offline' ? lookedUp({ a: b, b: a }, options, turned) : lookedUp(sides, options, (found) => found);
}

const turned = ({ id, a, b }: Found): Found => ({ id, a: b, b: a });

/** @throws QueryFailed; UsageError for an invalid condition */
async function* joined({ a, b }: Sides, features: ComparedFeatures, options: PairsOptions): AsyncGenerator<Found[]> {
  const groups = { a: a.group, b: b.group };
  const sql = joinSql(groups, features, options);
  let read: ReturnType<typeof joinedReader> | undefined;
  for await (const rows of queryRows(a.aws, { sql, group: a.group }, options)) {
    const values = read ? rows : rows.slice(1);
    read ??= joinedReader(rows[0]!, groups, options);
    yield values.flatMap(read);
  }
}

function joinedReader(
  header: AthenaRow,
  { a, b }: { a: FeatureGroup; b: FeatureGroup },
  { same }: Pick<PairsOptions, 'same'>,
) {
  const [left, right] = [sideReader(header, 'a', a), sideReader(header, 'b', b)];
  const [differing, hereA, hereB] = [DIFFERING, HERE_A, HERE_B].map((name) => columnAt(header, name));
  return (values: AthenaRow): Found[] => {
    const records = numbersOf(header, values)(RECORDS);
    if (values[differing!] === null) {
      same(records);
      return [];
    }
    // Of several only one is in the row.
    if (records !== 1)
      throw new CommandError(
        `Athena finds ${records} records of one identifier, ${values[differing!]}: compare cannot tell them apart.`,
      );
    const found = {
      a: values[hereA!] === 'true' ? left(values) : undefined,
      b: values[hereB!] === 'true' ? right(values) : undefined,
    };
    return [{ id: found.a ? idOf(found.a, a) : idOf(found.b!, b), ...found }];
  };
}

function sideReader(header: AthenaRow, side: 'a' | 'b', { features }: FeatureGroup): (values: AthenaRow) => Row {
  const columns = features.map(({ name, type, collection }, index) => {
    const at = columnAt(header, resultColumn(side, index));
    return { name, at, isDecimal: type === 'Fractional' && !collection };
  });
  return (values) => {
    const row: Row = {};
    for (const { name, at, isDecimal } of columns) {
      const value = values[at];
      if (value !== null && value !== undefined) row[name] = isDecimal ? plainDecimal(value) : value;
    }
    return row;
  };
}

const idOf = (row: Row, { recordIdentifier }: FeatureGroup): string => cellText(cellOf(row, recordIdentifier)!);

/** B is online here. Records that only B has come last. */
async function* lookedUp({ a, b }: Sides, options: PairsOptions, as: (found: Found) => Found): AsyncGenerator<Found[]> {
  const { sample } = options;
  const [from, target] = [a.store === 'online' ? await online(a) : undefined, await online(b)];
  const known = from || sample !== undefined ? undefined : openPartitions();
  const match = from ? matchTexts(target) : matchNumbers(target, a.group, options);
  const rows = from ? readOnlineRows(from, listIdentifiers(from, options), options) : liveRows(a.aws, a.group, options);
  try {
    const chunks = inChunks(some(identified(rows, a.group), options), MAX_IDENTIFIERS_PER_BATCH_GET);
    yield* patiently(chunks, options, async (found, patience) => {
      const matched = await match(found, patience);
      known?.add(
        'ours',
        matched.map(({ id }) => id),
      );
      return matched.map(as);
    });
    if (sample !== undefined) return;
    const extra = from
      ? unknownTo(from, listIdentifiers(target, options), options)
      : onlyOnline(target, known!, options);
    yield* patiently(inChunks(extra, MAX_IDENTIFIERS_PER_BATCH_GET), options, async (identifiers, patience) => {
      const held = await readOnline(target, identifiers, patience);
      return [...held].map(([id, row]) => as({ id, b: row }));
    });
  } finally {
    known?.remove();
  }
}

const online = async ({ aws, group, nameOrArn }: OpenSide): Promise<WriteTarget> => ({
  runtime: await aws.bulkRuntime(),
  group,
  nameOrArn,
});

/** Skips rows without identifier or event time, which bring-your-own tables may contain. */
async function* identified(batches: AsyncIterable<SourceRow[]>, group: FeatureGroup): AsyncGenerator<Found[]> {
  for await (const rows of batches) {
    const named = rows.filter(
      ({ row }) => cellOf(row, group.recordIdentifier) !== undefined && cellOf(row, group.eventTime) !== undefined,
    );
    yield named.map(({ row }) => ({ id: idOf(row, group), a: row }));
  }
}

/** Takes the sample: evenly spread where the total is known, else the first records, since ListRecords has no order. */
async function* some(batches: AsyncIterable<Found[]>, { sample, live }: PairsOptions): AsyncGenerator<Found[]> {
  let [met, taken] = [0, 0];
  for await (const batch of batches) {
    if (sample === undefined) {
      yield batch;
      continue;
    }
    const of = Math.max(live ?? sample, sample);
    const chosen = batch.filter(() => (met += 1) && taken < Math.ceil((met * sample) / of) && (taken += 1) <= sample);
    yield chosen;
    if (taken >= sample) return;
  }
}

/** Identifiers of one online store that another does not have. */
async function* unknownTo(
  source: WriteTarget,
  pages: AsyncIterable<string[]>,
  options: PairsOptions,
): AsyncGenerator<string[]> {
  const featureNames = [source.group.recordIdentifier];
  yield* patiently(pages, options, async (page, patience) => {
    const held = await getRecords(source, page, { patience, featureNames });
    return page.filter((identifier) => !held.has(identifier));
  });
}

/** Identifiers of an online store that the offline store did not have. */
async function* onlyOnline(
  target: WriteTarget,
  known: ReturnType<typeof openPartitions>,
  options: PairsOptions,
): AsyncGenerator<string[]> {
  for await (const page of listIdentifiers(target, options)) known.add('theirs', page);
  yield* known.onlyTheirs();
}
