/** Text from outside (identifiers, file names, messages of the service) as a terminal may be shown it. Pure. */

/** C0, DEL and C1 controls, which drive a terminal; line separators; bidi overrides, which reorder what is read. */
const CONTROLS = '\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069';
const ON_A_LINE = new RegExp(`[${CONTROLS}]`, 'g');
const ON_LINES = new RegExp(`(?![\\n\\t])[${CONTROLS}]`, 'g');

/** On one line: each control character as JSON escapes it, so that a JSON text keeps its meaning. */
export const printable = (text: string): string => text.replace(ON_A_LINE, escaped);

/** The same for a text of several lines, whose line ends and tabs stay. */
export const printableLines = (text: string): string => text.replace(ON_LINES, escaped);

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' };

function escaped(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
