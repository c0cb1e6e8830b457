/** The calls of bulk work as plain HTTP: path and body of the request, output of the answer. Pure. */
import {
  BatchGetRecordCommand,
  BatchWriteRecordCommand,
  DeleteRecordCommand,
  ListRecordsCommand,
  PutRecordCommand,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';

import { whatCameInstead, whatJsonLacks } from '../sdk/answers.js';
import { batchWriteJson, putJson } from './body-json.js';

export type HotCommand =
  BatchGetRecordCommand | BatchWriteRecordCommand | DeleteRecordCommand | ListRecordsCommand | PutRecordCommand;

/** An answer, read to its end, or to where it broke off. */
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
  /** Without the endpoint's own path. */
  path: string;
  /** `a=1&b=2` */
  query?: string;
  /** UTF-8 once, for length, hash and connection; empty where the call has none. */
  body: Buffer;
  /** The command's output; undefined for anything but a whole success of the service: the SDK then interprets the answer. */
  read(answer: Answer): object | undefined;
}

/** The call of a command, or undefined where the command is none of the hot ones. */
export function hotCallOf(command: HotCommand): HotCall | undefined {
  if (command instanceof BatchWriteRecordCommand) return batchCall('BatchWriteRecord', batchWriteJson(command.input));
  if (command instanceof BatchGetRecordCommand) return batchCall('BatchGetRecord', JSON.stringify(command.input));
  if (command instanceof PutRecordCommand) return putCall(command);
  if (command instanceof DeleteRecordCommand) return deleteCall(command);
  if (command instanceof ListRecordsCommand) return listCall(command);
  return undefined;
}

function batchCall(name: string, body: string, path = `/${name}`): HotCall {
  return {
    operation: operation(name),
    method: 'POST',
    path,
    body: Buffer.from(body),
    read(answer) {
      if (!isWhole(answer)) return undefined;
      const parsed = parse(answer.body);
      const isOurs = parsed !== undefined && whatJsonLacks(name, answer, parsed) === undefined;
      return isOurs ? Object.assign(parsed, metadata(answer)) : undefined;
    },
  };
}

function putCall({ input }: PutRecordCommand): HotCall | undefined {
  const { FeatureGroupName } = input;
  // The SDK has the words for a missing name.
  if (!FeatureGroupName) return undefined;
  return {
    operation: operation('PutRecord'),
    method: 'PUT',
    path: `/FeatureGroup/${escapeUri(FeatureGroupName)}`,
    body: Buffer.from(putJson(input)),
    read: (answer) => readEmpty('PutRecord', answer),
  };
}

function deleteCall({ input }: DeleteRecordCommand): HotCall | undefined {
  const { FeatureGroupName, RecordIdentifierValueAsString, EventTime, TargetStores = [], DeletionMode } = input;
  if (!FeatureGroupName || RecordIdentifierValueAsString === undefined || EventTime === undefined) return undefined;
  const named = { DeletionMode, EventTime, RecordIdentifierValueAsString, TargetStores };
  const query = Object.entries(named).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => `${name}=${escapeUri(each)}`),
  );
  return {
    operation: operation('DeleteRecord'),
    method: 'DELETE',
    path: `/FeatureGroup/${escapeUri(FeatureGroupName)}`,
    query: query.join('&'),
    body: Buffer.alloc(0),
    read: (answer) => readEmpty('DeleteRecord', answer),
  };
}

function listCall({ input }: ListRecordsCommand): HotCall | undefined {
  const { FeatureGroupName, ...body } = input;
  if (!FeatureGroupName) return undefined;
  return batchCall('ListRecords', JSON.stringify(body), `/FeatureGroup/${escapeUri(FeatureGroupName)}/ListRecords`);
}

function readEmpty(name: string, answer: Answer): object | undefined {
  return isWhole(answer) && whatCameInstead(name, answer) === undefined ? metadata(answer) : undefined;
}

const operation = (name: string) => `SageMakerFeatureStoreRuntime.${name}`;

function isWhole({ status, broken }: Answer): boolean {
  return status === 200 && broken === undefined;
}

/** Undefined for no JSON object, such as a proxy's page. */
function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function metadata({ status, headers }: Answer): object {
  const $metadata = { httpStatusCode: status, requestId: headers['x-amzn-requestid'], attempts: 1, totalRetryDelay: 0 };
  return { $metadata };
}

/** RFC 3986, as SigV4 wants it: encodeURIComponent leaves five characters more as they are. */
export function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
