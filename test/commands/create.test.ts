import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pasted } from '../support/console.js';
import { localStore } from '../support/run.js';
import { watchedStore } from '../support/watched-store.js';

const ROLE = 'arn:aws:iam::000000000000:role/test';
const OFFLINE = ['--s3-uri', 's3://bucket/features', '--execution-role-arn', ROLE];

async function storeWith(files: Record<string, string>) {
  const store = await localStore();
  for (const [name, text] of Object.entries(files)) await writeFile(join(store.dir, name), text);
  const plan = async (...argv: string[]) =>
    JSON.parse((await store.run(['create', 'new', '--dry-run', ...argv])).stdout) as Record<string, unknown>;
  return { ...store, plan };
}

const SCHEMA = JSON.stringify([
  { FeatureName: 'id', FeatureType: 'String', Description: 'who' },
  { FeatureName: 'event_time', FeatureType: 'Fractional' },
]);

describe('create', () => {
  it('creates from a schema file, waits, and prints the ARN', async () => {
    const { run } = await storeWith({ 'schema.json': SCHEMA });
    const { code, stdout, stderr } = await run(['create', 'new', '--schema-file', 'schema.json', ...OFFLINE]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'arn:aws:sagemaker:us-east-1:000000000000:feature-group/new\n',
    });
    expect(stderr).toContain('Created new.');
    const again = await run(['create', 'new', '--schema-file', 'schema.json']);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('already exists');
  });

  it('infers the narrowest types that keep every value', async () => {
    const { plan } = await storeWith({
      'rows.csv':
        'id,event_time,age,big,zip,score,exact,word,empty\n' +
        '1,2026-01-01T00:00:00Z,31,9223372036854775807,00501,1.5,0.1000000000000000055511151231257827,a,\n' +
        '2,2026-01-02T00:00:00Z,,9223372036854775808,10001,2,0.1,7,\n',
    });
    const { FeatureDefinitions } = await plan('--infer', 'rows.csv');
    const types = (FeatureDefinitions as { FeatureName: string; FeatureType: string }[]).map((each) => [
      each.FeatureName,
      each.FeatureType,
    ]);
    expect(Object.fromEntries(types)).toEqual({
      id: 'Integral',
      event_time: 'String',
      age: 'Integral',
      big: 'String',
      zip: 'String',
      score: 'Fractional',
      exact: 'String',
      word: 'String',
      empty: 'String',
    });
  });

  it('takes the columns of a real file by --map, and the type of one by --type; what it says to type next works', async () => {
    const header = ['', 'Customer ID', 'event_time', 'Zip Code', 'a=b', `it's "x"`, '$HOME', 'ID', 'id2', 'é'];
    const row = ['q', '1', '2026-01-01T00:00:00Z', '10115', 'x', '1', '2', 'A', '', '7'];
    const cells = (words: string[]) => words.map((word) => `"${word.replaceAll('"', '""')}"`).join(';');
    const { run, dir } = await storeWith({ 'my shop.csv': `${cells(header)}\n${cells(row)}\n` });
    const file = ['--infer', 'my shop.csv', '--delimiter', ';'];
    const refused = await run(['create', 'shop', ...file]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    const [, proposed = ''] = /Add (--map .*)\.$/m.exec(refused.stderr) ?? [];
    // The proposal is enough, apart from the names of the two that a group needs.
    const named = ['--record-identifier-name', 'Customer-ID', '--no-wait'];
    const created = await run(['create', 'proposed', ...file, ...pasted(proposed), ...named]);
    expect(created, created.stderr).toMatchObject({ code: 0 });

    const map = { 'Customer ID': 'id', 'Zip Code': 'zip', 'a=b': 'ab', [`it's "x"`]: 'its', $HOME: 'home', ID: 'ID-2' };
    const maps = Object.entries({ ...map, '': 'row', é: 'e' }).flatMap(([column, name]) => [
      '--map',
      `${column}=${name}`,
    ]);
    const said = await run(['create', 'shop', ...file, ...maps, '--type', 'Zip Code=string']);
    expect(said, said.stderr).toMatchObject({ code: 0 });
    expect(said.stderr).toMatch(/^Zip Code → zip +String +as --type says +10115$/m);
    const [, next = ''] = /^To load the rows:\n {2}sagemaker-fs (.*)$/m.exec(said.stderr) ?? [];
    const loaded = await run(
      pasted(next).filter((word) => word !== '--local'),
      { cwd: dir },
    );
    expect(loaded, loaded.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse((await run(['get', 'shop', '1'])).stdout)).toEqual({
      ...{ row: 'q', id: '1', event_time: '2026-01-01T00:00:00Z', zip: '10115', ab: 'x' },
      ...{ its: '1', home: '2', 'ID-2': 'A', id2: '', e: '7' },
    });
  });

  it.each([
    [['--map', 'agee=years'], /rows\.csv: --map agee=years: there is no column agee \(did you mean age\?\)\.$/m],
    [['--type', 'agee=String'], /--type agee=String: there is no column agee \(did you mean age\?\)/],
    [['--map', 'age=years', '--type', 'years=String'], /there is no column years \(did you mean age\?\)\.$/m],
    [['--type', 'age=Int'], /--type age=Int: there is no type Int/],
    [['--type', 'age'], /two words joined by =/],
    [['--map', 'age=id'], /id and age would both be feature id\. Add --map age=id-2\.$/m],
    [['--map', 'age=Id'], /id and age differ in case only/],
    [['--map', 'age=not one'], /not one → not-one\. Add --map age=not-one\.$/m],
    [['--type', 'event_time=Integral'], /--type COLUMN=Fractional/],
  ])('refuses %j', async (argv, words) => {
    const { run } = await storeWith({ 'rows.csv': 'id,event_time,age\na,2026-01-01T00:00:00Z,31\n' });
    const { code, stdout, stderr } = await run(['create', 'new', '--infer', 'rows.csv', ...argv]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
  });

  it('guesses from the files of a folder that hold rows', async () => {
    const { plan, dir } = await storeWith({});
    await mkdir(join(dir, 'shops'));
    await writeFile(join(dir, 'shops', 'one.csv'), 'id,event_time\na,2026-01-01T00:00:00Z\n');
    await writeFile(join(dir, 'shops', 'notes.pdf'), 'x');
    const { FeatureDefinitions } = await plan('--infer', 'shops');
    expect((FeatureDefinitions as { FeatureName: string }[]).map((each) => each.FeatureName)).toEqual([
      'id',
      'event_time',
    ]);
  });

  it('proposes a name for a column that is called __proto__, and takes it', async () => {
    const row = '{"id":1,"event_time":"2026-01-01T00:00:00Z","__proto__":3}\n';
    const { run } = await storeWith({ 'rows.jsonl': row });
    const argv = ['create', 'new', '--infer', 'rows.jsonl'];
    const refused = await run(argv);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/: __proto__ → proto\. Add --map __proto__=proto\.$/m);
    expect(await run([...argv, '--map', '__proto__=proto'])).toMatchObject({ code: 0 });
  });

  it('keeps --map, --type and --delimiter for files', async () => {
    const { run } = await storeWith({ 'schema.json': SCHEMA });
    for (const argv of [
      ['create', 'new', '--schema-file', 'schema.json', '--map', 'a=b'],
      ['schema', 'new', 'other', '--map', 'a=b'],
      ['schema', 'new', '--type', 'a=String'],
    ]) {
      const { code, stderr } = await run(argv);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('it goes with --infer FILE.') });
    }
  });

  it('warns of values that are not of the type that was said', async () => {
    const { run, plan } = await storeWith({
      'rows.csv':
        'id,event_time,age,tags\na,1767225600,1.0,"[""x""]"\nb,1767225601,x,\nc,1767225602,y,\nd,1767225603,NA,\n',
    });
    const types = ['event_time=Fractional', 'age=Integral', 'tags=String:list'].flatMap((type) => ['--type', type]);
    const argv = ['--infer', 'rows.csv', '--storage-type', 'InMemory', ...types];
    expect(await plan(...argv)).toMatchObject({
      FeatureDefinitions: [
        { FeatureName: 'id', FeatureType: 'String' },
        { FeatureName: 'event_time', FeatureType: 'Fractional' },
        { FeatureName: 'age', FeatureType: 'Integral' },
        { FeatureName: 'tags', FeatureType: 'String', CollectionType: 'List' },
      ],
    });
    const { stderr } = await run(['create', 'new', ...argv]);
    expect(stderr.match(/^warning: .*$/gm)).toEqual([
      expect.stringMatching(/2 rows would not be written, .*rows\.csv, line 3: Feature age: "x" is not an Integral/),
    ]);
    const loaded = await run(['bulk-put', 'new', 'rows.csv']);
    expect(loaded).toMatchObject({ code: 4, stderr: expect.stringContaining('2 written, 2 failed') });
  });

  it('says that the index of a data frame is left out, as bulk-put does', async () => {
    const { run } = await storeWith({
      'rows.csv': ',id,event_time\n0,a,2026-01-01T00:00:00Z\n1,b,2026-01-01T00:00:00Z\n',
    });
    const left = 'rows.csv: the column without a name only numbers the rows (the index of a data frame): left out.';
    for (const argv of [
      ['create', 'new', '--infer', 'rows.csv'],
      ['schema', '--infer', 'rows.csv'],
      ['bulk-put', 'new', 'rows.csv'],
    ]) {
      const { code, stderr } = await run(argv);
      expect({ code, lines: stderr.split('\n').filter((line) => line === left) }).toEqual({ code: 0, lines: [left] });
    }
  });

  it('infers from objects on S3 and from Parquet too', async () => {
    const { run, plan } = await storeWith({
      'rows.csv': 'id,event_time,age\n1,2026-01-01T00:00:00Z,31\n',
      'schema.json': SCHEMA,
    });
    await run(['create', 'old', '--infer', 'rows.csv']);
    await run(['bulk-put', 'old', 'rows.csv']);
    await run(['create', 'any', '--schema-file', 'schema.json', ...OFFLINE]);
    await run(['bulk-get', 'old', '-', '-o', 's3://bucket/rows.parquet'], { stdin: '1\n' });
    const { FeatureDefinitions } = await plan('--infer', 's3://bucket/rows.parquet');
    expect(FeatureDefinitions).toContainEqual({ FeatureName: 'age', FeatureType: 'Integral' });
  });

  it('resembles another group, and what is said wins', async () => {
    const { run, plan } = await storeWith({ 'schema.json': SCHEMA });
    await run(['create', 'old', '--schema-file', 'schema.json', '--no-online-store', ...OFFLINE]);
    expect(await plan('--like', 'old')).toMatchObject({
      FeatureGroupName: 'new',
      RoleArn: ROLE,
      OfflineStoreConfig: { S3StorageConfig: { S3Uri: 's3://bucket/features' } },
    });
    expect(await plan('--like', 'old')).not.toHaveProperty('OnlineStoreConfig');
    expect(await plan('--like', 'old', '--online-store', '--no-offline-store', '--ttl', '2h')).toMatchObject({
      OnlineStoreConfig: { EnableOnlineStore: true, TtlDuration: { Unit: 'Hours', Value: 2 } },
    });
  });

  it.each([
    ['no schema', [], /--schema-file FILE, --like GROUP or --infer FILE/],
    ['two schemas', ['--schema-file', 'schema.json', '--like', 'x'], /cannot be used with/],
    ['a missing file', ['--schema-file', 'nope.json'], /nope\.json does not exist/],
    ['a file that is no JSON', ['--schema-file', 'broken.json'], /broken\.json: This is not valid JSON/],
    ['a wrong type', ['--schema-file', 'wrong.json'], /feature 1 \(id\).*Integral, Fractional, String/],
    [
      'an unknown identifier',
      ['--schema-file', 'schema.json', '--record-identifier-name', 'key'],
      /no feature key for the record identifier/,
    ],
    ['no store', ['--schema-file', 'schema.json', '--no-online-store'], /needs an online store/],
    [
      'an offline store without a role',
      ['--schema-file', 'schema.json', '--s3-uri', 's3://bucket/p'],
      /--execution-role-arn/,
    ],
    ['an offline store without a place', ['--schema-file', 'schema.json', '--offline-store'], /--s3-uri/],
    ['a bad duration', ['--schema-file', 'schema.json', '--ttl', '30'], /such as 30d/],
  ])('%s is wrong usage', async (_what, argv, words) => {
    const { run } = await storeWith({
      'schema.json': SCHEMA,
      'broken.json': '[',
      'wrong.json': '[{"FeatureName": "id", "FeatureType": "Int"}]',
    });
    const { code, stdout, stderr } = await run(['create', 'new', ...argv]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
  });

  it('names the features that there are, and the one that was meant', async () => {
    const more = (most: number) => Array.from({ length: most }, (_, index) => `f${index}`);
    const { run } = await storeWith({
      'ten.csv': `Customer-ID,event_time,${more(8).join(',')}\n`.concat(
        `7,2026-01-01T00:00:00Z,${more(8).join(',')}\n`,
      ),
      'many.csv': `Customer-ID,event_time,${more(11).join(',')}\n`.concat(
        `7,2026-01-01T00:00:00Z,${more(11).join(',')}\n`,
      ),
    });
    const told = async (file: string) =>
      (await run(['create', 'new', '--infer', file, '--record-identifier-name', 'customer_id'])).stderr;
    expect(await told('ten.csv')).toContain(
      `There is no feature customer_id for the record identifier: pass --record-identifier-name (the schema has Customer-ID, event_time, ${more(8).join(', ')}). Did you mean Customer-ID?`,
    );
    expect(await told('many.csv')).toContain('f7 and 3 more). Did you mean Customer-ID?');
  });

  it('does not call a name taken that it may have taken itself, where the first answer was lost', async () => {
    const { run, dir, wire } = await watchedStore();
    await writeFile(join(dir, 'schema.json'), SCHEMA);
    const create = () => run(['create', 'new', '--schema-file', 'schema.json']);
    wire.answer = ({ operation }) =>
      operation === 'CreateFeatureGroup' && wire.count(operation) === 1 ? 0 : undefined;
    const { code, stderr } = await create();
    expect({ code, calls: wire.count('CreateFeatureGroup') }).toEqual({ code: 1, calls: 2 });
    expect(stderr).toContain('most likely created by this command');
    expect((await create()).stderr).toContain('new already exists, and is Created');
  });
});
