/** What a feature group holds as text for people, with a bar for each month on a terminal, and as columns. Pure. */
import type { Analysis } from '../../feature-store/analyze/analyze.js';
import { SMALL_BELOW_BYTES, type MonthOfObjects, type ObjectsFound } from '../../feature-store/analyze/object-sizes.js';
import type { RowsFound } from '../../feature-store/analyze/rows.js';
import { PRICES } from '../../feature-store/bulk/prices.js';
import { byteSize, count, counted, dollars, roundedUsd } from '../../utils/quantities.js';
import type { Column } from '../../utils/terminal/table.js';
import { aligned, type Labelled } from './aligned.js';

/** Length of the longest bar, in columns. */
const BAR_WIDTH = 30;

/** Bars are drawn on a terminal only. */
interface AnalysisStream {
  isTerminal: boolean;
  lineWidth: number;
}

export function renderAnalysis(analysis: Analysis, stream: AnalysisStream): string[] {
  const { name, storeType, status, online, offline, rows } = analysis;
  const lines = aligned(
    [
      ['group', `${name} (${storeType}, ${status})`],
      ['online', online && `${online.storageType}, ${sizeWords(online.bytes)}`],
      [
        'offline',
        offline && `${offline.tableFormat}, ${counted(offline.objects, 'object')}, ${byteSize(offline.bytes)}`,
      ],
      ['under', offline?.place],
      ...(offline && offline.objects > 0 ? objectLines(offline) : []),
      ...(rows ? rowLines(rows) : []),
      ['storage', costWords(analysis)],
    ],
    stream.lineWidth,
  );
  const months = offline?.months ?? [];
  return months.length === 0 ? lines : [...lines, '', ...monthLines(months, stream)];
}

const sizeWords = (bytes: number | undefined) => (bytes === undefined ? 'size not known yet' : byteSize(bytes));

function objectLines({ objects, small, compacted, otherClasses, archived }: ObjectsFound): Labelled[] {
  const fewer = objects - compacted;
  const other = otherClasses.objects;
  return [
    [
      'small',
      `${count(small)} of ${counted(objects, 'object')} (${percent(small / objects)}) below ${byteSize(SMALL_BELOW_BYTES)}`,
    ],
    [
      'compacted',
      fewer > 0
        ? `${counted(compacted, 'object')} would hold the same, each folder by itself: ${percent(fewer / objects)} fewer for a query to open`
        : 'no fewer objects would hold the same, each folder by itself',
    ],
    [
      'classes',
      other > 0 &&
        `${counted(other, 'object')} (${byteSize(otherClasses.bytes)}) not in S3 Standard, left out of the price`,
    ],
    [
      'archived',
      archived > 0 &&
        `${counted(archived, 'object')} archived in S3 Glacier: Athena does not read them, so their rows are not counted`,
    ],
  ];
}

function rowLines({ rows, identifiers, duplicates, tombstones, oldest, newest }: RowsFound): Labelled[] {
  return [
    [
      'rows',
      `${counted(rows, 'row')} of ${counted(identifiers, 'identifier')}, ${counted(tombstones, 'deletion')} among them; ${counted(duplicates, 'duplicate')} of an identifier's event time`,
    ],
    ['events', oldest && newest && `from ${oldest} to ${newest}`],
  ];
}

function costWords({ online, monthly }: Analysis): string {
  const { offline: s3 = 0, online: own } = monthly;
  const parts = [
    monthly.offline !== undefined && `offline ${dollars(s3)} at ${dollars(PRICES.offlineGbMonth)} a GB`,
    own !== undefined && `online ${dollars(own)} at ${dollars(PRICES.onlineGbMonth)} a GB`,
  ].filter(Boolean);
  const unpriced =
    online && own === undefined ? `; online (${online.storageType}) not by the GB, or its size not known` : '';
  return `≈ ${dollars(s3 + (own ?? 0))} a month (${[...parts, `${monthly.pricesRegion}, ${monthly.pricesAsOf}`].join(', ')})${unpriced}`;
}

function monthLines(months: MonthOfObjects[], { isTerminal, lineWidth }: AnalysisStream): string[] {
  const most = Math.max(...months.map(({ bytes }) => bytes));
  const sizes = months.map(({ bytes }) => byteSize(bytes));
  const width = Math.max(...sizes.map((size) => size.length));
  const heads = months.map(({ month }, index) => `${month}  ${sizes[index]!.padStart(width)}  `);
  const objects = months.map((each) => counted(each.objects, 'object'));
  const taken = heads[0]!.length + Math.max(...objects.map((words) => words.length)) + 1;
  const longest = Math.min(BAR_WIDTH, lineWidth - taken);
  return months.map(({ bytes, small }, index) => {
    if (!isTerminal || longest < 1) return `${heads[index]}${objects[index]}, ${count(small)} small`;
    const bar = '█'.repeat(Math.max(1, Math.round((bytes / Math.max(1, most)) * longest)));
    return `${heads[index]}${bar} ${objects[index]}`;
  });
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

/** One group of the overview; `error` says why it could not be read. */
export type AnalysisRow = Partial<Analysis> & { name: string; error?: string };

const costOf = ({ monthly }: AnalysisRow) =>
  monthly?.offline === undefined && monthly?.online === undefined
    ? null
    : (monthly.offline ?? 0) + (monthly.online ?? 0);
const sizeOf = (bytes: number | null | undefined) => (typeof bytes === 'number' ? byteSize(bytes) : null);

export const ANALYSIS_COLUMNS: Column<AnalysisRow>[] = [
  { name: 'FeatureGroupName', value: (row) => row.name, isName: true },
  { name: 'Status', value: (row) => (row.error ? `${row.status ?? ''} (error)`.trim() : row.status), importance: 5 },
  { name: 'StoreType', value: (row) => row.storeType, importance: 4 },
  bytesColumn('OnlineBytes', (row) => row.online?.bytes, 2),
  { name: 'Objects', value: (row) => row.offline?.objects, importance: 3 },
  bytesColumn('OfflineBytes', (row) => row.offline?.bytes, 0),
  { name: 'SmallObjects', value: (row) => row.offline?.small, importance: 6 },
  {
    name: 'MonthlyUsd',
    value: (row) => maybeRounded(costOf(row)),
    shown: (row) => (costOf(row) === null ? null : dollars(costOf(row)!)),
    importance: 1,
  },
];

function bytesColumn(
  name: string,
  value: (row: AnalysisRow) => number | undefined,
  importance: number,
): Column<AnalysisRow> {
  return { name, value, shown: (row) => sizeOf(value(row)), importance };
}

const maybeRounded = (usd: number | null) => (usd === null ? null : roundedUsd(usd));

/** Columns of a single group as CSV, with the results of the query. */
export const ANALYSIS_ROW_COLUMNS: Column<AnalysisRow>[] = [
  ...ANALYSIS_COLUMNS,
  { name: 'Rows', value: (row) => row.rows?.rows },
  { name: 'Identifiers', value: (row) => row.rows?.identifiers },
  { name: 'Duplicates', value: (row) => row.rows?.duplicates },
  { name: 'Tombstones', value: (row) => row.rows?.tombstones },
  { name: 'OldestEvent', value: (row) => row.rows?.oldest },
  { name: 'NewestEvent', value: (row) => row.rows?.newest },
];
