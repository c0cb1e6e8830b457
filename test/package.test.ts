/** The package as it is published: the command, its tour, and the embedded store for a test suite of one's own. */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from './support/run.js';

const ROOT = join(import.meta.dirname, '..');
/** What a project that tests against the store has installed besides. */
const INSTALLED = ['lmdb', '@duckdb/node-api', '@aws-sdk/client-sagemaker', '@types/node'];

const EXAMPLE = `
import { SageMakerClient, ListFeatureGroupsCommand } from '@aws-sdk/client-sagemaker';
import { openLocal, type Local } from 'sagemaker-fs/local';

const local: Local = await openLocal({ dir: './store', offlineDelayMs: 0 });
const sagemaker = new SageMakerClient({
  region: 'us-east-1',
  endpoint: 'http://127.0.0.1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  requestHandler: local.requestHandler,
});
const { FeatureGroupSummaries } = await sagemaker.send(new ListFeatureGroupsCommand({}));
await local.close();
console.log(JSON.stringify(FeatureGroupSummaries));
`;

it('has a tour, and an embedded store, with types, for a suite that imports sagemaker-fs/local', async () => {
  const dir = await temporaryFolder();
  const inDir = { cwd: dir, encoding: 'utf8' } as const;
  execFileSync('npm', ['run', '--silent', 'types'], { cwd: ROOT });
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', dir], { cwd: ROOT });
  await mkdir(join(dir, 'node_modules/sagemaker-fs'), { recursive: true });
  execFileSync(
    'tar',
    ['xzf', 'sagemaker-fs-0.1.0.tgz', '--strip-components=1', '-C', 'node_modules/sagemaker-fs'],
    inDir,
  );
  for (const name of INSTALLED) {
    await mkdir(join(dir, 'node_modules', name, '..'), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), join(dir, 'node_modules', name));
  }
  await writeFile(join(dir, 'package.json'), '{"type":"module"}');
  await writeFile(join(dir, 'example.ts'), EXAMPLE);
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const options = '--strict --skipLibCheck --types node --target es2023 --lib es2023 --module nodenext'.split(' ');
  execFileSync(process.execPath, [tsc, 'example.ts', ...options], inDir);
  expect(execFileSync(process.execPath, ['example.js'], inDir)).toBe('[]\n');
  const command = join(dir, 'node_modules/sagemaker-fs/bin/sagemaker-fs.js');
  expect(
    execFileSync(process.execPath, [command, 'list', '--local', '--local-dir', 'store', '-o', 'json'], inDir),
  ).toBe('[]\n');

  // The tour takes all of the flights; a tenth of them shows as well that it comes to its end.
  const sample = join(dir, 'node_modules/sagemaker-fs/dist/sample/flights.json');
  const flights = JSON.parse(await readFile(sample, 'utf8')) as unknown[];
  expect(flights).toHaveLength(20_000);
  await writeFile(sample, JSON.stringify(flights.slice(0, 2000)));
  const tour = execFileSync(process.execPath, [command, 'local', 'demo'], { ...inDir, stdio: 'pipe' });
  expect(tour).toContain('$ sagemaker-fs migrate route-history routes\n');
  expect(tour).toMatch(/\n\nThat was all of it\..*\n$/);
}, 300_000);
