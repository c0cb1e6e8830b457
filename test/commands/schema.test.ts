import { CreateFeatureGroupCommand } from '@aws-sdk/client-sagemaker';
import { describe, expect, it } from 'vitest';
import { pasted } from '../support/console.js';
import { OFFLINE_STORE, storeWithGroups } from '../support/sample-groups.js';

describe('schema', () => {
  it('shows features with their roles and columns', async () => {
    const { run, create } = await storeWithGroups();
    await create('customers', ...OFFLINE_STORE);
    const { code, stdout } = await run(['schema', 'customers']);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'FeatureName  FeatureType  Collection  Role               Column',
      'id           String       -           record identifier  id',
      'event_time   String       -           event time         event_time',
    ]);
  });

  it('prints a schema file from which create makes the same group again', async () => {
    const { run, create, json, write } = await storeWithGroups();
    await create('customers');
    const { stdout } = await run(['schema', 'customers', '-o', 'json']);
    await write('copy.json', stdout);
    expect((await run(['create', 'copy', '--schema-file', 'copy.json'])).code).toBe(0);
    const copy = await json<{ FeatureDefinitions: unknown }>('schema', 'copy', '-o', 'json');
    expect({ ...copy, FeatureGroupName: 'customers' }).toEqual(JSON.parse(stdout));
  });

  it('compares two groups as a migration would, exit 7 where they differ', async () => {
    const { run, create, json } = await storeWithGroups();
    await create('a');
    await create('b');
    expect(await run(['schema', 'a', 'b'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('= age (Integral)'),
    });
    await run(['add-features', 'b', '-f', 'zip:String']);
    const differ = await run(['schema', 'a', 'b']);
    expect(differ).toMatchObject({ code: 7, stderr: expect.stringContaining('The schemas of a and b differ') });
    expect(differ.stdout).toContain('+ zip (String), only in the target: left unset');
    expect((await run(['schema', 'b', 'a'])).stdout).toContain('--drop zip leaves it behind');
    expect(await json('schema', 'a', 'b', '-o', 'json')).toMatchObject({
      same: false,
      onlyInTarget: ['zip'],
      problems: [],
    });
  });

  it('proposes the --map of a migration where names differ in case, _ and - alone, and applies none', async () => {
    const { run, create, json, write } = await storeWithGroups();
    await create('a');
    const features = { id: 'String', event_time: 'String', Age: 'Integral', city: 'String', 'SCO-RE': 'Fractional' };
    await write(
      'b.json',
      JSON.stringify(Object.entries(features).map(([FeatureName, FeatureType]) => ({ FeatureName, FeatureType }))),
    );
    await run(['create', 'b', '--schema-file', 'b.json']);
    const { code, stdout, stderr } = await run(['schema', 'a', 'b']);
    expect({ code, stdout }).toEqual({ code: 7, stdout: expect.stringContaining('! b has no age, score:') });
    const [, next = ''] =
      /^Only case, _ or - tell age and Age, score and SCO-RE apart\. If they are the same:\n {2}sagemaker-fs (.*)\n$/m.exec(
        stderr,
      ) ?? [];
    expect(next).toMatch(/^migrate a b --map age=Age --map score=SCO-RE --dry-run /);
    const migrated = await run(pasted(next));
    expect(migrated.code, migrated.stderr).toBe(0);
    expect(await json('schema', 'a', 'b', '-o', 'json')).toMatchObject({ alike: { age: 'Age', score: 'SCO-RE' } });
    // Where nothing is alike, nothing is proposed.
    await run(['add-features', 'a', '-f', 'zip:String']);
    expect((await run(['schema', 'b', 'a'])).stderr).toContain('Age and age');
    await create('c');
    expect((await run(['schema', 'a', 'c'])).stderr).toBe('sagemaker-fs: The schemas of a and c differ.\n');
  });

  it('prints what CloudFormation, Terraform and Hive take', async () => {
    const { run, create, json } = await storeWithGroups();
    await create('my-group', '--ttl', '30d', ...OFFLINE_STORE);
    const template = await json<{ Resources: Record<string, { Type: string; Properties: object }> }>(
      ...['schema', 'my-group', '--format', 'cloudformation'],
    );
    const { Type, Properties } = template.Resources.MyGroup!;
    expect(Type).toBe('AWS::SageMaker::FeatureGroup');
    // CloudFormation's properties are those of CreateFeatureGroup.
    expect(new CreateFeatureGroupCommand(Properties as never).input).toMatchObject({
      FeatureGroupName: 'my-group',
      OnlineStoreConfig: { EnableOnlineStore: true, TtlDuration: { Unit: 'Days', Value: 30 } },
      OfflineStoreConfig: { S3StorageConfig: { S3Uri: 's3://bucket/features' }, TableFormat: 'Glue' },
    });
    expect(JSON.stringify(Properties)).not.toContain('ResolvedOutputS3Uri');
    const terraform = (await run(['schema', 'my-group', '--format', 'terraform'])).stdout;
    expect(terraform).toContain('resource "aws_sagemaker_feature_group" "my_group" {\n  feature_group_name ');
    expect(terraform).toContain('    ttl_duration {\n      unit  = "Days"\n      value = 30\n    }');
    const hive = (await run(['schema', 'my-group', '--format', 'hive'])).stdout;
    expect(hive).toMatch(/CREATE EXTERNAL TABLE `sagemaker_featurestore`\.`my_group_\d+` \(\n {2}`id` string,/);
    expect(hive).toMatch(
      /`is_deleted` boolean\n\)\nSTORED AS PARQUET\nLOCATION 's3:\/\/bucket\/features\/.*\/data'\n$/,
    );
  });

  it('guesses the features of a file, and has a template to start from', async () => {
    const { run, write, json } = await storeWithGroups();
    await write('rows.csv', 'id,event_time,age\na,2026-01-01T00:00:00Z,31\n');
    expect((await run(['schema', '--infer', 'rows.csv'])).stdout).toMatch(/^age +Integral/m);
    expect(await json('schema', '--infer', 'rows.csv', '-o', 'json')).toMatchObject({
      FeatureDefinitions: [{ FeatureName: 'id' }, { FeatureName: 'event_time' }, { FeatureType: 'Integral' }],
    });
    await write('semicolon.csv', 'id;age\na;31\nb\n');
    expect((await run(['schema', '--infer', 'semicolon.csv', '--delimiter', ';'])).stderr).toMatch(
      /semicolon\.csv, line 3: The row has 1 cell where the header has 2\.$/m,
    );
    await write('new.json', (await run(['schema', '--template'])).stdout);
    expect((await run(['create', 'new', '--schema-file', 'new.json'])).code).toBe(0);
  });

  it.each([
    [[], /Say whose schema/],
    [['a', '--infer', 'x.csv'], /GROUP and --infer cannot be used together/],
    [['--infer', 'x.csv', '--format', 'hive'], /--format describes a feature group/],
    [['a', 'b', '--format', 'hive'], /two are named/],
    [['online', '--format', 'hive'], /has no offline store/],
  ])('refuses %j', async (argv, words) => {
    const { run, create } = await storeWithGroups();
    await create('online');
    const { code, stdout, stderr } = await run(['schema', ...argv]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
  });
});
