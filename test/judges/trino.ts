/** Trino runs what the tool writes, over the store's own files, and random expressions; Athena must answer the same. */
import fc from 'fast-check';
import type { FeatureGroup } from '../../src/feature-store/groups/describe.js';
import { countRowsSql, distinctIdentifiersSql } from '../../src/feature-store/clear/table/sql.js';
import { comparedFeatures } from '../../src/feature-store/compare/features.js';
import { DIFFERING, joinSql, RECORDS } from '../../src/feature-store/compare/join-sql.js';
import { checkMigration } from '../../src/feature-store/migrate/check.js';
import { daysSql, insertSql } from '../../src/feature-store/migrate/insert-sql.js';
import { rowsSql } from '../../src/feature-store/analyze/rows.js';
import { countSql } from '../../src/feature-store/offline/count-sql.js';
import { recordsSql, type RowChoice } from '../../src/feature-store/offline/sql.js';
import { feature, groupOf } from '../feature-store/groups.js';
import { createGroup, definitions } from '../support/groups.js';
import { HISTORY_FEATURES, ID, play, randomHistory, TIME } from '../support/histories.js';
import { expressions, misfits } from './expressions.js';
import { listed } from './listed.js';
import { DATABASE, openJudged, type Judged } from './store.js';
import { startTrino, TrinoError, type Trino } from './trino-server.js';
import { difference, type Verdict } from './verdict.js';

const STATEMENTS = Number(process.env.JUDGES_STATEMENTS ?? 40);
const EXPRESSIONS = Number(process.env.JUDGES_EXPRESSIONS ?? 200);
const SEED = Number(process.env.JUDGES_SEED ?? 7);

const GROUPS = [
  { name: 'hive_text', catalog: 'hive', format: 'Glue', eventTimes: 'String' },
  { name: 'hive_number', catalog: 'hive', format: 'Glue', eventTimes: 'Fractional' },
  { name: 'berg', catalog: 'iceberg', format: 'Iceberg', eventTimes: 'String' },
] as const;

export async function judgeWithTrino(cache: string): Promise<Verdict> {
  const store = await openJudged();
  let trino: Trino | undefined;
  const verdict: Verdict = { judged: [], differences: [] };
  try {
    trino = await startTrino(cache, store.endpoint);
    const court = { store, trino, verdict };
    for (const group of GROUPS) await judgeStatements(court, group);
    await judgeExpressions(court, 'expressions', expressions);
    await judgeExpressions(court, 'misfits', misfits);
  } finally {
    await trino?.stop();
    await store.close();
  }
  return verdict;
}

interface Court {
  store: Judged;
  trino: Trino;
  verdict: Verdict;
}

const instant = fc.option(
  fc
    .integer({ min: 0, max: 20 * 3600 * 10 })
    .map((tenths) => 1_714_521_600_000_000_000n + BigInt(tenths) * 100_000_000n),
  { nil: undefined },
);
/** Around the time at which the history of a judged group is played. */
const seconds = fc.integer({ min: -100, max: 400 }).map((second) => Date.parse('2026-03-01T10:00:00Z') / 1000 + second);
const choices: fc.Arbitrary<RowChoice> = fc.record({
  filter: fc.constantFrom(
    undefined,
    undefined,
    'visits > 0',
    `WHERE "note-text" IN ('', 'null') OR "1st" LIKE '%東%'`,
    'order_is_not_a_column IS NULL AND false'.replace('order_is_not_a_column', '"order"'),
    `"${ID.toLowerCase()}" IN (SELECT "${ID.toLowerCase()}" FROM TABLE_NAME WHERE is_deleted)`,
  ),
  asOf: instant,
  since: instant,
  until: instant,
  history: fc.boolean(),
  deletions: fc.boolean(),
  arrivals: fc.option(fc.record({ since: fc.option(seconds, { nil: undefined }), mark: seconds }), { nil: undefined }),
  shard: fc.option(fc.record({ index: fc.nat(3), count: fc.constant(4), shared: fc.boolean() }), { nil: undefined }),
});

