/** GetWorkGroup: a workgroup and its configuration. */
import type { Operation } from '../../operation.js';
import { required } from '../../rules.js';
import { describeWorkGroup, workGroupName, workGroupOf } from './shapes.js';

export const getWorkGroup: Operation<{ WorkGroup: string }> = {
  rules: { WorkGroup: required(workGroupName) },
  run: (store, { WorkGroup }, caller) => ({ WorkGroup: describeWorkGroup(workGroupOf(store, caller, WorkGroup)) }),
};
