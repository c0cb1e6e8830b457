/** Parses a statement token by token; methods consume what they name, or throw errors like Trino. */
import { mismatched } from './errors.js';
import { closing, isName, type Token } from './tokens.js';

export interface TableName {
  database?: string;
  name: string;
  token: Token;
}

export type Properties = Record<string, string>;

export class StatementReader {
  readonly sql: string;
  private readonly tokens: Token[];
  private at = 0;

  constructor(sql: string, tokens: Token[]) {
    this.sql = sql;
    this.tokens = tokens;
  }

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  /** Consumes the words if they are next. */
  accept(...words: string[]): boolean {
    const found = words.every((word, i) => this.peek(i)?.kind === 'word' && this.peek(i)?.name === word);
    if (found) this.at += words.length;
    return found;
  }

  word(word: string): void {
    if (!this.accept(word)) throw mismatched(this.sql, this.peek(), `'${word.toUpperCase()}'`);
  }

  name(): string {
    const token = this.peek();
    if (!isName(token)) throw mismatched(this.sql, token, '<identifier>');
    this.at++;
    return token.name.toLowerCase();
  }

  /** `t`, `db.t` or `catalog.db.t`. */
  table(): TableName {
    const token = this.peek()!;
    const parts = [this.name()];
    while (this.peek()?.text === '.') {
      this.at++;
      parts.push(this.name());
    }
    return { name: parts.at(-1)!, database: parts.at(-2), token };
  }

  /**
   * The table of a statement of Hive or Athena itself: without double quotes, and with backticks around the table only.
   * @see https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html
   */
  unquotedTable(): TableName {
    for (let i = 0; isName(this.peek(i)); i += 2) {
      const [token, isLast] = [this.peek(i)!, this.peek(i + 1)?.text !== '.'];
      const isPlain = token.kind === 'word' || (isLast && token.text.startsWith('`'));
      if (!isPlain) throw mismatched(this.sql, token, '<identifier>');
      if (isLast) break;
    }
    return this.table();
  }

  string(): string {
    const token = this.peek();
    if (token?.kind !== 'string') throw mismatched(this.sql, token, '<string>');
    this.at++;
    return token.text.slice(1, -1).replaceAll("''", "'");
  }

  /** The content of the parentheses that open here. */
  parenthesis(): Token[] {
    if (this.peek()?.text !== '(') throw mismatched(this.sql, this.peek(), "'('");
    const close = closing(this.tokens, this.at);
    if (close === this.tokens.length) throw mismatched(this.sql, undefined, "')'");
    const inside = this.tokens.slice(this.at + 1, close);
    this.at = close + 1;
    return inside;
  }

  /** `('name' = 'value', …)`. */
  properties(): Properties {
    const inside = new StatementReader(this.sql, this.parenthesis());
    const properties: Properties = {};
    while (inside.peek()) {
      const name = inside.peek()?.kind === 'string' ? inside.string() : inside.name();
      if (inside.peek()?.text !== '=') throw mismatched(this.sql, inside.peek(), "'='");
      inside.at++;
      properties[name] = inside.string();
      if (inside.peek()?.text === ',') inside.at++;
    }
    return properties;
  }

  rest(): Token[] {
    const rest = this.tokens.slice(this.at);
    if (rest.length === 0) throw mismatched(this.sql, undefined, '<query>');
    this.at = this.tokens.length;
    return rest;
  }

  end(): void {
    if (this.peek()) throw mismatched(this.sql, this.peek(), '<EOF>');
  }
}
