/** XML as S3 speaks it, and STS and IAM write it: values are text, an element that may repeat is a list, and nothing is expanded. */
import { XMLParser } from 'fast-xml-parser';
import { ServiceError } from './service-error.js';

/** Undefined leaves the element out, a list repeats it. */
export type XmlContent = string | number | boolean | undefined | XmlContent[] | { [name: string]: XmlContent };

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** A document of S3; errors alone have no namespace. */
export function xmlDocument(root: string, content: XmlContent): string {
  return `${DECLARATION}<${root}${root === 'Error' ? '' : NAMESPACE}>${xmlOf(content)}</${root}>`;
}

/** What stands between the tags. */
export function xmlOf(content: XmlContent): string {
  if (typeof content !== 'object') return escape(String(content ?? ''));
  return Object.entries(content)
    .flatMap(([name, value]) => [value].flat().map((one) => [name, one] as const))
    .map(([name, value]) => (value === undefined ? '' : `<${name}>${xmlOf(value)}</${name}>`))
    .join('');
}

/** Control characters become references, which S3 sends even where XML 1.0 knows them not. */
const escape = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.replace(/[&<>"\x00-\x1f\x7f]/g, (char) => NAMED[char] ?? `&#x${char.charCodeAt(0).toString(16)};`);

const NAMED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const CHARACTERS: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const unescape = (text: string): string => text.replace(/&(\w+|#\d{1,7}|#x[0-9a-f]{1,6});/gi, characterOf);

function characterOf(reference: string, name: string): string {
  if (!name.startsWith('#')) return CHARACTERS[name] ?? reference;
  const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code <= 0x10ffff ? String.fromCodePoint(code) : reference;
}

export type XmlElement = { [name: string]: string | XmlElement | (string | XmlElement)[] };

/**
 * Reads a document whose root is `root`; an empty root is an empty object.
 * @param lists elements that are lists, even of one.
 * @throws ServiceError MalformedXML
 */
export function parseXml(text: string, root: string, lists: readonly string[] = []): XmlElement {
  const malformed = (): ServiceError =>
    new ServiceError('MalformedXML', 'The XML you provided was not well-formed or did not validate against our schema');
  if (text.includes('<!')) throw malformed();
  const parser = new XMLParser({
    parseTagValue: false,
    trimValues: false,
    processEntities: false,
    isArray: (name) => lists.includes(name),
    tagValueProcessor: (_name, value) => unescape(value),
  });
  let document: XmlElement;
  try {
    document = parser.parse(text, true) as XmlElement;
  } catch {
    throw malformed();
  }
  const element = document[root];
  if (element === undefined || Array.isArray(element)) throw malformed();
  return typeof element === 'string' ? {} : element;
}
