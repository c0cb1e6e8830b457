/** Text folded at words, so that a terminal need not break it in the middle of one. Pure. */

/** Where there is no terminal to say how wide it is. */
export const PLAIN_WIDTH = 80;
/** Narrower than this nothing can be laid out. */
const NARROWEST = 20;

/**
 * Lines no longer than `width`, those after the first indented by `indent` columns. A word that is longer, such as a path,
 * stays whole on a line of its own or behind what introduces it.
 */
export function folded(text: string, width: number, indent = 0): string[] {
  const most = Math.max(width, NARROWEST + indent);
  if (text.length <= most) return [text];
  const lines: string[] = [];
  const [lead = ''] = /^ */.exec(text) ?? [];
  let line = lead;
  for (const word of text.slice(lead.length).split(' ')) {
    const isEmpty = line.trim() === '';
    if (!isEmpty && line.length + 1 + word.length > most) {
      lines.push(line.trimEnd());
      line = ' '.repeat(indent) + word;
    } else line += isEmpty ? word : ` ${word}`;
  }
  return [...lines, line];
}
