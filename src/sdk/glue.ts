/** What we use of the Glue client; see sagemaker.ts for why. */
export { DeleteTableCommand, GetDatabaseCommand, GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
