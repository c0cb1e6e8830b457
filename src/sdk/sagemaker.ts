/** What we use of the SageMaker client, and no more: a bundler cannot drop the rest of a package that is imported when needed. */
export {
  AddTagsCommand,
  CreateFeatureGroupCommand,
  DeleteFeatureGroupCommand,
  DeleteTagsCommand,
  DescribeFeatureGroupCommand,
  ListFeatureGroupsCommand,
  SageMakerClient,
  UpdateFeatureGroupCommand,
  UpdateFeatureMetadataCommand,
  paginateListFeatureGroups,
} from '@aws-sdk/client-sagemaker';
