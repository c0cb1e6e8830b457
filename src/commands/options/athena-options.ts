/** Options of the commands that ask Athena. */
import type { Command } from 'commander';
import type { Context } from '../../context.js';
import type { Host } from '../../host.js';
import type { ArchivedOptions } from '../../feature-store/offline/archived.js';
import type { AthenaOptions } from '../../feature-store/offline/athena-run.js';

export type AthenaInput = Pick<AthenaOptions, 'workgroup' | 'athenaOutput'>;
/** Of the commands that read rows. */
export type AthenaReadInput = AthenaInput & Pick<ArchivedOptions, 'allowArchived'>;

export function addAthenaOptions(command: Command): Command {
  return command
    .option('--workgroup <name>', 'Athena workgroup (default: primary)')
    .option('--athena-output <uri>', "s3:// address for Athena's result files, which are removed afterwards");
}

export function addAthenaReadOptions(command: Command): Command {
  return addAthenaOptions(command).option(
    '--allow-archived',
    'continue without the rows of objects in S3 Glacier, which Athena skips',
  );
}

/** `--athena-output`, else SAGEMAKER_FS_ATHENA_OUTPUT. */
export const athenaOutputOf = ({ athenaOutput }: AthenaInput, env: Host['env']): string | undefined =>
  athenaOutput ?? (env.SAGEMAKER_FS_ATHENA_OUTPUT || undefined);

/** What a query is run with. */
export function athenaOptions(
  input: AthenaReadInput,
  { env, signal, output }: Context,
): AthenaOptions & ArchivedOptions {
  const { workgroup, allowArchived } = input;
  return { workgroup, allowArchived, athenaOutput: athenaOutputOf(input, env), signal, note: output.note };
}
