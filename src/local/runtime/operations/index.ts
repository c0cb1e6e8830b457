/** The runtime's operations, and where each of them sits on the wire. */
import type { Operation } from '../../wire/operation.js';
import { batchGetRecord, getRecord, listRecords } from './read-records.js';
import { batchWriteRecord, deleteRecord, putRecord, updateRecord } from './write-records.js';

export interface Route {
  name: string;
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Matched on the raw path; its group is the label FeatureGroupName. */
  path: RegExp;
  operation: Operation;
  /** IAM actions where they are not `sagemaker:` and the operation's name. */
  actions?: readonly string[];
}

const GROUP_PATH = /^\/FeatureGroup\/([^/]+)$/;
const PUT = 'sagemaker:PutRecord';

export const routes: Route[] = [
  { name: 'GetRecord', method: 'GET', path: GROUP_PATH, operation: getRecord },
  { name: 'PutRecord', method: 'PUT', path: GROUP_PATH, operation: putRecord },
  { name: 'DeleteRecord', method: 'DELETE', path: GROUP_PATH, operation: deleteRecord },
  { name: 'ListRecords', method: 'POST', path: /^\/FeatureGroup\/([^/]+)\/ListRecords$/, operation: listRecords },
  {
    name: 'UpdateRecord',
    method: 'POST',
    path: /^\/FeatureGroup\/([^/]+)\/Record$/,
    operation: updateRecord,
    actions: [PUT],
  },
  { name: 'BatchGetRecord', method: 'POST', path: /^\/BatchGetRecord$/, operation: batchGetRecord },
  {
    name: 'BatchWriteRecord',
    method: 'POST',
    path: /^\/BatchWriteRecord$/,
    operation: batchWriteRecord,
    actions: ['sagemaker:BatchWriteRecord', PUT],
  },
];
