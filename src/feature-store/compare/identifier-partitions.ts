/** Identifiers of two sides, partitioned on disk by hash, so that a set difference needs only a fraction in memory. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Ten million identifiers make partitions of a few megabytes. */
const PARTS = 64;
/** Characters buffered per partition. */
const BUFFERED = 64 * 1024;

type Owner = 'ours' | 'theirs';

/** @throws errors of the file system */
export function openPartitions() {
  const folder = mkdtempSync(join(tmpdir(), 'sagemaker-fs-'));
  const waiting: Record<Owner, string[]> = { ours: parts(), theirs: parts() };
  const fileOf = (owner: Owner, part: number) => join(folder, `${owner}-${part}`);
  for (const owner of ['ours', 'theirs'] as const) {
    for (let part = 0; part < PARTS; part += 1) writeFileSync(fileOf(owner, part), '', { mode: 0o600 });
  }
  const flush = (owner: Owner, part: number) => {
    appendFileSync(fileOf(owner, part), waiting[owner][part]!);
    waiting[owner][part] = '';
  };
  const read = (owner: Owner, part: number): string[] => {
    flush(owner, part);
    const lines = readFileSync(fileOf(owner, part), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as string);
  };
  return {
    add(owner: Owner, identifiers: Iterable<string>): void {
      for (const identifier of identifiers) {
        const part = hash(identifier) % PARTS;
        waiting[owner][part] += `${JSON.stringify(identifier)}\n`;
        if (waiting[owner][part]!.length > BUFFERED) flush(owner, part);
      }
    },
    /** Their identifiers that we do not have, one partition at a time. */
    *onlyTheirs(): Generator<string[]> {
      for (let part = 0; part < PARTS; part += 1) {
        const known = new Set(read('ours', part));
        yield [...new Set(read('theirs', part))].filter((identifier) => !known.has(identifier));
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const parts = () => Array.from({ length: PARTS }, () => '');

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
