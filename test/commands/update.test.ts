import { describe, expect, it } from 'vitest';
import { typed } from '../support/run.js';
import { storeWithGroups } from '../support/sample-groups.js';

type Row = { TTL: string | null; StorageType: string };

describe('update', () => {
  it('sets and removes the time to live', async () => {
    const { run, create, json } = await storeWithGroups();
    await create('customers');
    expect((await run(['update', 'customers', '--ttl', '90d'])).code).toBe(0);
    expect((await json<Row[]>('list', '-o', 'json'))[0]!.TTL).toBe(7_776_000);
    expect((await run(['update', 'customers', '--no-ttl'])).code).toBe(0);
    expect((await json<Row[]>('list', '-o', 'json'))[0]!.TTL).toBeNull();
  });

  it('sends each change in a call of its own, and none under --dry-run', async () => {
    const { run, create, json } = await storeWithGroups();
    await create('customers');
    const argv = [
      ...['update', 'customers', '--ttl', '2h', '--throughput-mode', 'Provisioned'],
      ...[
        '--read-capacity-units',
        '10',
        '--write-capacity-units',
        '5',
        '--tags',
        'team=growth',
        '--remove-tags',
        'a,b',
      ],
      ...['--feature-description', 'age=years = whole', '--feature-parameter', 'age:owner=growth'],
      ...['--feature-parameter', 'age:unit=year', '--remove-feature-parameter', 'city:old'],
    ];
    const requests = await json(...argv, '--dry-run');
    expect(requests).toEqual([
      {
        UpdateFeatureGroup: {
          FeatureGroupName: 'customers',
          OnlineStoreConfig: { TtlDuration: { Unit: 'Hours', Value: 2 } },
        },
      },
      {
        UpdateFeatureGroup: {
          FeatureGroupName: 'customers',
          ThroughputConfig: {
            ThroughputMode: 'Provisioned',
            ProvisionedReadCapacityUnits: 10,
            ProvisionedWriteCapacityUnits: 5,
          },
        },
      },
      {
        UpdateFeatureMetadata: {
          FeatureGroupName: 'customers',
          FeatureName: 'age',
          Description: 'years = whole',
          ParameterAdditions: [
            { Key: 'owner', Value: 'growth' },
            { Key: 'unit', Value: 'year' },
          ],
        },
      },
      { UpdateFeatureMetadata: { FeatureGroupName: 'customers', FeatureName: 'city', ParameterRemovals: ['old'] } },
      {
        AddTags: {
          ResourceArn: expect.stringMatching(/feature-group\/customers$/),
          Tags: [{ Key: 'team', Value: 'growth' }],
        },
      },
      { DeleteTags: { ResourceArn: expect.stringMatching(/feature-group\/customers$/), TagKeys: ['a', 'b'] } },
    ]);
    expect((await json<Row[]>('list', '-o', 'json'))[0]!.TTL).toBeNull();
    expect(await run(argv)).toMatchObject({ code: 0, stderr: 'Updated customers.\n' });
  });

  it('asks before it makes Standard_V2 of Standard, and can then update single features', async () => {
    const { run, create, json } = await storeWithGroups();
    await create('customers');
    const upgrade = ['update', 'customers', '--storage-type', 'Standard_V2'];
    expect(await run(upgrade)).toMatchObject({ code: 6, stderr: expect.stringContaining('no way back') });
    const wrong = await run(upgrade, { terminal: { columns: 80 }, stdin: typed('customer') });
    expect(wrong.code).toBe(6);
    expect((await json<Row[]>('list', '-o', 'json'))[0]!.StorageType).toBe('Standard');
    expect((await run([...upgrade, '--force'])).code).toBe(0);
    expect((await json<Row[]>('list', '-o', 'json'))[0]!.StorageType).toBe('Standard_V2');
    expect((await run([...upgrade, '--force'])).code).toBe(2);
  });

  it.each([
    [[], /Say what to change/],
    [['--read-capacity-units', '5'], /need --throughput-mode Provisioned/],
    [['--throughput-mode', 'Provisioned'], /needs --read-capacity-units/],
    [['--feature-description', 'agee=x'], /no feature agee\. Did you mean age\?/],
    [['--feature-parameter', 'age=x'], /is not feature:key=value/],
    [['--tags', 'x'], /is not key=value/],
  ])('refuses %j', async (argv, words) => {
    const { run, create } = await storeWithGroups();
    await create('customers');
    const { code, stdout, stderr } = await run(['update', 'customers', ...argv]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
  });
});
