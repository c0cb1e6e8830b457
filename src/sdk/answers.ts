/**
 * Whether an answer is the service's own, for the SDK's clients and the hot calls alike: its content type, its root, and the
 * members that the service's model requires. Whatever else comes (a proxy's page, nothing, half of it) proves nothing. Pure.
 */
import { isTransient } from '../errors.js';

interface RawAnswer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string | undefined>;
  body: Uint8Array;
}

type Test = (value: unknown) => boolean;
type Shape =
  | { kind: 'json'; members: Record<string, Test> }
  /** Nothing, or `{}`. */
  | { kind: 'empty' }
  | { kind: 'xml'; roots: string[] }
  /** The body is the object itself, or empty; an ETag shows that the answer is S3's. */
  | { kind: 'bytes' };

const isObject: Test = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isList: Test = Array.isArray;
const isText: Test = (value) => typeof value === 'string' && value !== '';
const isTexts: Test = (value) => Array.isArray(value) && value.every((each) => typeof each === 'string');
const isListOrAbsent: Test = (value) => value === undefined || value === null || Array.isArray(value);
const isPresent: Test = (value) => value !== undefined && value !== null;

const json = (members: Record<string, Test> = {}): Shape => ({ kind: 'json', members });
/** S3 may answer 200 too early and put an error into the body, which the SDK reads. */
const xml = (root: string, ...others: string[]): Shape => ({ kind: 'xml', roots: [root, 'Error', ...others] });
const EMPTY: Shape = { kind: 'empty' };
const BYTES: Shape = { kind: 'bytes' };

/**
 * What the models require; of DescribeFeatureGroup all but NextToken, which the service leaves out against its model.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Feature_Store_Runtime.html
 */
const SHAPES: Record<string, Shape> = {
  BatchWriteRecord: json({ Errors: isList, UnprocessedEntries: isList }),
  BatchGetRecord: json({ Records: isList, Errors: isList, UnprocessedIdentifiers: isList }),
  ListRecords: json({ RecordIdentifiers: isTexts }),
  GetRecord: json({ Record: isListOrAbsent }),
  PutRecord: EMPTY,
  DeleteRecord: EMPTY,
  UpdateRecord: EMPTY,
  DescribeFeatureGroup: json({
    FeatureGroupArn: isText,
    FeatureGroupName: isText,
    RecordIdentifierFeatureName: isText,
    EventTimeFeatureName: isText,
    FeatureDefinitions: isList,
    CreationTime: isPresent,
  }),
  ListFeatureGroups: json({ FeatureGroupSummaries: isList }),
  CreateFeatureGroup: json({ FeatureGroupArn: isText }),
  UpdateFeatureGroup: json({ FeatureGroupArn: isText }),
  DeleteFeatureGroup: EMPTY,
  StartQueryExecution: json({ QueryExecutionId: isText }),
  GetQueryExecution: json({
    QueryExecution: (value) => isText((value as { Status?: { State?: unknown } } | undefined)?.Status?.State),
  }),
  GetQueryResults: json({ ResultSet: isObject }),
  GetWorkGroup: json({ WorkGroup: isObject }),
  ListObjectsV2: xml('ListBucketResult'),
  ListObjectVersions: xml('ListVersionsResult', 'ListBucketVersionsResult'),
  GetBucketVersioning: xml('VersioningConfiguration'),
  DeleteObjects: xml('DeleteResult'),
  CopyObject: xml('CopyObjectResult'),
  UploadPartCopy: xml('CopyPartResult'),
  CreateMultipartUpload: xml('InitiateMultipartUploadResult'),
  CompleteMultipartUpload: xml('CompleteMultipartUploadResult'),
  GetObject: BYTES,
  HeadObject: BYTES,
  PutObject: BYTES,
  UploadPart: BYTES,
  AssumeRole: xml('AssumeRoleResponse'),
  GetCallerIdentity: xml('GetCallerIdentityResponse'),
  GetTable: json({ Table: isObject }),
  GetDatabase: json({ Database: isObject }),
  DeleteTable: EMPTY,
};
/** Statuses of endpoints that do not know an operation; the caller reads them, whatever the body. */
const UNKNOWN_HERE = new Set([404, 405, 501]);
const HTML = /^\s*(?:<!doctype html|<html)/i;
const JSON_TYPE = /[/+]json\b|x-amz-json/i;
const XML_TYPE = /[/+]xml\b/i;
/** Bytes of a body that are looked at. */
const MAX_BYTES_LOOKED_AT = 512;

/** True for an operation whose body is streamed to the caller, however long it is. */
export const isStreamed = (operation: string): boolean => operation === 'GetObject';

/**
 * Says what came instead of the service's answer, in words that fit behind "was answered with"; undefined where the answer
 * is the service's. An error of the service is an answer, too.
 */
