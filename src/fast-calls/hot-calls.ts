/** The hot calls as plain HTTP: path, headers and body of the request, and output of the answer. Pure. */
import type * as Runtime from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type * as Control from '@aws-sdk/client-sagemaker';
import { whatCameInstead, whatJsonLacks } from '../sdk/answers.js';
import { isCircle } from '../sdk/belief.js';
import { batchWriteJson, putJson } from './body-json.js';
import { DESCRIPTION, GROUP_PAGE, known, RECORD, type Model } from './models.js';

/** Input and output by operation. */
interface HotOperations {
  BatchGetRecord: [Runtime.BatchGetRecordCommandInput, Runtime.BatchGetRecordCommandOutput];
  BatchWriteRecord: [Runtime.BatchWriteRecordCommandInput, Runtime.BatchWriteRecordCommandOutput];
  DeleteRecord: [Runtime.DeleteRecordCommandInput, Runtime.DeleteRecordCommandOutput];
  DescribeFeatureGroup: [Control.DescribeFeatureGroupCommandInput, Control.DescribeFeatureGroupCommandOutput];
  GetRecord: [Runtime.GetRecordCommandInput, Runtime.GetRecordCommandOutput];
  ListFeatureGroups: [Control.ListFeatureGroupsCommandInput, Control.ListFeatureGroupsCommandOutput];
  ListRecords: [Runtime.ListRecordsCommandInput, Runtime.ListRecordsCommandOutput];
  PutRecord: [Runtime.PutRecordCommandInput, Runtime.PutRecordCommandOutput];
}

export type HotName = keyof HotOperations;
export type InputOf<Name extends HotName> = HotOperations[Name][0];
export type OutputOf<Name extends HotName> = HotOperations[Name][1];

/** An answer, complete or up to where it broke off. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  broken?: Error;
}

export interface HotCall {
  /** `SageMakerFeatureStoreRuntime.PutRecord` */
  operation: string;
  method: string;
  /** Without the base path of the endpoint. */
  path: string;
  /** `a=1&b=2` */
  query?: string;
  /** Headers of this call, besides those common to all calls. */
  headers: Record<string, string>;
  /** Encoded once, for length, hash and connection; empty where the call has none. */
  body: Buffer;
  /** The output of the command; undefined unless the answer is a complete success: the SDK interprets the others. */
  read(answer: Answer): object | undefined;
}

const BUILDERS: { [Name in HotName]: (input: InputOf<Name>) => HotCall | undefined } = {
  BatchGetRecord: (input) => batchCall('BatchGetRecord', JSON.stringify(input)),
  BatchWriteRecord: (input) => batchCall('BatchWriteRecord', batchWriteJson(input)),
  DeleteRecord: deleteCall,
  DescribeFeatureGroup: (input) => controlCall('DescribeFeatureGroup', input, DESCRIPTION),
  GetRecord: getCall,
  ListFeatureGroups: (input) => controlCall('ListFeatureGroups', input, GROUP_PAGE),
  ListRecords: listCall,
  PutRecord: putCall,
};

/** The call for an input; undefined where it is left to the SDK. */
export function hotCallOf<Name extends HotName>(name: Name, input: InputOf<Name>): HotCall | undefined {
  return BUILDERS[name](input);
}

const JSON_BODY = { 'content-type': 'application/json' };
const NO_BODY = {};
const NOTHING = Buffer.alloc(0);

function batchCall(name: HotName, body: string, path = `/${name}`): HotCall {
  return {
    operation: operation(name),
    method: 'POST',
    path,
    headers: JSON_BODY,
    body: Buffer.from(body),
    read: (answer) => readJson(name, answer),
  };
}

/** A call of the control plane, which has a single path, and the operation in a header. */
function controlCall(name: HotName, input: object, model: Model): HotCall | undefined {
  // Dates have another format in JSON.
  if (Object.values(input).some((value) => typeof value === 'object')) return undefined;
  const target = `SageMaker.${name}`;
  return {
    operation: target,
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: Buffer.from(JSON.stringify(input)),
    read: (answer) => pageAfter(input, readJson(name, answer, model)),
  };
}

