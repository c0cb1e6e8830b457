/** The house: which room may import which, how full a folder may be, how long a file. README.md says where what belongs. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const MOST_FILES_IN_A_FOLDER = 14;
const MOST_LINES = 250;
const MEDIAN_LINES = 90;

/** Each room imports its own files and what stands below it. */
const ORDER = [
  'cli',
  'commands',
  'feature-store/migrate',
  'feature-store/compare',
  'feature-store/export',
  'feature-store/clear',
  'feature-store/analyze',
  'feature-store/bulk',
  'feature-store/offline',
  'feature-store/online',
  'feature-store/schema',
  'feature-store/records',
  'feature-store/access',
  'feature-store/groups',
  'files',
  's3',
  'fast-calls',
  'network',
  'sdk',
  'utils',
  'context',
  'leaves',
];

const ROOM_OF_FILE: Record<string, string> = {
  'cli.ts': 'cli',
  'command-table.ts': 'cli',
  'help.ts': 'cli',
  'run-summary.ts': 'cli',
  'context.ts': 'context',
  'config.ts': 'context',
  'embedded.ts': 'context',
  'output.ts': 'context',
  'errors.ts': 'leaves',
  'describe-error.ts': 'leaves',
  'connection-errors.ts': 'leaves',
  'host.ts': 'leaves',
  'printable.ts': 'leaves',
  'version.ts': 'leaves',
};

/** What a run is given stands at the bottom, for all to name; how it is made reaches up. No circle comes of it. */
const OPENERS = ['config.ts', 'embedded.ts', 'context.ts', 'output.ts'];
const OPENED = ['sdk', 'network', 'fast-calls', 'utils', 'local'];

/** The only files that open the embedded store. */
const LOCAL_GATES = ['embedded.ts', 'commands/tools/local.ts'];

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

interface Source {
  path: string;
  lines: number;
  /** Of values and of types, static and dynamic. */
  imports: string[];
}

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .map(read);

function read(path: string): Source {
  const text = readFileSync(join(SRC, path), 'utf8');
  const imports = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g)].map(([, target]) =>
    relative(SRC, normalize(join(SRC, dirname(path), `${target}.ts`))).replaceAll('\\', '/'),
  );
  return { path, lines: text.split('\n').length - 1, imports };
}

function roomOf(path: string): string {
  if (path in ROOM_OF_FILE) return ROOM_OF_FILE[path]!;
  const [top = '', second = ''] = path.split('/');
  return top === 'feature-store' ? `${top}/${second}` : top;
}

/** The files of each circle, in the order in which they import each other. */
function circles(graph: Map<string, string[]>): string[] {
  const found: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (path: string, trail: string[]) => {
    if (state.get(path) === 'open') found.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    if (state.has(path)) return;
    state.set(path, 'open');
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

describe('the house', () => {
  test('every file is in a room', () => {
    const rooms = [...ORDER, 'local'];
    expect(sources.map(({ path }) => path).filter((path) => !rooms.includes(roomOf(path)))).toEqual([]);
  });

  test('no two files import each other, by whatever way, types included', () => {
    expect(circles(new Map(sources.map(({ path, imports }) => [path, imports])))).toEqual([]);
  });

  test('imports run down the order of the rooms', () => {
    const arrows = sources.flatMap(({ path, imports }) => imports.map((target) => ({ path, target })));
    const up = arrows.filter(({ path, target }) => {
      const [from, to] = [roomOf(path), roomOf(target)];
      if (from === to || target === '../package.json') return false;
      if (from === 'local') return true;
      if (to === 'local') return !LOCAL_GATES.includes(path);
      return ORDER.indexOf(to) < ORDER.indexOf(from) && !(OPENERS.includes(path) && OPENED.includes(to));
    });
    expect(up.map(({ path, target }) => `${path} → ${target}`)).toEqual([]);
  });

  test('commands do not import each other; they share options/ and plans/', () => {
    const isCommand = (path: string) => /^commands\/(?!options\/|plans\/)/.test(path);
    const between = sources
      .filter(({ path }) => path.startsWith('commands/'))
      .flatMap(({ path, imports }) => imports.filter(isCommand).map((target) => `${path} → ${target}`));
    expect(between).toEqual(['commands/tools/local.ts → commands/tools/demo.ts']);
  });

  test('every command lies under its heading of --help', () => {
    const table = readFileSync(join(SRC, 'command-table.ts'), 'utf8');
    const entries = [...table.matchAll(/name: '(.+)',\s+group: '(.+)'/g)].map(
      ([, name, group]) => `commands/${group!.toLowerCase()}/${name}.ts`,
    );
    expect(entries.length).toBeGreaterThan(10);
    expect(entries.filter((path) => !sources.some((source) => source.path === path))).toEqual([]);
  });

  test(`a folder has at most ${MOST_FILES_IN_A_FOLDER} files`, () => {
    const files = new Map<string, number>();
    for (const { path } of sources) files.set(dirname(path), (files.get(dirname(path)) ?? 0) + 1);
    expect([...files].filter(([, count]) => count > MOST_FILES_IN_A_FOLDER)).toEqual([]);
  });

  test(`a file has at most ${MOST_LINES} lines, half of them fewer than ${MEDIAN_LINES}`, () => {
    expect(sources.filter(({ lines }) => lines > MOST_LINES).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
    const lengths = sources.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(lengths[lengths.length >> 1]).toBeLessThan(MEDIAN_LINES);
  });

  test('every file begins with a sentence that says what it is for', () => {
    const silent = sources.filter(({ path }) => !readFileSync(join(SRC, path), 'utf8').startsWith('/**'));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });
});
