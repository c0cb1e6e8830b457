/** How `--help` reads: the program's commands before its options, and a command's commonest use before all else. */
import { Help, type Command } from 'commander';
import { exampleOf } from './command-table.js';
import { folded, foldedCommand, PLAIN_WIDTH } from './utils/terminal/fold.js';

/** Share of the width that names of options may take; longer ones get a line of their own. */
const TERM_SHARE = 0.4;

/** For `configureHelp`. */
export const HELP = {
  showGlobalOptions: true,
  minWidthToWrap: 20,
  formatHelp(command: Command, helper: Help): string {
    const text = Help.prototype.formatHelp
      .call(helper, command, helper)
      .replace(/^Usage: .*/, (usage) => folded(usage, widthOf(helper), 4).join('\n'));
    return command.parent ? withExample(text, { command, width: widthOf(helper) }) : commandsFirst(text);
  },
  /** Of the program, names alone: what a command takes is in its own help. */
  subcommandTerm: (command: Command): string =>
    command.parent?.parent ? `${command.name()} ${command.usage()}`.replace('[options]', '').trim() : command.name(),
  padWidth(command: Command, helper: Help): number {
    const terms = [
      ...helper.visibleOptions(command).map((option) => helper.optionTerm(option)),
      ...helper.visibleGlobalOptions(command).map((option) => helper.optionTerm(option)),
      ...helper.visibleCommands(command).map((each) => helper.subcommandTerm(each)),
      ...helper.visibleArguments(command).map((argument) => helper.argumentTerm(argument)),
    ].map(({ length }) => length);
    return Math.max(...terms.filter((length) => length <= widthOf(helper) * TERM_SHARE));
  },
  formatItem(...[term, termWidth, description, helper]: Parameters<Help['formatItem']>): string {
    const indent = termWidth + 4;
    const [first = '', ...rest] = folded(description, Math.max(widthOf(helper) - indent, HELP.minWidthToWrap));
    const lines =
      term.length > termWidth ? [term, ' '.repeat(indent) + first] : [`${term.padEnd(termWidth)}  ${first}`];
    return [`  ${lines.join('\n')}`, ...rest.map((line) => ' '.repeat(indent) + line)].join('\n').trimEnd();
  },
};

const widthOf = ({ helpWidth }: Help) => helpWidth ?? PLAIN_WIDTH;

function commandsFirst(text: string): string {
  const sections = text.trimEnd().split('\n\n');
  const isOptions = (section: string) => section.startsWith('Options:');
  return `${[...sections.filter((section) => !isOptions(section)), ...sections.filter(isOptions)].join('\n\n')}\n`;
}

function withExample(text: string, { command, width }: { command: Command; width: number }): string {
  const example = command.parent?.parent ? undefined : exampleOf(command.name());
  return example === undefined ? text : `Example:\n${foldedCommand(`  ${example}`, width).join('\n')}\n\n${text}`;
}

/** For `beforeAllHelp`: help for a command that does not exist ends as the command itself does; commander prints its parent's. */
export function refuseUnknownCommand({ command }: { command: Command }): void {
  const [first, second] = command.args;
  const name = first === 'help' ? second : first;
  if (name === undefined || name.startsWith('-') || command.commands.length === 0) return;
  if (name === 'help' || command.commands.some((each) => each.name() === name)) return;
  command.args = [name];
  (command as Command & { unknownCommand(): never }).unknownCommand();
}
