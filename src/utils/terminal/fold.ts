/** Wraps text at word boundaries, before the terminal breaks it inside a word. Pure. */

/** Width where there is no terminal. */
export const PLAIN_WIDTH = 80;
/** Never wrap narrower than this. */
const NARROWEST = 20;

/** A space where a line may end: `≈` stays with its number, and a number with its unit. */
const BREAK = /(?<!≈) (?!(?<=\d )(?:ms|s|min|h|%|bytes?|[KMGTP]iB)(?!\w))/;

/** Wraps to `width`, indenting every line but the first. A longer word, such as a path, is never split. */
export function folded(text: string, width: number, indent = 0): string[] {
  const most = Math.max(width, NARROWEST + indent);
  if (text.length <= most) return [text];
  const lines: string[] = [];
  const [lead = ''] = /^ */.exec(text) ?? [];
  let line = lead;
  for (const word of text.slice(lead.length).split(BREAK)) {
    const isEmpty = line.trim() === '';
    if (!isEmpty && line.length + 1 + word.length > most) {
      lines.push(line.trimEnd());
      line = ' '.repeat(indent) + word;
    } else line += isEmpty ? word : ` ${word}`;
  }
  return [...lines, line];
}
