/** Where a feature group is, by its ARN. Pure. */

/** `arn:aws:sagemaker:REGION:ACCOUNT:feature-group/NAME` → region and account; '' for what is not there. */
export function placeOfArn(arn: string) {
  const [, , , region = '', account = ''] = arn.split(':');
  return { account, region };
}

/** Whether two groups are in one account and region, where Athena can reach both. */
export function areTogether(one: { arn: string }, other: { arn: string }): boolean {
  const [a, b] = [placeOfArn(one.arn), placeOfArn(other.arn)];
  return a.region === b.region && a.account === b.account;
}
