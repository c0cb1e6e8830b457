/** DeleteWorkGroup: forgets a workgroup; what its queries wrote stays. */
import type { Operation } from '../../wire/operation.js';
import { required } from '../../wire/rules.js';
import { PRIMARY } from '../workgroups.js';
import { invalidRequest } from './refusals.js';
import { workGroupName, workGroupOf } from './shapes.js';

export const deleteWorkGroup: Operation<{ WorkGroup: string }> = {
  rules: { WorkGroup: required(workGroupName) },
  async run(store, { WorkGroup }, caller) {
    if (WorkGroup === PRIMARY) throw invalidRequest('Primary WorkGroup can not be deleted');
    workGroupOf(store, caller, WorkGroup);
    await store.queries.workGroups.delete(caller.region, WorkGroup);
    return {};
  },
};
