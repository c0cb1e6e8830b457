/** `--infer` and what goes with it, in the commands that guess the features of a file. */
import { Option, type Command } from 'commander';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { DEFAULT_EVENT_TIME } from '../../feature-store/groups/create.js';
import { given } from '../../feature-store/offline/readable.js';
import { inferFeatures, type InferredFeature } from '../../feature-store/schema/infer.js';
import { delimiterOption, pairs, userPath } from './options.js';

export interface InferInput {
  infer?: string;
  map?: Record<string, string>;
  type?: Record<string, string>;
  delimiter?: string;
}

/** @param rivals options that cannot be used together with `--infer` */
export function addInferOptions(command: Command, rivals: string[]): Command {
  return command
    .addOption(
      new Option(
        '--infer <file>',
        'guess the types from these rows (a file or folder, as bulk-put takes it)',
      ).conflicts(rivals),
    )
    .option('--map <column=feature>', 'with --infer: the feature for a column of another name; can be repeated', pairs)
    .option('--type <column=type>', 'with --infer: the type of a column, such as zip=String; can be repeated', pairs)
    .addOption(delimiterOption());
}

/**
 * @returns undefined without `--infer`
 * @throws UsageError for options that go with it
 */
export async function inferred(
  { infer, map, type, delimiter, ...input }: InferInput & { eventTimeFeatureName?: string },
  { aws, cwd, stdin, signal, output }: Context,
): Promise<InferredFeature[] | undefined> {
  if (infer === undefined) {
    const [alone] = given({ '--map': map, '--type': type, '--delimiter': delimiter });
    if (alone === undefined) return undefined;
    throw new UsageError(`${alone} says how to read the columns of a file: it goes with --infer FILE.`);
  }
  return inferFeatures(userPath(cwd, infer), {
    ...{ map, types: type, delimiter, stdin, signal, s3: aws.s3 },
    eventTime: input.eventTimeFeatureName ?? DEFAULT_EVENT_TIME,
    note: (line) => output.note(`${infer}: ${line}`),
    warn: output.warn,
  });
}
