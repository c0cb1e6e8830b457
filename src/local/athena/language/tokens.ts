/** SQL text → tokens with positions, so that errors in a rewritten statement refer to the original. */
export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'symbol';

export interface Token {
  kind: TokenKind;
  /** As written, with quotes. */
  text: string;
  /** Lower-case word, or the name inside quotes. */
  name: string;
  /** Offset in the statement. */
  at: number;
  /** Space and comments before it. */
  gap: string;
}

const SHAPES: [TokenKind | 'gap', RegExp][] = [
  ['gap', /(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)+/y],
  ['string', /(?:[xXuU]&?)?'(?:[^']|'')*'/y],
  ['quoted', /"(?:[^"]|"")*"|`(?:[^`]|``)*`/y],
  ['number', /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w])/y],
  ['word', /[\p{L}_][\p{L}\p{N}_$@]*/uy],
  ['symbol', /->|=>|<>|!=|<=|>=|\|\||::|[^\s]/uy],
];

/** Tokenizes a statement; an unclosed quote becomes a symbol, which the parser rejects. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let gap = '';
  for (let at = 0; at < sql.length;) {
    const [kind, text] = next(sql, at);
    if (kind === 'gap') gap += text.startsWith('--') || text.includes('/*') ? withoutComments(text) : text;
    else {
      tokens.push({ kind, text, name: nameOf(kind, text), at, gap });
      gap = '';
    }
    at += text.length;
  }
  return tokens;
}

/** Line and column of an offset, from 1, as in Trino. */
export function positionOf(sql: string, at: number): string {
  const before = sql.slice(0, at).split('\n');
  return `line ${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** Splits the tokens from `from` to the end of the surrounding parentheses at such tokens outside nested ones. */
export function partsOf(tokens: Token[], from: number, isCut: (token: Token) => boolean): [from: number, to: number][] {
  const parts: [number, number][] = [[from, tokens.length]];
  for (let at = from, depth = 0; at < tokens.length && depth >= 0; at++) {
    const token = tokens[at]!;
    if ('([{'.includes(token.text)) depth++;
    else if (')]}'.includes(token.text)) depth--;
    if (depth < 0 || (depth === 0 && isCut(token))) parts.at(-1)![1] = at;
    if (depth === 0 && isCut(token)) parts.push([at + 1, tokens.length]);
  }
  return parts;
}

export const isComma = ({ text }: Token): boolean => text === ',';

/** Index of the closing parenthesis; the end of the list if there is none. */
export const closing = (tokens: Token[], open: number): number => partsOf(tokens, open + 1, () => false)[0]![1];

export const isName = (token: Token | undefined): token is Token => token?.kind === 'word' || token?.kind === 'quoted';

function next(sql: string, at: number): [TokenKind | 'gap', string] {
  for (const [kind, shape] of SHAPES) {
    shape.lastIndex = at;
    const found = shape.exec(sql);
    if (found) return [kind, found[0]];
  }
  return ['symbol', sql[at] ?? ''];
}

function nameOf(kind: TokenKind, text: string): string {
  if (kind === 'quoted') return text.slice(1, -1).replaceAll(text[0]!.repeat(2), text[0]!);
  return kind === 'word' ? text.toLowerCase() : text;
}

const withoutComments = (gap: string) => gap.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
