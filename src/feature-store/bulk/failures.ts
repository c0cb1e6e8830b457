/** Failed records: the first few on stderr, all of them in a file that bulk-put can read. */
import type { S3Client } from '@aws-sdk/client-s3';
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Output } from '../../context.js';
import { PartialFailure } from '../../errors.js';
import { isS3 } from '../../s3/address.js';
import { s3Sink } from '../../s3/sink.js';
import { OWNER_ONLY } from '../../files/whole-file.js';
import { shortPath } from '../../utils/command-line.js';
import { counted } from '../../utils/quantities.js';
import type { Failure } from '../records/rows.js';
import { freeFile } from './errors-file.js';

/** Kinds of failure shown on stderr, a few of each; the rest are only in the file. */
const MAX_LISTED = 10;
/** Failures shown per kind. */
const FEW = 3;

/** A message without its values and numbers, so that failures of one kind have the same one. */
export const kindOfMessage = (message: string): string =>
  message.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\d+/g, '0');

export type Failures = ReturnType<typeof openFailures>;

export interface FailuresOptions {
  /** Append to the file of an earlier run; an object is written anew. */
  append?: boolean;
  /** The input, which does not have to be named with each line. */
  input?: string;
  /** Failures shown per kind; a few by default. */
  examples?: number;
  /** Noun and verb for messages: `record` and `failed` by default. */
  unit?: string;
  failed?: string;
}

interface Place {
  output: Output;
  aws: { s3(): Promise<S3Client> };
}

/**
 * Reports and stores failures. A file is created with the first one and written immediately, so that it survives a
 * kill; an object on S3 appears at the end. If undefined, none is kept.
 */
export function openFailures(target: string | undefined, { output, aws }: Place, options: FailuresOptions = {}) {
  const { examples = FEW, unit = 'record', failed = 'failed' } = options;
  let [count, unsent, files] = [0, 0, 0];
  const kinds = new Map<string, { first: Failure; told: number; more: number }>();
  let untold = 0;
  let keeper: Keeper | undefined;
  const open = (path: string) =>
    isS3(path) ? objectKeeper(path, aws, options.append) : fileKeeper(path, output, options.append);
  return {
    count: () => count,
    /** Failures found before sending. */
    unsent: () => unsent,
    /** Files that were not read; no record of theirs is known. */
    files: () => files,
    /** The actual file, which differs from the planned one if another run has taken that name meanwhile. */
    file: () => keeper?.path ?? target,
    add(failure: Failure): void {
      count += 1;
      if (failure.attempts === 0) unsent += 1;
      if ([failure.line, failure.id, failure.record].every((each) => each === undefined)) files += 1;
      if (target !== undefined) keeper ??= open(target);
      keeper?.write(`${JSON.stringify(failure)}\n`);
      const kind = kindOfMessage(failure.message);
      const known = kinds.get(kind);
      if (known && (known.told += 1) > examples) known.more += 1;
      else if (known) output.warn(describe(failure, options.input));
      else if (kinds.size >= MAX_LISTED) untold += 1;
      else {
        kinds.set(kind, { first: failure, told: 1, more: 0 });
        output.warn(describe(failure, options.input));
      }
    },
    /** Closes the file and returns its path; undefined without failures. Throws where an upload failed. */
    async close(): Promise<string | undefined> {
      const repeated = [...kinds.values()].filter(({ more }) => more > 0);
      kinds.clear();
      for (const { first, more } of repeated)
        output.warn(`${counted(more, `more ${unit}`)} ${failed} as ${placeWords(first, options.input)} did.`);
      if (untold > 0)
        output.warn(`${counted(untold, `more ${unit}`)} ${failed} for other reasons, which are not shown.`);
      untold = 0;
      await keeper?.end();
      return keeper?.path;
    },
  };
}

export interface Failed {
  failed: number;
  errorsFile?: string;
  /** The command that sends them again. */
  retry?(errorsFile: string): string;
  cwd: string;
  /** Those that were never sent have to be repaired first. */
  unsent?: number;
}