export function whatCameInstead(operation: string, answer: RawAnswer): string | undefined {
  const { status } = answer;
  if (status < 200 || status >= 300) {
    if (isHtml(answer)) return UNKNOWN_HERE.has(status) ? undefined : `an HTML page (status ${status}, a proxy?)`;
    return brokenError(answer);
  }
  const shape = SHAPES[operation];
  if (shape?.kind === 'bytes') return answer.headers.etag ? undefined : (pageOf(answer) ?? 'a body without an ETag');
  const page = pageOf(answer);
  if (page) return page;
  if (shape?.kind === 'empty') return notEmpty(answer);
  if (shape?.kind === 'xml') return notXml(answer, shape.roots);
  if (shape?.kind === 'json') return notJson(answer, shape.members);
  return undefined;
}

/**
 * The status that goes with the code of an error that S3 puts into a 200, for it may say so before it knows; undefined for
 * any other answer. To the SDK all of them are a 503, as if a denial passed.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export function statusInside(operation: string, { body }: RawAnswer): number | undefined {
  if (SHAPES[operation]?.kind !== 'xml' || rootOf(body) !== 'Error') return undefined;
  return isTransient({ name: codeOf(body) }) ? 503 : 400;
}

/** Like `whatCameInstead`, for a success whose body is already parsed. */
export function whatJsonLacks(
  operation: string,
  { headers }: Omit<RawAnswer, 'body'>,
  parsed: unknown,
): string | undefined {
  const shape = SHAPES[operation];
  return otherType(headers, JSON_TYPE) ?? (shape?.kind === 'json' ? lacking(parsed, shape.members) : undefined);
}

/** Whether an answer is a page for people. */
export function isHtml({ headers, body }: RawAnswer): boolean {
  return /\bhtml\b/i.test(headers['content-type'] ?? '') || HTML.test(textOf(body));
}

/** A truncated error does not say what went wrong. */
function brokenError({ status, body }: RawAnswer): string | undefined {
  const text = textOf(body);
  if (/^\uFEFF?\s*</.test(text) && !isClosed(body, rootOf(body))) return `XML that breaks off (status ${status})`;
  return /^\s*\{/.test(text) && !parsedJson(body) ? `JSON that breaks off (status ${status})` : undefined;
}

const pageOf = (answer: RawAnswer) => (isHtml(answer) ? "an HTML page (a proxy's login page?)" : undefined);

function otherType(headers: RawAnswer['headers'], expected: RegExp): string | undefined {
  const type = headers['content-type'];
  return type === undefined || type === '' || expected.test(type) ? undefined : `content of type ${type}`;
}

function notEmpty({ headers, body }: RawAnswer): string | undefined {
  const text = textOf(body).trim();
  if (text === '') return undefined;
  return otherType(headers, JSON_TYPE) ?? (/^\{\s*\}$/.test(text) ? undefined : 'a body where none belongs');
}

function notJson({ headers, body }: RawAnswer, members: Record<string, Test>): string | undefined {
  if (body.length === 0) return 'an empty body';
  const type = otherType(headers, JSON_TYPE);
  if (type) return type;
  const parsed = parsedJson(body);
  if (parsed) return lacking(parsed.value, members);
  return /^\s*[[{]/.test(textOf(body)) ? 'JSON that breaks off or is malformed' : 'something that is not JSON';
}

function parsedJson(body: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(Buffer.from(body).toString()) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function lacking(parsed: unknown, members: Record<string, Test>): string | undefined {
  if (!isObject(parsed)) return 'JSON that is not an object';
  const object = parsed as Record<string, unknown>;
  const missing: string[] = [];
  for (const name in members) if (!members[name]!(object[name])) missing.push(name);
  return missing.length === 0 ? undefined : `JSON without ${missing.join(', ')}`;
}

function notXml({ headers, body }: RawAnswer, roots: string[]): string | undefined {
  const root = rootOf(body);
  if (root === undefined) return body.length === 0 ? 'an empty body' : 'something that is not XML';
  if (!roots.includes(root)) return `XML of another kind (<${root}>)`;
  if (!isClosed(body, root)) return 'XML that breaks off';
  if (root === 'Error' && codeOf(body) === undefined) return 'an error without a code';
  return otherType(headers, XML_TYPE);
}

const rootOf = (body: Uint8Array): string | undefined =>
  /^\uFEFF?\s*(?:<\?xml[^>]*\?>)?\s*<([A-Za-z][\w:.-]*)/.exec(textOf(body))?.[1];

const codeOf = (body: Uint8Array): string | undefined => /<Code>\s*([^<\s]+)\s*<\/Code>/.exec(textOf(body))?.[1];

function isClosed(body: Uint8Array, root: string | undefined): boolean {
  const end = Buffer.from(body.subarray(-MAX_BYTES_LOOKED_AT)).toString().trimEnd();
  return root !== undefined && (end.endsWith(`</${root}>`) || end.endsWith('/>'));
}

const textOf = (body: Uint8Array) => Buffer.from(body.subarray(0, MAX_BYTES_LOOKED_AT)).toString();
