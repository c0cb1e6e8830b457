/** The names of the feature groups, remembered for a minute: completion asks for them at every key. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '../../context.js';
import { writeWhole } from '../../files/whole-file.js';
import { listFeatureGroups } from './list.js';

const KEPT_MS = 60_000;
/** Whoever types does not wait for longer. */
const PATIENCE_MS = 3_000;

/** Empty where they cannot be had within seconds: a line being typed is no place for an error. */
export async function cachedGroupNames(context: Context): Promise<string[]> {
  const path = cachePath(context);
  const kept = path && (await readKept(path, context.now()));
  if (kept) return kept;
  try {
    const groups = await listFeatureGroups(context.aws, {}, AbortSignal.timeout(PATIENCE_MS));
    const names = groups.map(({ FeatureGroupName }) => FeatureGroupName!).sort();
    if (path) await keep(path, names);
    return names;
  } catch (error) {
    context.output.trace(`No names of feature groups: ${(error as Error).message}`);
    return [];
  }
}

/** Names of one account are none of another's: everything that chooses it is part of the file's name. */
function cachePath({ env, cwd, options }: Context): string | undefined {
  const { profile, region, roleArn, externalId, endpointUrl, local, localDir } = options;
  const variables = Object.entries(env).filter(([name]) => /^AWS_|^SAGEMAKER_FS_/.test(name));
  const chosen = JSON.stringify([
    { profile, region, roleArn, externalId, endpointUrl, local, localDir },
    cwd,
    variables.sort(),
  ]);
  const folder = env.XDG_CACHE_HOME ?? (env.HOME && join(env.HOME, '.cache'));
  if (!folder) return undefined;
  return join(folder, 'sagemaker-fs', `${createHash('sha256').update(chosen).digest('hex').slice(0, 32)}.json`);
}

async function readKept(path: string, now: Date): Promise<string[] | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    if (now.getTime() - mtimeMs > KEPT_MS) return undefined;
    const names: unknown = JSON.parse(await readFile(path, 'utf8'));
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined;
  } catch {
    // Not there, or not readable: asked for anew.
    return undefined;
  }
}

async function keep(path: string, names: string[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  writeWhole(path, JSON.stringify(names));
}
