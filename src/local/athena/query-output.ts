/** The output of a query: result, metadata, and manifest of written files. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Execution } from './executions.js';
import type { Objects } from '../s3/objects.js';
import { placeOf, uriOf } from '../store/s3-uri.js';
import type { Outcome, ResultColumn } from './statements/job.js';

interface Ending {
  execution: Execution;
  outcome: Outcome;
  folder: string;
}

/**
 * Prepares the files of a finished query; `publish` moves them in, synchronously, in the transaction that ends the
 * query.
 */
export async function finishResult(
  { objects }: { objects: Objects },
  { execution, outcome, folder }: Ending,
): Promise<{ change: Partial<Execution>; publish: () => void }> {
  const place = placeOf(execution.outputLocation);
  const files: { key: string; path: string }[] = [];
  const add = async (key: string, content: string) => {
    const path = join(folder, `output-${files.length}`);
    await writeFile(path, content);
    files.push({ key, path });
  };
  if (outcome.csv) files.push({ key: place.key, path: outcome.csv });
  if (outcome.lines && place.key.endsWith('.txt')) await add(place.key, outcome.lines.join('\n'));
  if (outcome.columns.length) await add(`${place.key}.metadata`, metadataOf(outcome.columns));
  const manifest = outcome.written && { ...place, key: `${place.key}-manifest.csv` };
  if (manifest && outcome.written) await add(manifest.key, outcome.written.map((uri) => `${uri}\n`).join(''));
  const { bucket } = place;
  return {
    change: {
      scanned: outcome.scanned,
      columns: outcome.columns.map(({ name, type: { text: _, name: type, ...size } }) => ({ name, type, ...size })),
      ...(outcome.updateCount !== undefined && { updateCount: outcome.updateCount }),
      ...(manifest && { manifest: uriOf(manifest) }),
    },
    publish: () => {
      outcome.publish?.();
      for (const { key, path } of files) objects.adopt({ bucket, key, contentType: 'application/octet-stream' }, path);
    },
  };
}

/** The metadata file of Athena is an undocumented protobuf; here, names and types of the columns in that encoding. */
const metadataOf = (columns: ResultColumn[]): string =>
  JSON.stringify(columns.map(({ name, type }) => ({ name, type: type.name })));
