/** Wraps text at word boundaries, before the terminal breaks it inside a word. Pure. */

/** Width where there is no terminal. */
export const PLAIN_WIDTH = 80;
/** Never wrap narrower than this. */
const NARROWEST = 20;

/** A space where a line may end: `≈` stays with its number, and a number with its unit. */
const BREAK = /(?<!≈) (?!(?<=\d )(?:ms|s|min|h|%|bytes?|[KMGTP]iB)(?!\w))/;

/** The value of an option, to be copied as one. */
const QUOTED = /(?<=--[\w-]+ )'[^']*'/g;

/** Wraps to `width`, indenting every line but the first. A longer word, such as a path, is never split. */
export function folded(text: string, width: number, indent = 0): string[] {
  const most = Math.max(width, NARROWEST + indent);
  if (text.length <= most) return [text];
  const lines: string[] = [];
  const [lead = ''] = /^ */.exec(text) ?? [];
  let line = lead;
  const whole = text.slice(lead.length).replace(QUOTED, (value) => value.replaceAll(' ', '\0'));
  for (const held of whole.split(BREAK)) {
    const word = held.replaceAll('\0', ' ');
    const isEmpty = line.trim() === '';
    if (!isEmpty && line.length + 1 + word.length > most) {
      lines.push(line.trimEnd());
      line = ' '.repeat(indent) + word;
    } else line += isEmpty ? word : ` ${word}`;
  }
  return [...lines, line];
}

const CONTINUED = '      ';
/** Quotes hold a word together, and an option stays with its value. */
const WORD = String.raw`(?:'[^']*'|"[^"]*"|[^\s'"])+`;
const PART = new RegExp(`-${WORD} (?![-\\\\|>&])${WORD}|${WORD}`, 'g');

/** Wraps a command line between its words, so that a shell takes what is copied as one. A comment without room goes above. */
export function foldedCommand(text: string, width: number): string[] {
  // Behind an escaped quote, it is not plain where a word ends.
  if (text.length <= width || /\\['"]/.test(text)) return [text];
  const [, command = text, comment] = /^(.*?\S) +# (.*)$/.exec(text) ?? [];
  // `  bash:  …` is a label, with room behind it.
  const [lead = ''] = /^ *(?:\w+: +)?/.exec(text) ?? [];
  const isRoomy = (part: string) => CONTINUED.length + part.length + 2 <= width;
  const [first = '', ...parts] = (command.slice(lead.length).match(PART) ?? []).flatMap((part) =>
    isRoomy(part) ? part : part.split(/ (.*)/, 2),
  );
  const lines: string[] = comment === undefined ? [] : folded(`${lead}# ${comment}`, width, lead.length + 2);
  let line = lead + first;
  for (const [at, part] of parts.entries()) {
    const end = at === parts.length - 1 ? '' : ' \\';
    if (`${line} ${part}${end}`.length > width) {
      lines.push(`${line} \\`);
      line = CONTINUED + part;
    } else line += ` ${part}`;
  }
  return [...lines, line];
}

const SQL_INDENT = '    ';
/** A word of SQL holds its quoted parts together, whatever is in them; the rest are line ends and spaces. */
const SQL_PART = /(?:'[^']*'|"[^"]*"|[^\s'"]|['"])+|\n|[^\S\n]+/g;

/** Wraps SQL between its words, so that it means the same when it is copied; with a comment in it, it stays as it is. */
export function foldedSql(sql: string, width: number): string[] {
  if (/--|\/\*/.test(sql.replace(/'[^']*'|"[^"]*"/g, ''))) return sql.split('\n');
  const lines: string[] = [];
  let [line, gap, indent] = ['', '', ''];
  for (const part of sql.match(SQL_PART) ?? []) {
    if (part === '\n') {
      lines.push(line);
      [line, gap, indent] = ['', '', ''];
    } else if (/^\s/.test(part)) {
      gap = part;
      if (line === '') indent = part;
    } else if (line.trim() !== '' && line.length + gap.length + part.length > width) {
      lines.push(line);
      [line, gap] = [indent + SQL_INDENT + part, ''];
    } else [line, gap] = [line + gap + part, ''];
  }
  // What a quoted part holds may have line ends of its own.
  return [...lines, line].join('\n').split('\n');
}
