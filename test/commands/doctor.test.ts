import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { ROUTED_ACTIONS } from '../support/actions.js';
import { definitions } from '../support/groups.js';
import { run } from '../support/run.js';
import { watchedStore } from '../support/watched-store.js';

interface Finding {
  check: string;
  verdict: string;
  found: string;
}
interface Policy {
  Statement: { Sid: string; Action: string[]; Resource: string | string[] }[];
}

/** What no call can tell, or the embedded store does not have. */
const UNTOLD = [
  's3:ListBucketMultipartUploads',
  's3:ListMultipartUploadParts',
  'iam:PassRole',
  'sagemaker:DeleteFeatureGroup',
  'glue:GetPartitions',
  'glue:UpdateTable',
];
const OUTPUT = ['--athena-output', 's3://results/athena/'];

const COMMANDS: [command: string, groups: string[], argv: string[]][] = [
  ['list', [], []],
  ['get', ['both'], ['1']],
  ['put', ['both'], ['--record', '{"id":"9","at":"2026-01-01T00:00:00Z"}']],
  ['delete-record', ['both'], ['9', '--force']],
  ['schema', ['both'], []],
  ['add-features', ['both'], ['-f', 'zip:String']],
  [
    'update',
    ['both'],
    ['--ttl', '30d', '--tags', 'a=b', '--remove-tags', 'a', '--feature-description', 'stock=pieces'],
  ],
  ['bulk-get', ['both'], ['ids.csv']],
  ['bulk-put', ['both'], ['rows.csv']],
  ['export', ['history'], ['-', ...OUTPUT]],
  ['export', ['online'], ['-']],
  ['migrate', ['history', 'both'], OUTPUT],
  ['migrate', ['online', 'both'], []],
  ['compare', ['iceberg'], OUTPUT],
  ['analyze', ['history'], OUTPUT],
  ['analyze', ['online'], []],
  ['compare', ['online', 'history'], OUTPUT],
  ['clear', ['both'], ['--force']],
  ['clear', ['iceberg'], ['--force', ...OUTPUT]],
  ['delete', ['history'], ['--force', '--delete-data']],
];

async function storeOfAllKinds() {
  const store = await watchedStore();
  await store.create('both');
  await store.create('online', { OfflineStoreConfig: undefined });
  await store.create('history', { OnlineStoreConfig: undefined });
  const { OfflineStoreConfig } = {
    OfflineStoreConfig: { S3StorageConfig: { S3Uri: 's3://features/store' }, TableFormat: 'Iceberg' as const },
  };
  await store.create('iceberg', { OfflineStoreConfig });
  for (const name of ['both', 'online', 'history', 'iceberg'])
    await store.put(
      name,
      ['1', '2'].map((id) => ({ id, at: '2026-01-01T00:00:00Z', name: 'x' })),
    );
  await store.s3.send(new CreateBucketCommand({ Bucket: 'results' }));
  await writeFile(join(store.dir, 'ids.csv'), 'id\n1\n2\n');
  await writeFile(join(store.dir, 'rows.csv'), 'id,at,name\n3,2026-01-02T00:00:00Z,y\n');
  const policy = async (command: string, groups: string[]) => {
    const { stdout } = await store.run(['doctor', command, ...groups, '--policy', ...OUTPUT]);
    return (JSON.parse(stdout) as Policy).Statement;
  };
  return { ...store, policy };
}

