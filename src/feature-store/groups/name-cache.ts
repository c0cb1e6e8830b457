/** Names of feature groups, cached for a minute: completion needs them at every keystroke. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '../../context.js';
import { writeWhole } from '../../files/whole-file.js';
import { listFeatureGroups } from './list.js';

const KEPT_MS = 60_000;
/** Completion must not hang longer than this. */
const PATIENCE_MS = 3_000;

/** Empty where they are not available within seconds: completion must not print errors. */
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

/** The file name includes all that selects the account, so that accounts do not mix. */
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
    // Missing or unreadable: list again.
    return undefined;
  }
}

async function keep(path: string, names: string[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  writeWhole(path, JSON.stringify(names));
}
