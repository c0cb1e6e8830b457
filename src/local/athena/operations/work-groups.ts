/** Workgroups: result location, and whether a query may override it. */
import { operation } from '../../wire/operation.js';
import { boolean, required, string, structure } from '../../wire/rules.js';
import { PRIMARY } from '../workgroups.js';
import { describeWorkGroup, invalidRequest, workGroupName, workGroupOf } from './shapes.js';

const Description = string({ maxLength: 1024 });
const EnforceWorkGroupConfiguration = boolean();
const OutputLocation = string();

export const workGroups = {
  /** Enforces its configuration by default. */
  CreateWorkGroup: operation({
    rules: {
      Name: required(workGroupName),
      Description,
      Configuration: structure({ EnforceWorkGroupConfiguration, ResultConfiguration: structure({ OutputLocation }) }),
    },
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
  }),

  /** A workgroup and its configuration. */
  GetWorkGroup: operation({
    rules: { WorkGroup: required(workGroupName) },
    run: (store, { WorkGroup }, caller) => ({ WorkGroup: describeWorkGroup(workGroupOf(store, caller, WorkGroup)) }),
  }),

  /** Changes output location, settings or state. */
  UpdateWorkGroup: operation({
    rules: {
      WorkGroup: required(workGroupName),
      Description,
      State: string({ oneOf: ['ENABLED', 'DISABLED'] }),
      ConfigurationUpdates: structure({
        EnforceWorkGroupConfiguration,
        ResultConfigurationUpdates: structure({ OutputLocation, RemoveOutputLocation: boolean() }),
      }),
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
  }),

  /** Deletes a workgroup; the output of its queries stays. */
  DeleteWorkGroup: operation({
    rules: { WorkGroup: required(workGroupName) },
    async run(store, { WorkGroup }, caller) {
      if (WorkGroup === PRIMARY) throw invalidRequest('Primary WorkGroup can not be deleted');
      workGroupOf(store, caller, WorkGroup);
      await store.queries.workGroups.delete(caller.region, WorkGroup);
      return {};
    },
  }),
};
