/** What we use of the STS client; see sagemaker.ts for why. */
export { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
