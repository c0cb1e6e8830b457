/** The runtime's operations, and where each of them sits on the wire. */
import type { Operations } from '../../wire/operation.js';
import { deleteRecord } from './delete-record.js';
import { batchGetRecord, getRecord } from './get-record.js';
import { listRecords } from './list-records.js';
import { batchWriteRecord, putRecord } from './put-record.js';
import { updateRecord } from './update-record.js';

export interface Route {
  operation: string;
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Matched on the raw path; its group is the label FeatureGroupName. */
  path: RegExp;
  /** Query keys and the members that they carry; a list is a repeated key. */
  query?: Record<string, { name: string; list?: true }>;
  /** IAM actions where they are not `sagemaker:` and the operation's name. */
  actions?: readonly string[];
}

export const operations: Operations = {
  BatchGetRecord: batchGetRecord,
  BatchWriteRecord: batchWriteRecord,
  DeleteRecord: deleteRecord,
  GetRecord: getRecord,
  ListRecords: listRecords,
  PutRecord: putRecord,
  UpdateRecord: updateRecord,
};

const one = (name: string): { name: string } => ({ name });
const many = (name: string): { name: string; list: true } => ({ name, list: true });

export const routes: Route[] = [
  {
    operation: 'GetRecord',
    method: 'GET',
    path: /^\/FeatureGroup\/([^/]+)$/,
    query: {
      RecordIdentifierValueAsString: one('RecordIdentifierValueAsString'),
      FeatureName: many('FeatureNames'),
      ExpirationTimeResponse: one('ExpirationTimeResponse'),
    },
  },
  { operation: 'PutRecord', method: 'PUT', path: /^\/FeatureGroup\/([^/]+)$/ },
  {
    operation: 'DeleteRecord',
    method: 'DELETE',
    path: /^\/FeatureGroup\/([^/]+)$/,
    query: {
      RecordIdentifierValueAsString: one('RecordIdentifierValueAsString'),
      EventTime: one('EventTime'),
      TargetStores: many('TargetStores'),
      DeletionMode: one('DeletionMode'),
    },
  },
  { operation: 'ListRecords', method: 'POST', path: /^\/FeatureGroup\/([^/]+)\/ListRecords$/ },
  {
    operation: 'UpdateRecord',
    method: 'POST',
    path: /^\/FeatureGroup\/([^/]+)\/Record$/,
    actions: ['sagemaker:PutRecord'],
  },
  { operation: 'BatchGetRecord', method: 'POST', path: /^\/BatchGetRecord$/ },
  {
    operation: 'BatchWriteRecord',
    method: 'POST',
    path: /^\/BatchWriteRecord$/,
    actions: ['sagemaker:BatchWriteRecord', 'sagemaker:PutRecord'],
  },
];
