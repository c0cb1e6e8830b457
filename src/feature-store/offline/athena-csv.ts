/** The CSV dialect of Athena: every value quoted, null as nothing between commas, doubles as Java prints them. Pure. */

/** `null` is SQL NULL; `""` is an empty string. */
export type AthenaRow = (string | null)[];

const QUOTE = 34;
const COMMA = 44;
const NEWLINE = 10;

/**
 * Parses result CSV in chunks, and yields the rows completed by each, header first. General CSV parsers skip the empty
 * line of a single NULL, or confuse NULL with the empty string.
 * @throws Error where the file ends within a row: the result is truncated
 */
export async function* parseAthenaCsv(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<AthenaRow[]> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest = '';
  for await (const piece of pieces) {
    const text = rest + decoder.decode(piece, { stream: true });
    const { rows, end } = wholeRows(text);
    rest = text.slice(end);
    if (rows.length > 0) yield rows;
  }
  rest += decoder.decode();
  if (rest !== '') throw new Error('The result file of Athena ends in the middle of a row.');
}

/** The complete rows of the text, and where the last one ends. */
function wholeRows(text: string): { rows: AthenaRow[]; end: number } {
  const rows: AthenaRow[] = [];
  let row: AthenaRow = [];
  let end = 0;
  for (let at = 0; at < text.length;) {
    const close = text.charCodeAt(at) === QUOTE ? closingQuote(text, at) : at - 1;
    if (close === undefined || close + 1 >= text.length) break;
    const separator = text.charCodeAt(close + 1);
    row.push(close < at ? null : unquoted(text, at, close));
    if (separator === NEWLINE) {
      rows.push(row);
      row = [];
      end = close + 2;
    } else if (separator !== COMMA) {
      throw new Error(`The result file of Athena has an unquoted value: ${text.slice(close + 1, close + 21)}`);
    }
    at = close + 2;
  }
  return { rows, end };
}

/** Where the value that starts at `open` ends; undefined if that is not known yet. */
function closingQuote(text: string, open: number): number | undefined {
  for (let at = open + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at === -1 || at + 1 === text.length) return undefined;
    if (text.charCodeAt(at + 1) !== QUOTE) return at;
  }
}

function unquoted(text: string, open: number, close: number): string {
  const inside = text.slice(open + 1, close);
  return inside.includes('"') ? inside.replaceAll('""', '"') : inside;
}

const SCIENTIFIC = /^(-?)(\d)\.(\d+)E(-?\d+)$/;

/** `1.0E20` → `100000000000000000000.0`, `1.0E-7` → `0.0000001`: the same number; other text is unchanged. */
export function plainDecimal(text: string): string {
  const [, sign, whole, fraction, exponent] = SCIENTIFIC.exec(text) ?? [];
  if (whole === undefined || fraction === undefined) return text;
  const digits = whole + fraction;
  const point = 1 + Number(exponent);
  const before = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const after = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  return `${sign}${before}.${after.replace(/0+$/, '') || '0'}`;
}