describe('doctor', () => {
  it('says who is calling, from where, and what can be reached', async () => {
    const { run } = await storeOfAllKinds();
    const { code, stdout } = await run(['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ version .*Node/m);
    expect(stdout).toMatch(/^✓ region +us-east-1 \(from --region\)/m);
    expect(stdout).toMatch(/^✓ caller +arn:aws:sts::000000000000/m);
    expect(stdout).toMatch(/^✓ clock +\d s from that of AWS/m);
    const narrow = (await run(['doctor'], { terminal: { columns: 50 } })).stdout;
    expect(narrow).toMatch(/^✓ caller\n {4}arn:aws:sts::\S+\n {4}\(/m);
  });

  it('tells one cause once, whatever it fails, and the rest of the findings with it', async () => {
    for (const command of [[], ['bulk-put', 'both']]) {
      const { code, stdout } = await run(['doctor', ...command], { env: { AWS_CONFIG_FILE: '/dev/null' } });
      expect(code).toBe(1);
      expect(stdout.match(/--region/g)).toHaveLength(1);
      expect(stdout).toMatch(/^✗ caller +fails for the same reason as region$/m);
      expect(stdout).toMatch(/^✗ control plane +fails for the same reason as region$/m);
      expect(stdout.includes('? actions')).toBe(command.length > 0);
    }
  });

  it('says which store is meant, and which variable wins', async () => {
    const { dir } = await storeOfAllKinds();
    const server = 'http://127.0.0.1:9';
    const store = async (env: Record<string, string>, ...argv: string[]) => {
      const { stdout } = await run(['doctor', '-o', 'json', ...argv], { cwd: dir, env });
      const findings = JSON.parse(stdout) as Finding[];
      return findings.filter(({ check }) => ['store', 'endpoint'].includes(check)).map(({ found }) => found);
    };
    const keys = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const folder = join(dir, '.sagemaker-fs/local');
    const both = { ...keys, SAGEMAKER_FS_LOCAL: '1', AWS_ENDPOINT_URL: server };
    expect(await store(both)).toEqual([
      `the embedded store in ${folder} (by SAGEMAKER_FS_LOCAL, which wins over AWS_ENDPOINT_URL=${server})`,
    ]);
    expect(await store(both, '--local')).toEqual([`the embedded store in ${folder}`]);
    expect(await store({ ...keys, AWS_ENDPOINT_URL: server })).toEqual([server]);
    const apart = { AWS_ENDPOINT_URL: server, AWS_ENDPOINT_URL_SAGEMAKER_FEATURESTORE_RUNTIME: `${server}9` };
    expect(await store({ ...keys, ...apart })).toEqual([`${server}, records at ${server}9`]);
    const { stdout } = await run(['doctor'], { cwd: dir, env: both });
    expect(stdout).toMatch(/^✓ caller[^]*\(credentials from the embedded\s+store\)/m);
  });

  it('what destroys says it too', async () => {
    const { dir } = await storeOfAllKinds();
    const env = { SAGEMAKER_FS_LOCAL: '1', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
    const local = (...argv: string[]) => run(argv, { cwd: dir, env });
    await writeFile(join(dir, 'schema.json'), JSON.stringify(definitions('id:String, at:String')));
    const roles = ['--record-identifier-name', 'id', '--event-time-feature-name', 'at'];
    expect((await local('create', 'mine', '--schema-file', 'schema.json', ...roles, '--online-store')).code).toBe(0);
    for (const argv of [
      ['clear', 'mine'],
      ['delete', 'mine'],
      ['delete-record', 'mine', '1'],
    ]) {
      const { code, stderr } = await local(...argv);
      expect(code).toBe(6);
      expect(stderr.replace(/\s+/g, ' ')).toContain(
        'SAGEMAKER_FS_LOCAL, which wins over AWS_ENDPOINT_URL=http://127.0.0.1:9)',
      );
    }
  });

  it('makes a finding of what cannot be reached', async () => {
    await storeOfAllKinds();
    const { code, stdout } = await run(['doctor', '--endpoint-url', 'http://127.0.0.1:9', '--region', 'us-east-1']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ caller +127\.0\.0\.1:9 refused/m);
    expect(stdout).toMatch(/^✗ control plane +fails for the same reason as caller$/m);
  });

  it('names exactly the action that is denied, and changes nothing in asking', async () => {
    const { run, policy, local, wire } = await storeOfAllKinds();
    const asked = new Set(UNTOLD);
    for (const [command, groups] of COMMANDS) {
      const actions = new Set((await policy(command, groups)).flatMap(({ Action }) => Action));
      for (const action of [...actions].filter((each) => !asked.has(each))) {
        asked.add(action);
        local.faults.deny = [action];
        const { code, stdout } = await run(['doctor', command, ...groups, '-o', 'json', ...OUTPUT]);
        local.faults.deny = [];
        const failed = (JSON.parse(stdout || '[]') as Finding[]).filter(({ verdict }) => verdict === 'failed');
        const named = new Set(failed.map(({ check }) => check).filter((check) => check.includes(':')));
        expect({ command, action, code, named: [...named] }).toEqual({ command, action, code: 1, named: [action] });
      }
    }
    const kept = await run(['bulk-get', 'both', 'ids.csv']);
    expect(JSON.parse(kept.stdout)).toHaveLength(2);
    expect(wire.requests.length).toBeGreaterThan(100);
    expect(asked.size).toBeGreaterThan(25);
  });

  it('proves nothing of a group that nobody named', async () => {
    const { run } = await storeOfAllKinds();
    for (const argv of [['bulk-put'], ['migrate', 'both'], ['export'], ['clear']]) {
      const { code, stdout } = await run(['doctor', ...argv, '-o', 'json', ...OUTPUT]);
      expect(code).toBe(0);
      const open = (JSON.parse(stdout) as Finding[]).filter(({ found }) => /(?:feature-group|table)\/\*/.test(found));
      expect(open.length).toBeGreaterThan(2);
      for (const finding of open)
        expect({ argv, ...finding }).toMatchObject({
          verdict: 'unknown',
          found: expect.stringMatching(/: (?:no group named;|this endpoint)/),
        });
    }
    const { stdout } = await run(['doctor', 'migrate', 'both', '-o', 'json', ...OUTPUT]);
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ verdict: 'ok', found: expect.stringMatching(/feature-group\/both$/) }),
    );
  });

  it('prints a policy that is enough for the command, and no more', async () => {
    const { run, policy, local } = await storeOfAllKinds();
    for (const [command, groups, argv] of COMMANDS) {
      const allowed = new Set((await policy(command, groups)).flatMap(({ Action }) => Action));
      local.faults.deny = ROUTED_ACTIONS.filter((action) => !allowed.has(action));
      const ran = await run([command, ...groups, ...argv]);
      local.faults.deny = [];
      expect({ command, groups, code: ran.code, stderr: ran.stderr }).toMatchObject({ command, groups, code: 0 });
      expect(ran.stderr).not.toMatch(/not allowed|not available|cannot be (listed|described)/);
    }
  });

  it('says of a statement by its Sid that only an option needs it, and it is not needed without', async () => {
    const { run, policy, local } = await storeOfAllKinds();
    for (const [command, groups, argv, sids] of [
      ['delete', ['both', 'history'], ['--force'], /^(AllFeatureGroups|Offline\w+|Table)OnlyForDeleteData$/],
      ['update', ['online'], ['--ttl', '30d'], /^FeatureGroupOnlyFor\w*(FeatureDescription|Tags|RemoveTags)\w*$/],
    ] as const) {
      const statements = await policy(command, [...groups]);
      const labelled = statements.filter(({ Sid }) => Sid.includes('OnlyFor'));
      expect(labelled.length).toBeGreaterThan(2);
      for (const { Sid } of labelled) expect(Sid).toMatch(sids);
      const allowed = new Set(statements.filter((each) => !labelled.includes(each)).flatMap(({ Action }) => Action));
      const asked = await run(['doctor', command, ...groups, '-o', 'json']);
      expect(asked.stdout).toMatch(/, for --(?:delete-data|tags) alone"/);
      local.faults.deny = ROUTED_ACTIONS.filter((action) => !allowed.has(action));
      const ran = await run([command, ...groups, ...argv]);
      local.faults.deny = [];
      expect({ command, code: ran.code, stderr: ran.stderr }).toMatchObject({ command, code: 0 });
    }
  });

  it('says where a policy is wider than it has to be', async () => {
    const { run } = await storeOfAllKinds();
    const wide = await run(['doctor', 'migrate', 'history', 'both', '--policy']);
    expect(wide.stderr).toContain('name it with --athena-output');
    expect(wide.stdout).toMatch(/"AnyAthenaResultObjects"[^}]*"arn:aws:s3:::\*\/\*"/);
    const narrow = await run(['doctor', 'migrate', 'history', 'both', '--policy', ...OUTPUT]);
    expect(narrow.stderr).toBe('');
    expect(narrow.stdout).toMatch(/"AthenaResultObjects"[^}]*"arn:aws:s3:::results\/athena\/\*"/);
  });

  it('takes the place of results from the environment, where that names one', async () => {
    const { run } = await storeOfAllKinds();
    const policyWith = async (place: string) => {
      const { stdout } = await run(['doctor', 'analyze', 'history', '--policy'], {
        env: { SAGEMAKER_FS_ATHENA_OUTPUT: place },
      });
      return stdout;
    };
    expect(await policyWith('s3://results/athena/')).toContain('"arn:aws:s3:::results/athena/*"');
    // Empty, it says nothing: any bucket, as without it.
    const { stdout: without } = await run(['doctor', 'analyze', 'history', '--policy']);
    expect(await policyWith('')).toBe(without);
  });

  it('refuses a policy for nothing and a command that is not there', async () => {
    const { run } = await storeOfAllKinds();
    expect(await run(['doctor', '--policy'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--policy needs a command'),
    });
    expect((await run(['doctor', 'fly'])).code).toBe(2);
    expect((await run(['doctor', 'get', 'nobody'])).code).toBe(3);
  });

  it('takes the name of a group that is not there yet for create', async () => {
    const { run, policy, local } = await storeOfAllKinds();
    const arn = 'arn:aws:sagemaker:us-east-1:000000000000:feature-group/new';
    const [group] = await policy('create', ['new']);
    expect(group!.Resource).toEqual([arn]);
    const asked = await run(['doctor', 'create', 'new']);
    expect(asked, asked.stderr).toMatchObject({ code: 0 });
    expect(asked.stdout).toContain(`✓ sagemaker:CreateFeatureGroup   on ${arn}\n`);
    expect(asked.stdout).toContain(`✓ sagemaker:DescribeFeatureGroup on ${arn}\n`);
    expect((await run(['get', 'new', '1'])).code).toBe(3);
    local.faults.deny = ['sagemaker:CreateFeatureGroup'];
    const denied = await run(['doctor', 'create', 'new']);
    expect(denied.code).toBe(1);
    expect(denied.stdout).toContain(`✗ sagemaker:CreateFeatureGroup   denied on ${arn}\n`);
  });
});
