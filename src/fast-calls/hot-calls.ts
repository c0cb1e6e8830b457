/** The calls of bulk work as plain HTTP: path and body of the request, output of the answer. Pure. */
import {
  BatchGetRecordCommand,
  BatchWriteRecordCommand,
  DeleteRecordCommand,
  ListRecordsCommand,
  PutRecordCommand,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';

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
  /** The command's output; undefined for whatever is not plain success, which the SDK shall judge. */
  read(answer: Answer): object | undefined;
}

/** The call of a command, or undefined where the command is none of the hot ones. */
export function hotCallOf(command: HotCommand): HotCall | undefined {
  if (command instanceof BatchWriteRecordCommand)
    return batchCall('BatchWriteRecord', batchWriteJson(command.input), isBatchWritten);
  if (command instanceof BatchGetRecordCommand)
    return batchCall('BatchGetRecord', JSON.stringify(command.input), isBatchRead);
  if (command instanceof PutRecordCommand) return putCall(command);
  if (command instanceof DeleteRecordCommand) return deleteCall(command);
  if (command instanceof ListRecordsCommand) return listCall(command);
  return undefined;
}

function batchCall(name: string, body: string, isOutput: (parsed: Record<string, unknown>) => boolean): HotCall {
  return {
    operation: operation(name),
    method: 'POST',
    path: `/${name}`,
    body: Buffer.from(body),
    read(answer) {
      if (!isWhole(answer)) return undefined;
      const parsed = parse(answer.body);
      return parsed && isOutput(parsed) ? Object.assign(parsed, metadata(answer)) : undefined;
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
    read: (answer) => (isWhole(answer) ? metadata(answer) : undefined),
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
    read: (answer) => (isWhole(answer) ? metadata(answer) : undefined),
  };
}

function listCall({ input }: ListRecordsCommand): HotCall | undefined {
  const { FeatureGroupName, ...body } = input;
  if (!FeatureGroupName) return undefined;
  const path = `FeatureGroup/${escapeUri(FeatureGroupName)}/ListRecords`;
  return { ...batchCall(path, JSON.stringify(body), isListed), operation: operation('ListRecords') };
}

const operation = (name: string) => `SageMakerFeatureStoreRuntime.${name}`;

function isWhole({ status, broken }: Answer): boolean {
  return status === 200 && broken === undefined;
}

function isBatchWritten({ Errors, UnprocessedEntries }: Record<string, unknown>): boolean {
  return Array.isArray(Errors) && Array.isArray(UnprocessedEntries);
}

function isBatchRead({ Records, Errors, UnprocessedIdentifiers }: Record<string, unknown>): boolean {
  return Array.isArray(Records) && Array.isArray(Errors) && Array.isArray(UnprocessedIdentifiers);
}

function isListed({ RecordIdentifiers }: Record<string, unknown>): boolean {
  return Array.isArray(RecordIdentifiers);
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
