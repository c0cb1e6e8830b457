/** CreateWorkGroup: a workgroup; it insists on its own configuration unless told otherwise. */
import type { Operation } from '../../wire/operation.js';
import { required, string } from '../../wire/rules.js';
import type { WorkGroup } from '../workgroups.js';
import { invalidRequest } from './refusals.js';
import { workGroupName } from './shapes.js';

interface Input {
  Name: string;
  Description?: string;
  Configuration?: WorkGroup['configuration'];
}

export const createWorkGroup: Operation<Input> = {
  rules: { Name: required(workGroupName), Description: string({ maxLength: 1024 }) },
  async run(store, { Name, Description, Configuration }, { region }) {
    const created = await store.queries.workGroups.create(region, {
      name: Name,
      description: Description,
      state: 'ENABLED',
      createdAt: store.now(),
      configuration: { EnforceWorkGroupConfiguration: true, ...Configuration },
    });
    if (!created) throw invalidRequest('WorkGroup is already created');
    return {};
  },
};
