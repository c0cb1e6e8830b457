/** Rows → a folder of files with a fixed number of rows each: part-00001.csv, part-00002.csv, … */
import { existsSync, lstatSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../errors.js';
import { isS3, parseS3, placeOf, uriOf } from '../s3/address.js';
import { listObjects } from '../s3/list.js';
import { openRowWriter, refuseUnwritableTarget } from './row-writer.js';
import type { RowWriter, RowWriterOptions } from './row-writer.js';
import { besides, leftBeside } from '../utils/disk/temporary.js';
import { makeFolder, refuseUnwritable } from './whole-file.js';
import { writableFormat, type WritableFormat } from './formats.js';

interface PartsOptions extends RowWriterOptions {
  /** Rows per file, except the last. */
  rowsPerPart: number;
}

const PART = /^part-\d+\.[a-z.]+$/;

/**
 * Opens a folder, or a prefix on S3, for rows. A folder appears once all of its files are whole; on S3 each object appears
 * when it is, and those of a run that is given up are removed.
 * @throws UsageError where neither the folder's name nor `format` tells what the files are
 */
export function openParts(target: string, options: PartsOptions): RowWriter {
  const ending = endingOf(target, options.format);
  const place = isS3(target) ? onS3(target, options) : inFolder(target, options);
  let writer: RowWriter | undefined;
  let [parts, rows] = [0, 0];
  let file = '';

  async function next(): Promise<RowWriter> {
    [parts, rows] = [parts + 1, 0];
    file = place.file(`part-${String(parts).padStart(5, '0')}.${ending}`);
    // No part is there yet: one that another run has made meanwhile is not replaced.
    return openRowWriter(file, { ...options, overwrite: false });
  }

  async function endPart(part: RowWriter): Promise<void> {
    await part.end();
    place.made(file);
    writer = undefined;
  }

  return {
    async write(batch) {
      for (let at = 0; at < batch.length;) {
        if (writer && rows === options.rowsPerPart) await endPart(writer);
        writer ??= await next();
        const some = batch.slice(at, at + options.rowsPerPart - rows);
        await writer.write(some);
        rows += some.length;
        at += some.length;
      }
    },
    async end() {
      // A group without records is one file without rows.
      if (writer || parts === 0) await endPart(writer ?? (await next()));
      await place.end();
    },
    async abort() {
      await writer?.abort();
      await place.abort();
    },
  };
}

/**
 * @throws UsageError where the folder holds anything, or with `overwrite` anything but such files, or cannot be written;
 * to be asked before the first call
 */
export async function mayHoldParts(
  target: string,
  { overwrite, s3, format }: Pick<RowWriterOptions, 'overwrite' | 's3' | 'format'>,
): Promise<void> {
  if (target === '-') throw new UsageError('With --split the output is a folder: name one instead of -.');
  const ending = endingOf(target, format);
  if (isS3(target)) {
    const place = placeOf(target);
    for await (const page of listObjects(await s3(), place)) {
      if (page.length > 0)
        throw new UsageError(`${uriOf(place)} already holds objects, such as ${page[0]!.key}: choose another prefix.`);
    }
    return refuseUnwritableTarget(`${uriOf(place)}part-00001.${ending}`, s3);
  }
  refuseUnwritable(join(dirname(target), `.${basename(target)}.part`));
  if (!existsSync(target)) return refuseReplaced(target, overwrite === true);
  refuseOthers(target, overwrite);
}

function refuseOthers(target: string, overwrite?: boolean): void {
  if (!statSync(target).isDirectory())
    throw new UsageError(`${target} is a file, and --split makes a folder: choose another name.`);
  const names = readdirSync(target);
  const foreign = names.find((name) => !PART.test(name));
  if (foreign !== undefined)
    throw new UsageError(`${target} holds ${foreign}, which is not a part of an export: choose another folder.`);
  if (names.length > 0 && !overwrite)
    throw new UsageError(`${target} already holds files: add --overwrite to replace them.`);
}

/**
 * Where a run was killed between putting the old folder aside and the new one in its place.
 * @throws UsageError, unless the new one is about to be replaced as well
 */
function refuseReplaced(target: string, overwrite: boolean): void {
  const before = leftBeside(target.replace(/\/+$/, '')).find((left) => left.endsWith(BEFORE));
  if (before === undefined) return;
  const whole = before.slice(0, -BEFORE.length);
  if (overwrite && existsSync(whole) && holdsParts(whole)) return;
  throw new UsageError(
    `${target} is gone, and ${before} holds what was in it: an export was killed as it replaced the one by the other. ${whole} is the new one, whole. Rename one of them to ${target}, and remove the other.`,
  );
}

const BEFORE = '.before';

/**
 * Ends the replacement in which a run was killed, and removes what killed runs have left. The old folder is put aside only
 * once the new one is whole; where that is not there, the old one may be the only copy, and all stays.
 */
function tidyUp(folder: string): void {
  const left = leftBeside(folder).filter(holdsParts);
  const before = left.filter((each) => each.endsWith(BEFORE));
  if (!existsSync(folder) && before.length > 0) {
    const whole = before[0]!.slice(0, -BEFORE.length);
    if (before.length > 1 || !left.includes(whole)) return;
    renameSync(whole, folder);
  }
  for (const each of left) rmSync(each, { recursive: true, force: true });
}

/** A folder of nothing but parts, whole or not: what an export makes. */
function holdsParts(folder: string): boolean {
  const isPart = (name: string) => PART.test(name) || /^part-\d+\.[a-z.]+\.[0-9a-z-]+\.tmp$/.test(name);
  return lstatSync(folder).isDirectory() && readdirSync(folder).every(isPart);
}

/** `out.csv.gz` → `csv.gz`; `--format` comes first. */
function endingOf(target: string, format: WritableFormat | undefined): string {
  const [, own, zipped = ''] = /\.([a-z]+)(\.(?:gz|zst))?\/*$/i.exec(basename(target)) ?? [];
  if (format !== undefined) return `${format}${zipped.toLowerCase()}`;
  if (own === undefined)
    throw new UsageError(`${target}: the name of a folder does not say what its files are: add --format.`);
  writableFormat(`part.${own}${zipped}`);
  return `${own}${zipped}`.toLowerCase();
}

interface PartsPlace {
  file(name: string): string;
  /** The file is whole. */
  made(file: string): void;
  end(): Promise<void>;
  abort(): Promise<void>;
}

function inFolder(target: string, { overwrite }: PartsOptions): PartsPlace {
  const folder = target.replace(/\/+$/, '');
  tidyUp(folder);
  const temporary = besides(folder);
  return {
    file(name) {
      makeFolder(temporary);
      return join(temporary, name);
    },
    made: () => {},
    async end() {
      // Asked once more: it may have been made, or filled, while this ran.
      if (existsSync(target)) refuseOthers(target, overwrite);
      if (existsSync(target) && readdirSync(target).length > 0) {
        const before = `${temporary}${BEFORE}`;
        await rename(target, before);
        await rename(temporary, target);
        await rm(before, { recursive: true });
        return;
      }
      if (existsSync(target)) await rmdir(target);
      await rename(temporary, target);
    },
    abort: () => rm(temporary, { recursive: true, force: true }),
  };
}

function onS3(target: string, { s3 }: PartsOptions): PartsPlace {
  const prefix = uriOf(placeOf(target));
  const made: string[] = [];
  return {
    file: (name) => `${prefix}${name}`,
    made: (file) => void made.push(file),
    end: async () => {},
    async abort() {
      const [client, { DeleteObjectCommand }] = await Promise.all([s3(), import('../sdk/s3.js')]);
      for (const file of made) await client.send(new DeleteObjectCommand(parseS3(file)));
    },
  };
}
