/** Workgroups: result location, and whether a query may override it. */
import type { Operation } from '../../wire/operation.js';
import { pageOf } from '../../wire/pages.js';
import { integer, required, string } from '../../wire/rules.js';
import { PRIMARY, type WorkGroup } from '../workgroups.js';
import { invalidRequest } from './refusals.js';
import { describeWorkGroup, summarizeWorkGroup, workGroupName, workGroupOf } from './shapes.js';

interface CreateWorkGroupInput {
  Name: string;
  Description?: string;
  Configuration?: WorkGroup['configuration'];
}

/** CreateWorkGroup: enforces its configuration by default. */
export const createWorkGroup: Operation<CreateWorkGroupInput> = {
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

/** GetWorkGroup: a workgroup and its configuration. */
export const getWorkGroup: Operation<{ WorkGroup: string }> = {
  rules: { WorkGroup: required(workGroupName) },
  run: (store, { WorkGroup }, caller) => ({ WorkGroup: describeWorkGroup(workGroupOf(store, caller, WorkGroup)) }),
};

/** [ListWorkGroups](https://docs.aws.amazon.com/athena/latest/APIReference/API_ListWorkGroups.html) */
const MAX_WORK_GROUPS_PER_PAGE = 50;

/** ListWorkGroups: every workgroup of the region. */
export const listWorkGroups: Operation<{ MaxResults?: number; NextToken?: string }> = {
  rules: { MaxResults: integer({ min: 1, max: MAX_WORK_GROUPS_PER_PAGE }) },
  run(store, { MaxResults, NextToken }, { region }) {
    const all = store.queries.workGroups.list(region);
    const page = pageOf(all, { size: MaxResults ?? MAX_WORK_GROUPS_PER_PAGE, token: NextToken });
    return { WorkGroups: page.items.map(summarizeWorkGroup), NextToken: page.next };
  },
};

interface UpdateWorkGroupInput {
  WorkGroup: string;
  Description?: string;
  State?: WorkGroup['state'];
  ConfigurationUpdates?: {
    EnforceWorkGroupConfiguration?: boolean;
    ResultConfigurationUpdates?: { OutputLocation?: string; RemoveOutputLocation?: boolean };
  };
}

/** UpdateWorkGroup: changes output location, settings or state. */
export const updateWorkGroup: Operation<UpdateWorkGroupInput> = {
  rules: {
    WorkGroup: required(workGroupName),
    Description: string({ maxLength: 1024 }),
    State: string({ oneOf: ['ENABLED', 'DISABLED'] }),
  },
  async run(store, input, caller) {
    const workGroup = workGroupOf(store, caller, input.WorkGroup);
    const { EnforceWorkGroupConfiguration: enforce, ResultConfigurationUpdates: updates } =
      input.ConfigurationUpdates ?? {};
    const result = { ...workGroup.configuration.ResultConfiguration };
    if (updates?.OutputLocation !== undefined) result.OutputLocation = updates.OutputLocation;
    if (updates?.RemoveOutputLocation) delete result.OutputLocation;
    await store.queries.workGroups.update(caller.region, {
      ...workGroup,
      description: input.Description ?? workGroup.description,
      state: input.State ?? workGroup.state,
      configuration: {
        ...workGroup.configuration,
        ResultConfiguration: result,
        ...(enforce !== undefined && { EnforceWorkGroupConfiguration: enforce }),
      },
    });
    return {};
  },
};

/** DeleteWorkGroup: deletes a workgroup; the output of its queries stays. */
export const deleteWorkGroup: Operation<{ WorkGroup: string }> = {
  rules: { WorkGroup: required(workGroupName) },
  async run(store, { WorkGroup }, caller) {
    if (WorkGroup === PRIMARY) throw invalidRequest('Primary WorkGroup can not be deleted');
    workGroupOf(store, caller, WorkGroup);
    await store.queries.workGroups.delete(caller.region, WorkGroup);
    return {};
  },
};