/** The end of a run with failed records. */
export function failedRecords(what: string, { failed, errorsFile, retry, cwd, unsent = 0 }: Failed): PartialFailure {
  if (errorsFile === undefined) return new PartialFailure(`${what}.`);
  const file = shortPath(errorsFile, cwd);
  if (!retry) return new PartialFailure(`${what}; see ${file}.`);
  const them = failed === 1 ? 'it' : 'them';
  const how = unsent > 0 ? `: fix ${them} in ${file}, then:` : `; see ${file}. To send ${them} again:`;
  return new PartialFailure(`${what}${how}`, { next: retry(file) });
}

interface Keeper {
  path: string;
  write(text: string): void;
  end(): Promise<void>;
}

function fileKeeper(wanted: string, output: Output, append = false): Keeper {
  const { path, descriptor } = append ? { path: wanted, descriptor: openToAppend(wanted) } : openNew(wanted, output);
  const stats = fstatSync(descriptor);
  let { size } = stats;
  return {
    path,
    write(text) {
      try {
        // `writeSync` would leave half a line on a full disk, without an error.
        writeFileSync(descriptor, text);
        size += Buffer.byteLength(text);
      } catch (error) {
        // Half a line would spoil the one that a resumed run appends.
        if (stats.isFile()) ftruncateSync(descriptor, size);
        throw Object.assign(error as Error, { path });
      }
    },
    // eslint-disable-next-line @typescript-eslint/require-await
    end: async () => closeSync(descriptor),
  };
}

/** The last line may have lost its end, to an editor or a power failure. */
function openToAppend(path: string): number {
  const descriptor = openSync(path, 'a+', OWNER_ONLY);
  const stats = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  if (stats.isFile() && readSync(descriptor, last, 0, 1, stats.size - 1) === 1 && last.toString() !== '\n')
    writeFileSync(descriptor, '\n');
  return descriptor;
}

/** Another run may have taken the name since it was free. */
function openNew(wanted: string, output: Output): { path: string; descriptor: number } {
  for (let path = wanted; ; path = freeFile(wanted.replace(/\.jsonl$/, ''))) {
    try {
      // In append mode, so that what follows a removed line starts where that line did.
      const descriptor = openSync(path, 'ax', OWNER_ONLY);
      if (path !== wanted) output.warn(`${wanted} has been taken by another run: failed records go to ${path}.`);
      return { path, descriptor };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Uploads in the background; errors are reported at the end. */
function objectKeeper(uri: string, aws: Place['aws'], overwrite?: boolean): Keeper {
  const sink = aws.s3().then((s3) => s3Sink(s3, uri, { overwrite }));
  let written: Promise<unknown> = sink;
  const next = (step: () => Promise<void>) => {
    written = written.then(step);
    // `end` reports it.
    written.catch(() => {});
  };
  return {
    path: uri,
    write: (text) => next(async () => (await sink).write(text)),
    async end() {
      next(async () => (await sink).end());
      await written;
    },
  };
}

function describe(failure: Failure, input: string | undefined): string {
  return [placeOf(failure, input), failure.message].filter(Boolean).join(': ');
}

const placeWords = (failure: Failure, input: string | undefined) => placeOf(failure, input) || 'the first one';

function placeOf({ file, line, id, message }: Failure, input: string | undefined): string {
  const where = [
    file !== undefined && file !== input && !message.startsWith(file) && shortName(file, input),
    line !== undefined && `line ${line}`,
    id !== undefined && id !== '' && `record ${id}`,
  ];
  return where.filter(Boolean).join(', ');
}

/** The path of a file relative to the input folder or prefix: parts in different folders often have the same name. */
function shortName(file: string, input = ''): string {
  const folder = input.endsWith('/') ? input : `${input}/`;
  return input !== '' && file.startsWith(folder) ? file.slice(folder.length) : basename(file);
}