async function judgeStatements(court: Court, { name, catalog, format, eventTimes }: (typeof GROUPS)[number]) {
  const { store } = court;
  for (const made of [name, `${name}_copy`]) {
    await createGroup(store.sagemaker, made, {
      RecordIdentifierFeatureName: ID,
      EventTimeFeatureName: TIME,
      FeatureDefinitions: definitions(HISTORY_FEATURES(eventTimes)),
      OfflineStoreConfig: {
        S3StorageConfig: { S3Uri: 's3://judged' },
        TableFormat: format,
        DataCatalogConfig: { Catalog: 'AwsDataCatalog', Database: DATABASE, TableName: made },
      },
    });
  }
  const history = randomHistory({ seed: SEED, identifiers: 40, happenings: 300, eventTimes });
  await play(store.runtime, { group: name, history, tick: () => store.wait(1000) });
  const group = describedAs(name, eventTimes);
  if (format === 'Iceberg') await store.query(`DELETE FROM ${name} WHERE visits = -1`);
  const at = { catalog, schema: DATABASE };
  const plain = [
    countRowsSql(group),
    distinctIdentifiersSql(group),
    rowsSql(group),
    `SELECT * FROM "${DATABASE}"."${name}"`,
    `SELECT "${ID.toLowerCase()}", "$path" FROM ${name} WHERE "$path" LIKE 's3://judged/%'`,
    `SELECT column_name, ordinal_position, column_default, is_nullable, data_type FROM information_schema.columns WHERE table_name = '${name}'`,
    `SELECT table_schema, table_type FROM information_schema.tables WHERE table_name = '${name}'`,
    `SELECT schema_name FROM information_schema.schemata WHERE schema_name IN ('${DATABASE}', 'information_schema')`,
  ];
  let statements = 0;
  for (const sql of plain) statements += await compare(court, sql, at);
  const target = describedAs(`${name}_copy`, eventTimes);
  for (const chosen of fc.sample(choices, { numRuns: STATEMENTS, seed: SEED })) {
    const filter = chosen.filter?.replace('TABLE_NAME', `"${DATABASE}"."${name}"`);
    const choice = { ...chosen, filter };
    statements += await compare(court, recordsSql(group, choice), at);
    // The bytes are an estimate by the texts of the values, and those of doubles differ.
    statements += await compare(court, countSql(group, choice).replace(', "bytes", ', ', '), at);
    if (chosen.shard) continue;
    const migration = checkMigration(group, target, { filterQuery: filter, ...choice, engine: 'athena' });
    if (eventTimes === 'String') statements += await compare(court, daysSql(migration), at);
    const join = joinSql({ a: group, b: target }, comparedFeatures(group, target, {}), {});
    // What the row of those that are the same holds beside their number is of any one of them.
    const joined = async () =>
      (await compare(court, `SELECT "${DIFFERING}", "${RECORDS}" FROM (${join})`, at)) +
      (await compare(court, `SELECT * FROM (${join}) WHERE "${DIFFERING}" IS NOT NULL`, at));
    statements += await compareInsert(court, insertSql(migration), { target: `${name}_copy`, at, joined });
  }
  court.verdict.judged.push(`${name}: ${statements} statements`);
}

const describedAs = (name: string, eventTimes: 'String' | 'Fractional'): FeatureGroup =>
  groupOf([], {
    name,
    recordIdentifier: ID,
    eventTime: TIME,
    features: definitions(HISTORY_FEATURES(eventTimes)).map((each) => feature(each.FeatureName!, each.FeatureType)),
    offline: {
      s3Uri: 's3://judged',
      tableFormat: 'Glue',
      table: { catalog: 'AwsDataCatalog', database: DATABASE, name },
    },
  });

interface At {
  catalog: string;
  schema: string;
}

interface Inserted {
  target: string;
  at: At;
  /** Compares the two groups while the copy holds some rows of the other. */
  joined(): Promise<number>;
}

