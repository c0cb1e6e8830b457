/** The commands in the order of `--help`; each is loaded only where the command line names it, so that help is instant. */
import type { Command } from 'commander';
import type { OpenContext, RunCommand } from './context.js';

type AddCommand = (program: Command, open: OpenContext, runCommand: RunCommand) => void;

interface CommandEntry {
  name: string;
  usage: string;
  summary: string;
  load(): Promise<AddCommand>;
}

const COMMANDS: CommandEntry[] = [
  {
    name: 'list',
    usage: '',
    summary: 'list feature groups',
    load: async () => (await import('./commands/list.js')).addList,
  },
  {
    name: 'get',
    usage: '<group> <record-id>',
    summary: 'read one record from the online store',
    load: async () => (await import('./commands/get.js')).addGet,
  },
  {
    name: 'put',
    usage: '<group>',
    summary: 'write one record',
    load: async () => (await import('./commands/put.js')).addPut,
  },
  {
    name: 'delete-record',
    usage: '<group> <record-id...>',
    summary: 'delete records by identifier',
    load: async () => (await import('./commands/delete-record.js')).addDeleteRecord,
  },
  {
    name: 'create',
    usage: '<name>',
    summary: 'create a feature group',
    load: async () => (await import('./commands/create.js')).addCreate,
  },
  {
    name: 'schema',
    usage: '[group] [other]',
    summary: 'show, compare or infer features',
    load: async () => (await import('./commands/schema.js')).addSchema,
  },
  {
    name: 'add-features',
    usage: '<group> [file]',
    summary: 'add features to a group',
    load: async () => (await import('./commands/add-features.js')).addAddFeatures,
  },
  {
    name: 'update',
    usage: '<group>',
    summary: 'change TTL, throughput, store type, descriptions, tags',
    load: async () => (await import('./commands/update.js')).addUpdate,
  },
  {
    name: 'bulk-get',
    usage: '<group> <input>',
    summary: 'read the records of many identifiers',
    load: async () => (await import('./commands/bulk-get.js')).addBulkGet,
  },
  {
    name: 'bulk-put',
    usage: '<group> <input>',
    summary: 'write every record of a file',
    load: async () => (await import('./commands/bulk-put.js')).addBulkPut,
  },
  {
    name: 'clear',
    usage: '<group>',
    summary: 'remove all data of a feature group',
    load: async () => (await import('./commands/clear.js')).addClear,
  },
  {
    name: 'migrate',
    usage: '<source> <target>',
    summary: 'copy the live records of one group into another',
    load: async () => (await import('./commands/migrate.js')).addMigrate,
  },
  {
    name: 'local',
    usage: '[command]',
    summary: 'the embedded Feature Store: serve, demo, reset',
    load: async () => (await import('./commands/local.js')).addLocal,
  },
  {
    name: 'doctor',
    usage: '[command] [group...]',
    summary: 'who am I, what is allowed, what can be reached',
    load: async () => (await import('./commands/doctor.js')).addDoctor,
  },
  {
    name: 'completion',
    usage: '<shell>',
    summary: 'completion for bash, zsh and fish',
    load: async () => (await import('./commands/completion.js')).addCompletion,
  },
];

/** Declares every command; those that argv does not name get their line in `--help` and nothing more. */
export async function addCommands(
  program: Command,
  { argv, open, runCommand }: { argv: string[]; open: OpenContext; runCommand: RunCommand },
): Promise<void> {
  for (const { name, usage, summary, load } of COMMANDS) {
    // Made by program.command(…), each inherits exitOverride and configureOutput.
    if (argv.includes(name)) (await load())(program, open, runCommand);
    else program.command(name).usage(usage);
    program.commands.at(-1)?.summary(summary);
  }
}
