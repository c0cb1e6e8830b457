/** How `--help` reads: the program's commands before its options, and a command's commonest use before all else. */
import { Help, type Command } from 'commander';
import { exampleOf } from './command-table.js';

/** For `configureHelp`. */
export const HELP = {
  showGlobalOptions: true,
  minWidthToWrap: 20,
  formatHelp(command: Command, helper: Help): string {
    const text = Help.prototype.formatHelp.call(helper, command, helper);
    return command.parent ? withExample(text, command) : commandsFirst(text);
  },
  /** Of the program, names alone: what a command takes is in its own help. */
  subcommandTerm: (command: Command): string =>
    command.parent?.parent ? `${command.name()} ${command.usage()}`.replace('[options]', '').trim() : command.name(),
};

function commandsFirst(text: string): string {
  const sections = text.trimEnd().split('\n\n');
  const isOptions = (section: string) => section.startsWith('Options:');
  return `${[...sections.filter((section) => !isOptions(section)), ...sections.filter(isOptions)].join('\n\n')}\n`;
}

function withExample(text: string, command: Command): string {
  const example = command.parent?.parent ? undefined : exampleOf(command.name());
  return example === undefined ? text : `  ${example}\n\n${text}`;
}