/** The store's Athena inserts; Trino says what is to be inserted, and what it then finds there. */
async function compareInsert(court: Court, sql: string, { target, at, joined }: Inserted): Promise<number> {
  const { store, trino, verdict } = court;
  await store.query(sql);
  const now = 'CAST(current_timestamp AS timestamp)';
  const wanted = await trino.query(sql.slice(sql.indexOf('\n')).replace(now, 'NULL'), at);
  const found = await trino.query(`SELECT * FROM ${target}`, at);
  const texts = ({ types, rows }: Awaited<ReturnType<Trino['query']>>) =>
    rows.map((row) =>
      row.map((value, i) => (types[i] === 'unknown' || i === row.length - 3 ? '' : textOf(value, types[i]!))),
    );
  const different = difference(sql, texts(found) as string[][], texts(wanted) as string[][]);
  if (different) verdict.differences.push(different);
  const statements = 1 + (await joined());
  if (at.catalog === 'iceberg') await store.query(`DELETE FROM ${target}`);
  else {
    const { objects, tables } = store.local.store;
    const prefix = tables.get('us-east-1', DATABASE, target)!.location.replace('s3://judged/', '');
    await objects.deleteAll('judged', [...objects.list('judged', `${prefix}/`)]);
  }
  return statements;
}

async function compare({ store, trino, verdict }: Court, sql: string, at: At): Promise<number> {
  const [ours, theirs] = [await attempt(() => store.query(sql)), await attempt(() => trino.query(sql, at))];
  if (ours instanceof Error && theirs instanceof Error) return 1;
  if (ours instanceof Error || theirs instanceof Error) {
    const [left, right] = [ours, theirs].map((side) => (side instanceof Error ? side.message : 'answers'));
    verdict.differences.push(`${sql}\n    store ${left}\n    judge ${right}`);
    return 1;
  }
  const [, ...rows] = ours;
  const texts = theirs.rows.map((row) => row.map((value, i) => textOf(value, theirs.types[i]!)));
  const same = rows.map((row) => row.map((cell, i) => cellOf(cell, theirs.types[i]!)));
  const different = difference(sql, same as string[][], texts as string[][]);
  if (different) verdict.differences.push(different);
  return 1;
}

async function judgeExpressions(court: Court, what: string, made: fc.Arbitrary<string>) {
  const found = { answered: 0, refused: 0 };
  const at = { catalog: 'hive', schema: DATABASE };
  const known = new Map<string, number>();
  const { differences, judged } = court.verdict;
  for (const expression of fc.sample(made, { numRuns: EXPRESSIONS, seed: SEED })) {
    const sql = `SELECT ${expression} AS x`;
    const before = differences.length;
    await compare(court, sql, at);
    if (differences.length > before) {
      const why = listed(differences.at(-1)!);
      if (why === undefined) continue;
      differences.pop();
      known.set(why, (known.get(why) ?? 0) + 1);
      continue;
    }
    const refused = (await attempt(() => court.store.query(sql))) instanceof Error;
    found[refused ? 'refused' : 'answered']++;
  }
  const as = [...known].map(([why, count]) => `, ${count} as listed in the README (${why})`).join('');
  judged.push(`${EXPRESSIONS} ${what}: ${found.answered} answered alike, ${found.refused} refused by both${as}`);
}

async function attempt<T>(call: () => Promise<T>): Promise<T | Error> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof TrinoError || error instanceof Error) return error;
    throw error;
  }
}

/** A value of Trino's JSON as Athena writes it. */
function textOf(value: unknown, type: string): string | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return `[${value.map((each) => textOf(each, 'element') ?? 'null').join(', ')}]`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (type === 'double' || type === 'real') return numberOf(text);
  if (type !== 'varbinary') return text;
  return Buffer.from(text, 'base64')
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');
}

const cellOf = (cell: string | null, type: string): string | null =>
  cell !== null && (type === 'double' || type === 'real') ? numberOf(cell) : cell;

/** Fifteen digits: sums come out in the order in which they are added. */
const numberOf = (text: string): string => (Number.isFinite(Number(text)) ? Number(text).toPrecision(14) : text);
