/** UpdateWorkGroup: another output location, other manners, or a switch off. */
import type { Operation } from '../../wire/operation.js';
import { required, string } from '../../wire/rules.js';
import type { WorkGroup } from '../workgroups.js';
import { workGroupName, workGroupOf } from './shapes.js';

interface Input {
  WorkGroup: string;
  Description?: string;
  State?: WorkGroup['state'];
  ConfigurationUpdates?: {
    EnforceWorkGroupConfiguration?: boolean;
    ResultConfigurationUpdates?: { OutputLocation?: string; RemoveOutputLocation?: boolean };
  };
}

export const updateWorkGroup: Operation<Input> = {
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
