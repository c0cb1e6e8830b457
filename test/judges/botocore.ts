/** botocore reads every request that the commands send: is it one of the service's, and is its signature right? */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { python, talkTo } from './python.js';
import { openJudged } from './store.js';
import { tapWire } from './wire-tap.js';
import type { Verdict } from './verdict.js';

const ROLE = '--execution-role-arn arn:aws:iam::000000000000:role/judge';
const OUTPUT = '--athena-output s3://judged/athena/';
const BOTH = `--s3-uri s3://judged/prefix ${ROLE}`;

/** Command lines that reach every operation that the tool calls, each with the exit codes that are right for it. */
const COMMANDS = `
create src --infer rows.csv --record-identifier-name id --event-time-feature-name event_time ${BOTH} --ttl 3000d --tags a=b
create berg --like src --table-format Iceberg --s3-uri s3://judged/bergs ${ROLE}
create off --like src --no-online-store ${BOTH}
create second --schema-file schema.json --storage-type Standard_V2 ${BOTH}
create third --schema-file schema.json --no-offline-store
list -o json
list --name-contains s --status Created --sort-by CreationTime --descending
schema src
update src --ttl 2000d
add-features third -f added:String
put src --record {"id":"ü/1","event_time":"2026-01-01T00:00:00Z","price":1.5}
put second --record {"id":"1","event_time":"2026-01-02T00:00:00Z"} --ttl 3000d
put second --record {"id":"1","event_time":"2026-01-03T00:00:00Z","name":"x"} --update
get src ü/1 --expires-at
get src ü/1 --feature-names id,price
bulk-put src rows.csv
bulk-put berg rows.csv
bulk-put second many.jsonl --ttl 3000d
bulk-get src ids.txt -o out.jsonl
bulk-get src ids.txt -o s3://judged/out.jsonl
delete-record src k1 --force
delete-record src k2 --soft --force
migrate src off --dry-run ${OUTPUT}
migrate src off --force ${OUTPUT}
migrate src berg --force --clear-target --verify ${OUTPUT}
migrate berg second --filter-query price>1 --history all --force ${OUTPUT}
migrate src second --read-from online --force
migrate src berg --engine athena --force ${OUTPUT}
clear src --backup-s3 s3://judged/backup --force ${OUTPUT}
clear berg --offline-only --force ${OUTPUT}
clear second --online-only --force
clear off --force
`;

export async function judgeWithBotocore(cache: string): Promise<Verdict> {
  const interpreter = await python(cache);
  const store = await openJudged();
  const tap = await tapWire(Number(new URL(store.endpoint).port));
  const talk = talkTo(interpreter, 'check_requests.py');
  const folder = mkdtempSync(join(tmpdir(), 'sagemaker-fs-judge-'));
  const verdict: Verdict = { judged: [], differences: [] };
  try {
    writeInputs(folder);
    for (const line of COMMANDS.trim().split('\n')) {
      const { code, stderr } = await runTool(line.split(' '), folder, tap.endpoint);
      if (code !== 0) verdict.differences.push(`${line} ended with ${code}: ${stderr.trim().split('\n').at(-1)}`);
      store.wait(60_000);
    }
    const operations = new Map<string, number>();
    for (const request of tap.requests) {
      const { operation, problems } = await talk.ask<{ operation: string; problems: string[] }>(request);
      operations.set(operation, (operations.get(operation) ?? 0) + 1);
      verdict.differences.push(
        ...problems.map((problem) => `${operation} ${request.method} ${request.url}: ${problem}`),
      );
    }
    verdict.judged.push(`${tap.requests.length} requests of ${operations.size} operations`);
    if (process.env.JUDGES_VERBOSE) console.log([...operations].sort());
  } finally {
    talk.close();
    await tap.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return verdict;
}

function writeInputs(folder: string): void {
  const rows = Array.from(
    { length: 60 },
    (_, i) => `k${i},2026-01-${String(1 + (i % 28)).padStart(2, '0')}T00:00:00Z,${i / 7},näme ${i}`,
  );
  writeFileSync(join(folder, 'rows.csv'), `id,event_time,price,name\n${rows.join('\n')}\n`);
  writeFileSync(join(folder, 'ids.txt'), Array.from({ length: 150 }, (_, i) => `k${i}\n`).join(''));
  const many = rows.map((row, i) => JSON.stringify({ id: `a/${i} é`, event_time: row.split(',')[1], name: `x${i}` }));
  writeFileSync(join(folder, 'many.jsonl'), many.join('\n'));
  const features = ['id', 'event_time', 'name'].map((FeatureName) => ({ FeatureName, FeatureType: 'String' }));
  const price = { FeatureName: 'price', FeatureType: 'Fractional' };
  writeFileSync(join(folder, 'schema.json'), JSON.stringify([...features, price]));
}

function runTool(argv: string[], cwd: string, endpoint: string): Promise<{ code: number; stderr: string }> {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    AWS_SESSION_TOKEN: 'a token + with/signs=',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  return new Promise((done) => {
    execFile(process.execPath, [resolve('bin/sagemaker-fs.js'), ...argv], { cwd, env }, (error, _stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stderr }),
    );
  });
}