function getCall(input: Runtime.GetRecordCommandInput): HotCall | undefined {
  const { FeatureGroupName, RecordIdentifierValueAsString, FeatureNames, ExpirationTimeResponse } = input;
  // The SDK reports missing members.
  if (!FeatureGroupName || RecordIdentifierValueAsString === undefined) return undefined;
  const query = queryOf({ ExpirationTimeResponse, FeatureName: FeatureNames, RecordIdentifierValueAsString });
  const read = (answer: Answer) => readJson('GetRecord', answer, RECORD);
  return { ...recordCall('GetRecord', FeatureGroupName), method: 'GET', query, read };
}

function putCall(input: Runtime.PutRecordCommandInput): HotCall | undefined {
  const { FeatureGroupName } = input;
  if (!FeatureGroupName) return undefined;
  const body = Buffer.from(putJson(input));
  return { ...recordCall('PutRecord', FeatureGroupName), method: 'PUT', headers: JSON_BODY, body };
}

function deleteCall(input: Runtime.DeleteRecordCommandInput): HotCall | undefined {
  const { FeatureGroupName, RecordIdentifierValueAsString, EventTime, TargetStores, DeletionMode } = input;
  if (!FeatureGroupName || RecordIdentifierValueAsString === undefined || EventTime === undefined) return undefined;
  const query = queryOf({ DeletionMode, EventTime, RecordIdentifierValueAsString, TargetStores });
  return { ...recordCall('DeleteRecord', FeatureGroupName), method: 'DELETE', query };
}

/** A call on a record of a group; by default without a body, and with none in its answer. */
const recordCall = (name: HotName, group: string) => ({
  operation: operation(name),
  path: groupPath(group),
  headers: NO_BODY,
  body: NOTHING,
  read: (answer: Answer) => readEmpty(name, answer),
});

function listCall({ FeatureGroupName, ...body }: Runtime.ListRecordsCommandInput): HotCall | undefined {
  if (!FeatureGroupName) return undefined;
  const call = batchCall('ListRecords', JSON.stringify(body), `${groupPath(FeatureGroupName)}/ListRecords`);
  return { ...call, read: (answer) => pageAfter(body, call.read(answer)) };
}

/** The client of the SDK reports a circle. */
const pageAfter = (input: object, output: object | undefined) =>
  output && isCircle({ ...input }, { ...output }) ? undefined : output;

const operation = (name: string) => `SageMakerFeatureStoreRuntime.${name}`;
const groupPath = (nameOrArn: string) => `/FeatureGroup/${escapeUri(nameOrArn)}`;

function queryOf(named: Record<string, string | string[] | undefined>): string {
  return Object.entries(named)
    .flatMap(([name, value]) => [value ?? []].flat().map((each) => `${name}=${escapeUri(each)}`))
    .join('&');
}

function readEmpty(name: string, answer: Answer): object | undefined {
  return isWhole(answer) && whatCameInstead(name, answer) === undefined ? metadata(answer) : undefined;
}

/** With a model, only what the SDK would keep of the answer; without one, everything. */
function readJson(name: string, answer: Answer, model?: Model): object | undefined {
  if (!isWhole(answer)) return undefined;
  try {
    const parsed: unknown = JSON.parse(answer.body.toString());
    if (whatJsonLacks(name, answer, parsed) !== undefined) return undefined;
    return Object.assign((model ? known(parsed, model) : parsed) as object, metadata(answer));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isWhole({ status, broken }: Answer): boolean {
  return status === 200 && broken === undefined;
}

function metadata({ status, headers }: Answer): object {
  const $metadata = { httpStatusCode: status, requestId: headers['x-amzn-requestid'], attempts: 1, totalRetryDelay: 0 };
  return { $metadata };
}

/** RFC 3986, as SigV4 requires; encodeURIComponent leaves five more characters unescaped. */
export function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
