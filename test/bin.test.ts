/** The real process: exit codes, streams, signals. `npm test` builds it first. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { run, temporaryFolder } from './support/run.js';
import { answerJson, openScriptedServer } from './support/scripted-server.js';

const BIN = join(import.meta.dirname, '..', 'bin', 'sagemaker-fs.js');
const NO_AWS = {
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/nonexistent',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
};
const KEYS = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };

function cleanEnv(more: Record<string, string>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|SAGEMAKER_FS_)/.test(name));
  return { ...Object.fromEntries(kept), ...NO_AWS, ...more };
}

function bin(argv: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...argv], {
    encoding: 'utf8',
    env: cleanEnv(env),
  });
  return { code: status, stdout, stderr };
}

describe('the process', () => {
  it('says how to set a region when there is none, exit 2', () => {
    const { code, stdout, stderr } = bin(['list'], KEYS);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'sagemaker-fs: No AWS region is set: pass --region NAME, set AWS_REGION, or add a region to your profile.\n',
    );
  });

  it('says how to get credentials when there are none, exit 2', () => {
    const { code, stderr } = bin(['list', '--region', 'eu-west-1']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^sagemaker-fs: No AWS credentials were found: .*--local\.\n$/);
  });

  it('says that a profile is unknown, exit 2', () => {
    const { code, stderr } = bin(['list', '--region', 'eu-west-1', '--profile', 'nobody']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^sagemaker-fs: .*nobody.*\n$/);
  });

  it('says that an endpoint refuses connections, exit 1', () => {
    // Nobody listens there, and no port that was free just now stays so.
    const { code, stderr } = bin(['list', '--region', 'eu-west-1', '--endpoint-url', 'http://127.0.0.1:1'], KEYS);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'sagemaker-fs: 127.0.0.1:1 refused the connection: check --endpoint-url, the region and the network.\n',
    );
  });

  it.each([
    ['list', ['list', '-o', 'csv', '--local']],
    ['help', ['bulk-put', '--help']],
  ])('ends well when the reader of its output goes away (%s)', async (_what, argv) => {
    const dir = await temporaryFolder();
    const child = spawn(process.execPath, [BIN, ...argv, '--local-dir', dir], {
      env: cleanEnv({}),
    });
    child.stdout.destroy();
    const stderr: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, stderr: Buffer.concat(stderr).toString() }).toEqual({ code: 0, stderr: '' });
  });
});

describe('list', () => {
  it('describes many groups at once without a word of warning from Node', async () => {
    const local = ['--local', '--local-dir', await temporaryFolder()];
    const schema = join(import.meta.dirname, 'support', 'schema.json');
    for (let number = 0; number < 20; number += 1)
      await run(['create', `group-${number}`, '--schema-file', schema, ...local]);
    const { code, stdout, stderr } = bin(['list', '-o', 'jsonl', ...local]);
    expect({ code, stderr, groups: stdout.trim().split('\n').length }).toEqual({ code: 0, stderr: '', groups: 20 });
  });
});

describe('local serve', () => {
  it.each([['SIGINT'], ['SIGTERM'], ['SIGHUP']] as const)(
    'prints its settings, answers, and on %s ends with everything on disk',
    async (signal) => {
      const dir = await temporaryFolder();
      const env: Record<string, string> = {};
      const server = spawn(
        process.execPath,
        [BIN, 'local', 'serve', '--port', '0', '--region', 'eu-west-1', '--local-dir', join(dir, 'store')],
        { env: cleanEnv({}) },
      );
      for await (const line of createInterface({ input: server.stdout })) {
        const [, name = '', value = ''] = /^export (\w+)=(\S+)$/.exec(line) ?? [];
        env[name] = value;
        if (name === 'AWS_DEFAULT_REGION') break;
      }
      expect(env.AWS_REGION).toBe('eu-west-1');
      expect(env.AWS_ENDPOINT_URL).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      const schema = join(import.meta.dirname, 'support', 'schema.json');
      expect(bin(['create', 'people', '--schema-file', schema], env)).toMatchObject({ code: 0 });
      expect(bin(['put', 'people', '--record', '{"id": "1"}'], env)).toMatchObject({ code: 0 });
      const ended = once(server, 'exit');
      server.kill(signal);
      // From the terminal, and at any time once more from its shell.
      const again = signal === 'SIGHUP' ? setInterval(() => server.kill(signal), 1) : undefined;
      expect(await ended).toEqual([0, null]);
      clearInterval(again);
      const { code, stdout } = bin(['get', 'people', '1', '--region', 'eu-west-1', '--local-dir', join(dir, 'store')]);
      expect({ code, record: JSON.parse(stdout) as unknown }).toMatchObject({ code: 0, record: { id: '1' } });
    },
  );
});

describe('the bundle', () => {
  it('loads no SDK, DuckDB or lmdb for --help', () => {
    const { status, stderr } = spawnSync(process.execPath, [BIN, '--help'], {
      encoding: 'utf8',
      env: cleanEnv({ NODE_DEBUG: 'module,esm' }),
    });
    expect(status).toBe(0);
    expect(stderr).not.toMatch(/node_modules[\\/](lmdb|@duckdb)/);
    const files = importedBy(join(import.meta.dirname, '..', 'dist', 'cli.js'));
    for (const file of files) expect(readFileSync(file, 'utf8')).not.toMatch(/from"(lmdb|@duckdb\/node-api)"/);
    // Each costs a third of a millisecond. What only a command needs, clients and words of errors too, comes with it.
    expect(files.size).toBeLessThanOrEqual(9);
  });

  function importedBy(file: string, all = new Set<string>()): Set<string> {
    if (all.has(file)) return all;
    all.add(file);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import)"(\.[^"]+)"/g))
      importedBy(join(dirname(file), path!), all);
    return all;
  }
});

describe('a run that ends with an error', () => {
  it('sends nothing more and does not wait for what is silent', async () => {
    const group = {
      FeatureGroupArn: 'arn:aws:sagemaker:eu-west-1:000000000000:feature-group/shop',
      FeatureGroupName: 'shop',
      RecordIdentifierFeatureName: 'id',
      EventTimeFeatureName: 'at',
      FeatureDefinitions: ['id', 'at'].map((FeatureName) => ({ FeatureName, FeatureType: 'String' })),
      CreationTime: 1767225600,
      FeatureGroupStatus: 'Created',
      OnlineStoreConfig: { EnableOnlineStore: true },
    };
    const server = await openScriptedServer(({ headers, target }, response) => {
      if (headers['x-amz-target']) return answerJson(response, 200, group);
      const writes = server.received.filter((each) => each.target === target).length;
      // The fourth call fails for good; to the others there is never an answer.
      const refuse = () =>
        answerJson(response, 403, { message: 'expired' }, { 'x-amzn-errortype': 'ExpiredTokenException' });
      if (writes === 4) refuse();
    });
    const dir = await temporaryFolder();
    const rows = Array.from({ length: 2000 }, (_, id) =>
      JSON.stringify({ id: String(id), at: '2026-01-01T00:00:00Z' }),
    );
    writeFileSync(join(dir, 'rows.jsonl'), rows.join('\n'));
    const endpoint = ['--region', 'eu-west-1', '--endpoint-url', `http://127.0.0.1:${server.port}`];
    const child = spawn(process.execPath, [BIN, 'bulk-put', 'shop', 'rows.jsonl', ...endpoint], {
      cwd: dir,
      env: cleanEnv(KEYS),
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    const sent = server.received.map(({ target }) => target);
    await server.close();
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('ExpiredTokenException');
    expect(sent.filter((target) => target === '/BatchWriteRecord')).toHaveLength(4);
  });
});
