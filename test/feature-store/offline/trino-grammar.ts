/** The Trino grammar of dt-sql-parser; its modules resolve only through a bundler, so esbuild makes one file of them. */
import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface SqlError {
  startLine: number;
  startColumn: number;
  message: string;
}

export interface TrinoGrammar {
  /** Errors of one or more statements; none when they are Trino SQL. */
  validate(sql: string): SqlError[];
  splitSQLByStatement(sql: string): unknown[] | null;
  createLexer(sql: string): { getAllTokens(): { text: string; channel: number }[] };
}

/** Loads the grammar; about half a second. */
export async function loadTrinoGrammar(): Promise<TrinoGrammar> {
  const folder = await mkdtemp(join(tmpdir(), 'trino-grammar-'));
  try {
    const outfile = join(folder, 'trino.mjs');
    const contents = "export { TrinoSQL } from 'dt-sql-parser/dist/parser/trino/index.js'";
    await build({
      stdin: { contents, resolveDir: import.meta.dirname },
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile,
    });
    const { TrinoSQL } = (await import(pathToFileURL(outfile).href)) as { TrinoSQL: new () => TrinoGrammar };
    return new TrinoSQL();
  } finally {
    await rm(folder, { recursive: true });
  }
}
