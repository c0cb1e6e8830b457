/** Validates names and ARNs of feature groups, and checks that an answer is about the group asked for. Pure. */
import { RefusedError, UsageError } from '../../errors.js';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeFeatureGroup.html */
const NAME_OR_ARN =
  /^(arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:\d{12}:feature-group\/)?[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}$/;

/** The region in a feature group's ARN; undefined for a name. */
export const regionOfArn = (nameOrArn: string): string | undefined =>
  /^arn:[^:]*:sagemaker:([^:]+):/.exec(nameOrArn)?.[1];

/** @throws UsageError for what is neither a name nor an ARN */
export function checkName(nameOrArn: string): void {
  if (NAME_OR_ARN.test(nameOrArn)) return;
  throw new UsageError(
    `${JSON.stringify(nameOrArn)} cannot be a feature group: a name has at most 64 letters, digits, hyphens and underscores and begins and ends with a letter or digit; an ARN is arn:aws:sagemaker:REGION:ACCOUNT:feature-group/NAME.`,
  );
}

/**
 * Compares case-insensitively, as in ARNs; any other difference is another account, region or group.
 * @throws RefusedError (exit 6) where the answer is about another group
 */
export function checkAnswer(
  nameOrArn: string,
  { FeatureGroupArn, FeatureGroupName }: { FeatureGroupArn?: string; FeatureGroupName?: string },
): void {
  const answered = nameOrArn.startsWith('arn:') ? FeatureGroupArn : FeatureGroupName;
  if (answered?.toLowerCase() === nameOrArn.toLowerCase()) return;
  throw new RefusedError(
    `${nameOrArn} was requested, but the answer is about ${answered ?? 'no group'}: check --region, --profile and --endpoint-url. Nothing was changed.`,
  );
}
