/** Terminal colours for text that reads the same without them. Pure. */

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof CODES;

/** A line, or its pieces, some styled. */
export type Line = string | readonly (string | readonly [text: string, style: Style])[];

/** Styles the text where a style is given and colours are on. */
export function painted(text: string, style: Style | undefined, color: boolean): string {
  if (!color || style === undefined || text === '') return text;
  const [on, off] = CODES[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

/** Cuts the line to `width`, then styles it; `escape` is applied to every piece. */
export function paintedLine(
  line: Line,
  { width, color, escape }: { width: number; color: boolean; escape(text: string): string },
): string {
  const pieces = (typeof line === 'string' ? [line] : line).map((piece) =>
    typeof piece === 'string' ? ([escape(piece), undefined] as const) : ([escape(piece[0]), piece[1]] as const),
  );
  const length = pieces.reduce((sum, [text]) => sum + text.length, 0);
  let left = length > width ? width - 1 : width;
  const cut = pieces.map(([text, style]) => {
    const shown = text.slice(0, left);
    left -= shown.length;
    return painted(shown, style, color);
  });
  return `${cut.join('')}${length > width ? '…' : ''}`;
}
