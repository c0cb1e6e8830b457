/** Notes and examples below a command's options, wrapped to the terminal's width. */
import type { AddHelpTextContext } from 'commander';
import { folded, foldedCommand, PLAIN_WIDTH } from '../../utils/terminal/fold.js';

/**
 * For `addHelpText`. The lines of a paragraph are joined and wrapped again; an indented line is a command to copy, and is
 * continued with `\`.
 */
export const wrapped =
  (text: string) =>
  ({ command, error }: AddHelpTextContext): string => {
    const { getOutHelpWidth, getErrHelpWidth } = command.configureOutput();
    const width = (error ? getErrHelpWidth : getOutHelpWidth)?.() ?? PLAIN_WIDTH;
    return text
      .replace(/(?<=^\S.*[^:\n])\n(?=\S)/gm, ' ')
      .split('\n')
      .flatMap((line) => (line.startsWith(' ') ? foldedCommand(line, width) : folded(line, width)))
      .join('\n');
  };
