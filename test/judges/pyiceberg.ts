/** PyIceberg reads every Iceberg table after every statement, and must find the rows that Athena finds. */
import { UpdateFeatureGroupCommand } from '@aws-sdk/client-sagemaker';
import { DeleteRecordCommand } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { createGroup, putCommand } from '../support/groups.js';
import { python, talkTo, type Talk } from './python.js';
import { chance } from '../support/chance.js';
import { DATABASE, openJudged, type Judged } from './store.js';
import { difference, type Verdict } from './verdict.js';

const STATEMENTS = Number(process.env.JUDGES_STATEMENTS ?? 40);
const SEED = Number(process.env.JUDGES_SEED ?? 7);
/** A feature name that Avro would not take, and one that Glue lower-cases. */
const FEATURES = 'id:String, Event-Time:String, Big:Integral, score:Fractional, note:String';
const NOTES = ['', 'null', "it's", 'Zürich 東京', 'a,b', '"', '\\N'];
const DAY_MS = 86_400_000;

interface Answer {
  names: string[];
  rows: (string | null)[][];
  snapshots: number[];
}

export async function judgeWithPyIceberg(cache: string): Promise<Verdict> {
  const interpreter = await python(cache);
  const store = await openJudged();
  const talk = talkTo(interpreter, 'read_iceberg.py');
  const verdict: Verdict = { judged: [], differences: [] };
  try {
    const counts = { statements: 0, reads: 0, rows: 0 };
    for (const table of ['days', 'copied']) {
      await createGroup(store.sagemaker, table, {
        EventTimeFeatureName: 'Event-Time',
        FeatureDefinitions: FEATURES.split(', ').map((one) => {
          const [FeatureName, FeatureType] = one.split(':') as [string, 'String'];
          return { FeatureName, FeatureType };
        }),
        OfflineStoreConfig: {
          S3StorageConfig: { S3Uri: 's3://bergs' },
          TableFormat: 'Iceberg',
          DataCatalogConfig: { Catalog: 'AwsDataCatalog', Database: DATABASE, TableName: table },
        },
      });
    }
    await compare({ store, talk, verdict, counts }, 'days', 'an empty table');
    const below = chance(SEED);
    for (let i = 0; i < STATEMENTS; i++) {
      const table = below(4) === 0 ? 'copied' : 'days';
      const what = await change(store, table, below);
      store.wait(below(3) * 1000);
      counts.statements++;
      await compare({ store, talk, verdict, counts }, table, what);
    }
    await compareSnapshots({ store, talk, verdict, counts }, 'days');
    verdict.judged.push(`${counts.statements} statements, ${counts.reads} reads of ${counts.rows} rows`);
  } finally {
    talk.close();
    await store.close();
  }
  return verdict;
}

interface Court {
  store: Judged;
  talk: Talk;
  verdict: Verdict;
  counts: { reads: number; rows: number };
}

let columns = 0;

/** One change of the table, at random; says what it was. */
async function change(store: Judged, table: string, below: (n: number) => number): Promise<string> {
  const id = String(below(30));
  const time = () => new Date(Date.UTC(2026, 0, 1) + below(4) * DAY_MS + below(1000)).toISOString();
  const note = NOTES[below(NOTES.length)]!;
  const kinds: (() => Promise<string>)[] = [
    async () => {
      for (let n = 0; n < 8; n++)
        await store.runtime.send(
          putCommand(table, {
            id: String(below(30)),
            'Event-Time': time(),
            ...(below(2) && { Big: '9223372036854775807' }),
            ...(below(2) && { score: String(below(1000) / 7) }),
            note,
          }),
        );
      await store.local.store.offline.flush();
      return 'records put';
    },
    async () => {
      const EventTime = new Date(Date.UTC(2026, 1, 1) + below(DAY_MS)).toISOString();
      await store.runtime.send(
        new DeleteRecordCommand({ FeatureGroupName: table, RecordIdentifierValueAsString: id, EventTime }),
      );
      return 'a record deleted';
    },
    () =>
      run(
        `INSERT INTO ${table} (id, "event-time", big, score, note, is_deleted)
         VALUES ('${id}', '${time()}', ${below(100)}, 1e${below(20)}, '${note.replaceAll("'", "''")}', false)`,
      ),
    () => run(`INSERT INTO copied SELECT * FROM days WHERE id < '${id}'`, ['copied', 'days']),
    () => run(`DELETE FROM ${table} WHERE id = '${id}'`),
    () => run(`DELETE FROM ${table} WHERE "event-time" < '${time()}' AND is_deleted IS NOT TRUE AND id > '${id}'`),
    () => run(`DELETE FROM ${table} WHERE note = '${note.replaceAll("'", "''")}'`),
    () => run(`OPTIMIZE ${table} REWRITE DATA USING BIN_PACK`),
    () => run(`ALTER TABLE ${table} SET TBLPROPERTIES ('optimize_rewrite_delete_file_threshold' = '${1 + below(2)}')`),
    () => run(`ALTER TABLE ${table} SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds' = '${5 + below(10)}')`),
    () => run(`VACUUM ${table}`),
    () => (below(4) ? run(`VACUUM ${table}`) : run(`DELETE FROM ${table}`)),
    () => (below(3) ? run(`VACUUM ${table}`) : widen()),
  ];
  // Half of the changes bring rows, so that the others find some.
  return kinds[below(2) ? below(4) : below(kinds.length)]!();

  async function widen(): Promise<string> {
    const FeatureAdditions = [{ FeatureName: `Added-${++columns}`, FeatureType: 'Fractional' } as const];
    await store.sagemaker.send(new UpdateFeatureGroupCommand({ FeatureGroupName: table, FeatureAdditions }));
    return 'a feature added';
  }

  async function run(sql: string, same?: string[]): Promise<string> {
    const widths = await Promise.all(
      (same ?? []).map(async (name) => (await store.query(`SELECT * FROM ${name} LIMIT 0`))[0]?.length),
    );
    if (new Set(widths).size > 1) return 'nothing';
    await store.query(sql);
    return sql;
  }
}

async function compare({ store, talk, verdict, counts }: Court, table: string, what: string, snapshot?: number) {
  const version = snapshot === undefined ? '' : ` FOR VERSION AS OF ${snapshot}`;
  const [names = [], ...ours] = await store.query(`SELECT * FROM ${table}${version}`);
  const question = { endpoint: store.endpoint, table: `${DATABASE}.${table}`, snapshot };
  const theirs = await talk.ask<Answer>(question);
  counts.reads++;
  counts.rows += ours.length;
  const found =
    difference(`${table}: names after ${what}`, [names as string[]], [theirs.names]) ??
    difference(`${table} after ${what}${version}`, canonical(ours, theirs.rows), theirs.rows as string[][]);
  if (found) verdict.differences.push(found);
  return theirs.snapshots;
}

async function compareSnapshots(court: Court, table: string) {
  for (const snapshot of await compare(court, table, 'everything')) await compare(court, table, 'a snapshot', snapshot);
}

/** Athena's texts of doubles as Python writes the same double. */
function canonical(rows: (string | null)[][], model: (string | null)[][]): string[][] {
  const doubles = new Set(model.flatMap((row) => row.flatMap((cell, i) => (cell?.startsWith('double ') ? [i] : []))));
  const texts = new Map(
    model.flat().flatMap((cell) => (cell?.startsWith('double ') ? [[Number(cell.slice(7)), cell]] : [])),
  );
  return rows.map((row) =>
    row.map((cell, i) => (cell !== null && doubles.has(i) ? (texts.get(Number(cell)) ?? cell) : cell)),
  ) as string[][];
}
