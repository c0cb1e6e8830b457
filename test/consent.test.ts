/** Consent on a real terminal: what was typed before the question does not answer it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const BIN = join(import.meta.dirname, '..', 'bin', 'sagemaker-fs.js');
const TERMINAL = join(import.meta.dirname, 'support', 'terminal.py');
const hasTerminal = spawnSync('python3', ['-c', 'import pty']).status === 0;
if (!hasTerminal) console.warn('python3 with its module pty is missing: consent is not tried on a real terminal.');

const ASKED = 'Type shop to continue: ';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

let dir: string;
const local = (...argv: string[]) => [BIN, ...argv, '--local', '--local-dir', join(dir, 'store')];

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sagemaker-fs-'));
  const schema = { id: 'String', event_time: 'String' };
  const definitions = Object.entries(schema).map(([FeatureName, FeatureType]) => ({ FeatureName, FeatureType }));
  writeFileSync(join(dir, 'schema.json'), JSON.stringify(definitions));
  const created = spawnSync(process.execPath, local('create', 'shop', '--schema-file', 'schema.json'), { cwd: dir });
  expect(created.status, String(created.stderr)).toBe(0);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test.skipIf(!hasTerminal).each([
  { what: 'the name, typed at the question', keys: [[ASKED, 'shop\r']], code: 0 },
  {
    what: 'the name, typed before it, then Enter',
    keys: [
      ['', 'shop\r'],
      [ASKED, '\r'],
    ],
    code: 6,
  },
  {
    what: 'the name without Enter before it, then Enter',
    keys: [
      ['', 'shop'],
      [ASKED, '\r'],
    ],
    code: 6,
  },
  {
    what: 'another name before it, then the name',
    keys: [
      ['', 'other'],
      [ASKED, 'shop\r'],
    ],
    code: 0,
  },
  { what: 'Enter', keys: [[ASKED, '\r']], code: 6 },
  { what: 'EOF', keys: [[ASKED, 'EOF\r']], code: 6 },
  { what: 'Ctrl-D', keys: [[ASKED, CTRL_D]], code: 6 },
  { what: 'Ctrl-C', keys: [[ASKED, CTRL_C]], code: 130 },
  { what: 'a terminal that is closed', keys: [[ASKED, null]], code: 129 },
])('$what: exit $code', ({ keys, code }) => {
  const argv = [TERMINAL, JSON.stringify(keys), process.execPath, ...local('clear', 'shop', '--online-only')];
  const { status, stdout, stderr } = spawnSync('python3', argv, { cwd: dir, encoding: 'utf8', timeout: 20_000 });
  expect(status, stdout + stderr).toBe(code);
  expect(stdout.indexOf('clears'), stdout).toBeLessThan(stdout.lastIndexOf(ASKED));
  if (code === 0) expect(stdout).toContain('Cleared shop');
  else expect(stdout).not.toContain('Cleared');
});
