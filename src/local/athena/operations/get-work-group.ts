/** GetWorkGroup: a workgroup and its configuration. */
import type { Operation } from '../../wire/operation.js';
import { required } from '../../wire/rules.js';
import { describeWorkGroup, workGroupName, workGroupOf } from './shapes.js';

export const getWorkGroup: Operation<{ WorkGroup: string }> = {
  rules: { WorkGroup: required(workGroupName) },
  run: (store, { WorkGroup }, caller) => ({ WorkGroup: describeWorkGroup(workGroupOf(store, caller, WorkGroup)) }),
};
