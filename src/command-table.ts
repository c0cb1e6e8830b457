/** The commands in the order of `--help`; each is loaded only where the command line names it, so that help is instant. */
import type { Command } from 'commander';
import type { OpenContext, RunCommand } from './context.js';

type AddCommand = (program: Command, open: OpenContext, runCommand: RunCommand) => void;

interface CommandEntry {
  name: string;
  /** Its heading in `--help`. */
  group: 'Read' | 'Write' | 'Move' | 'Groups' | 'Tools';
  summary: string;
  /** The arguments that name groups, whose ARNs tell the region: the first unless said; of `sides`, each has its own. */
  groupArguments?: 'every' | 'sides';
  /** What most people want of it: the first thing that its own help shows. */
  example: string;
  load(): Promise<AddCommand>;
}

const COMMANDS: CommandEntry[] = [
  {
    name: 'list',
    group: 'Read',
    summary: 'list feature groups',
    example: 'sagemaker-fs list --name-contains customer',
    load: async () => (await import('./commands/read/list.js')).addList,
  },
  {
    name: 'get',
    group: 'Read',
    summary: 'read one record from the online store',
    example: 'sagemaker-fs get customers 42',
    load: async () => (await import('./commands/read/get.js')).addGet,
  },
  {
    name: 'bulk-get',
    group: 'Read',
    summary: 'read the records of many identifiers',
    example: 'sagemaker-fs bulk-get customers ids.csv -o records.jsonl',
    load: async () => (await import('./commands/read/bulk-get.js')).addBulkGet,
  },
  {
    name: 'put',
    group: 'Write',
    summary: 'write one record',
    example: `sagemaker-fs put customers --record '{"id": "42", "age": 31}'`,
    load: async () => (await import('./commands/write/put.js')).addPut,
  },
  {
    name: 'delete-record',
    group: 'Write',
    summary: 'delete records by identifier',
    example: 'sagemaker-fs delete-record customers 42',
    load: async () => (await import('./commands/write/delete-record.js')).addDeleteRecord,
  },
  {
    name: 'bulk-put',
    group: 'Write',
    summary: 'write every record of a file',
    example: 'sagemaker-fs bulk-put customers customers.csv',
    load: async () => (await import('./commands/write/bulk-put.js')).addBulkPut,
  },
  {
    name: 'clear',
    group: 'Write',
    summary: 'remove all data of a feature group',
    example: 'sagemaker-fs clear customers --dry-run',
    load: async () => (await import('./commands/write/clear.js')).addClear,
  },
  {
    name: 'export',
    group: 'Move',
    summary: 'write the records of a group to a file',
    example: 'sagemaker-fs export customers customers.parquet',
    load: async () => (await import('./commands/move/export.js')).addExport,
  },
  {
    name: 'migrate',
    group: 'Move',
    groupArguments: 'sides',
    summary: 'copy the live records of one group into another',
    example: 'sagemaker-fs migrate customers-history customers --dry-run',
    load: async () => (await import('./commands/move/migrate.js')).addMigrate,
  },
  {
    name: 'compare',
    group: 'Move',
    groupArguments: 'sides',
    summary: 'compare two groups, or the two stores of one',
    example: 'sagemaker-fs compare customers-v1 customers-v2 --sample 1000',
    load: async () => (await import('./commands/move/compare.js')).addCompare,
  },
  {
    name: 'create',
    group: 'Groups',
    summary: 'create a feature group',
    example: 'sagemaker-fs create customers --infer customers.csv',
    load: async () => (await import('./commands/groups/create.js')).addCreate,
  },
  {
    name: 'schema',
    group: 'Groups',
    groupArguments: 'every',
    summary: 'show, compare or infer features',
    example: 'sagemaker-fs schema customers',
    load: async () => (await import('./commands/groups/schema.js')).addSchema,
  },
  {
    name: 'analyze',
    group: 'Groups',
    summary: 'show what a group holds, and what that costs',
    example: 'sagemaker-fs analyze customers',
    load: async () => (await import('./commands/groups/analyze.js')).addAnalyze,
  },
  {
    name: 'add-features',
    group: 'Groups',
    summary: 'add features to a group',
    example: 'sagemaker-fs add-features customers -f age:Integral',
    load: async () => (await import('./commands/groups/add-features.js')).addAddFeatures,
  },
  {
    name: 'update',
    group: 'Groups',
    summary: 'change TTL, throughput, store type, descriptions, tags',
    example: 'sagemaker-fs update customers --ttl 90d',
    load: async () => (await import('./commands/groups/update.js')).addUpdate,
  },
  {
    name: 'delete',
    group: 'Groups',
    groupArguments: 'every',
    summary: 'delete feature groups; their data only when told',
    example: 'sagemaker-fs delete customers-v1 --dry-run',
    load: async () => (await import('./commands/groups/delete.js')).addDelete,
  },
  {
    name: 'local',
    group: 'Tools',
    summary: 'the embedded Feature Store: serve, demo, reset',
    example: 'sagemaker-fs local demo',
    load: async () => (await import('./commands/tools/local.js')).addLocal,
  },
  {
    name: 'doctor',
    group: 'Tools',
    summary: 'who am I, what is allowed, what can be reached',
    example: 'sagemaker-fs doctor migrate customers-history customers',
    load: async () => (await import('./commands/tools/doctor.js')).addDoctor,
  },
  {
    name: 'completion',
    group: 'Tools',
    summary: 'completion for bash, zsh and fish',
    example: 'source <(sagemaker-fs completion bash)',
    load: async () => (await import('./commands/tools/completion.js')).addCompletion,
  },
];

/** Declares every command; those that argv does not name get their line in `--help` and nothing more. */
export async function addCommands(
  program: Command,
  { argv, open, runCommand }: { argv: string[]; open: OpenContext; runCommand: RunCommand },
): Promise<void> {
  for (const { name, group, summary, load } of COMMANDS) {
    // Made by program.command(…), each inherits exitOverride and configureOutput.
    if (argv.includes(name)) (await load())(program, open, runCommand);
    else program.command(name);
    program.commands.at(-1)?.summary(summary).helpGroup(`${group}:`);
  }
}

/** The commonest use of a command; undefined for one that is not in the table. */
export const exampleOf = (name: string): string | undefined => entryOf(name)?.example;

export const groupArgumentsOf = (name: string): CommandEntry['groupArguments'] => entryOf(name)?.groupArguments;

const entryOf = (name: string) => COMMANDS.find((entry) => entry.name === name);
