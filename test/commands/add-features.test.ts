import { describe, expect, it } from 'vitest';
import { watchedStore } from '../support/watched-store.js';
import { OFFLINE_STORE, storeWithGroups } from '../support/sample-groups.js';

type Schema = { FeatureDefinitions: { FeatureName: string }[] };

describe('add-features', () => {
  it('adds what is new, skips what is there, and waits until records may have it', async () => {
    const { run, create, json } = await storeWithGroups();
    await create('customers', ...OFFLINE_STORE);
    const added = await run([
      'add-features',
      'customers',
      '-f',
      'zip:String',
      '-f',
      'age:integral',
      '-f',
      'Tall:Fractional',
    ]);
    expect(added).toMatchObject({ code: 0, stdout: 'zip\nTall\n' });
    expect(added.stderr).toContain('Already in customers: age.');
    const record = { id: '1', event_time: '2026-01-01T00:00:00Z', zip: '007', Tall: '1.5' };
    expect((await run(['put', 'customers', '--record', JSON.stringify(record)])).code).toBe(0);
    expect(await json('get', 'customers', '1')).toEqual(record);
    // The table that Athena reads has the new columns too.
    await create('copy');
    expect((await run(['migrate', 'customers', 'copy', '--drop-extra'])).code).toBe(0);
    const again = await run(['add-features', 'customers', '-f', 'zip:String']);
    expect(again).toMatchObject({ code: 0, stdout: '' });
  });

  it('takes a schema file, more features than one call does, and collections of an InMemory group', async () => {
    const { run, create, json, write } = await storeWithGroups();
    await create('customers');
    const many = Array.from({ length: 230 }, (_, n) => ({
      FeatureName: `f${n}`,
      FeatureType: 'String',
      Description: 'x',
    }));
    await write('more.json', JSON.stringify(many));
    expect((await run(['add-features', 'customers', 'more.json'])).code).toBe(0);
    expect((await json<Schema>('schema', 'customers', '-o', 'json')).FeatureDefinitions).toHaveLength(235);
    await create('vectors', '--storage-type', 'InMemory');
    const flags = ['-f', 'tags:String:list', '-f', 'codes:Integral:Set', '-f', 'v:Fractional:vector:3'];
    expect((await run(['add-features', 'vectors', ...flags])).stdout).toBe('tags\ncodes\nv\n');
    expect((await json<Schema>('schema', 'vectors', '-o', 'json')).FeatureDefinitions.slice(-3)).toEqual([
      { FeatureName: 'tags', FeatureType: 'String', CollectionType: 'List' },
      { FeatureName: 'codes', FeatureType: 'Integral', CollectionType: 'Set' },
      {
        FeatureName: 'v',
        FeatureType: 'Fractional',
        CollectionType: 'Vector',
        CollectionConfig: { VectorConfig: { Dimension: 3 } },
      },
    ]);
  });

  it('knows its own addition where the first answer was lost, and no other', async () => {
    const { run, create, wire } = await watchedStore();
    await create('shop');
    const add = (feature: string) => run(['add-features', 'shop', '-f', feature]);
    let lost = 0;
    wire.answer = ({ operation }) => (operation === 'UpdateFeatureGroup' && ++lost === 1 ? 0 : undefined);
    const added = await add('zip:String');
    expect(added, added.stderr).toMatchObject({ code: 0, stdout: 'zip\n' });
    expect(wire.count('UpdateFeatureGroup')).toBe(2);
    // Another program adds the same name with another type, behind a first attempt that never arrives.
    let refused = 0;
    wire.answer = ({ operation }) => {
      if (operation !== 'UpdateFeatureGroup' || ++refused > 1) return undefined;
      return Response.json({ message: 'busy' }, { status: 503 });
    };
    wire.alter = ({ operation }, answer) =>
      operation === 'DescribeFeatureGroup' && refused === 0
        ? { ...answer, FeatureDefinitions: (answer.FeatureDefinitions as object[]).slice(0, -1) }
        : answer;
    const other = await add('zip:Integral');
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toContain('is there twice');
  });

  it('prints the requests under --dry-run, and sends none', async () => {
    const { create, json } = await storeWithGroups();
    await create('customers');
    expect(await json('add-features', 'customers', '-f', 'zip:String', '-f', 'age:Integral', '--dry-run')).toEqual([
      { FeatureGroupName: 'customers', FeatureAdditions: [{ FeatureName: 'zip', FeatureType: 'String' }] },
    ]);
    expect((await json<Schema>('schema', 'customers', '-o', 'json')).FeatureDefinitions).toHaveLength(5);
  });

  it.each([
    [['-f', 'age:String'], 2, /has a feature age of type Integral, not String/],
    [['-f', 'AGE:Integral'], 2, /age and AGE differ in case alone/],
    [['-f', 'zip:String', '-f', 'zip:String'], 2, /zip is named twice/],
    [['-f', 'Ship Mode:String'], 2, /Ship-Mode would do/],
    [['-f', 'Is_Deleted:String'], 2, /is reserved/],
    [['-f', 'tags:String:list'], 2, /only InMemory groups take collections/],
    [['-f', 'zip'], 2, /the type is missing/],
    [['-f', 'zip:Int'], 2, /there is no type Int/],
    [['-f', 'v:String:vector:3'], 2, /elements of a vector are Fractional/],
    [['-f', 'v:Fractional:vector:0'], 2, /1 to 8192 elements/],
    [[], 2, /either FILE or -f/],
    [['nope.json'], 2, /nope\.json does not exist/],
  ])('refuses %j', async (argv, code, words) => {
    const { run, create } = await storeWithGroups();
    await create('customers');
    const ran = await run(['add-features', 'customers', ...argv]);
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: '' });
    expect(ran.stderr).toMatch(words);
  });

  it('says exit 3 for a group that is not there', async () => {
    const { run } = await storeWithGroups();
    expect((await run(['add-features', 'nobody', '-f', 'zip:String'])).code).toBe(3);
  });
});
