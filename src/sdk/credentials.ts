/** What we use of the credential providers; see sagemaker.ts for why. */
export { fromEnv, fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
