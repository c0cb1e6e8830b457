/** The resources of a feature group as ARNs for IAM policies. Pure. */
import type { FeatureGroup } from '../groups/describe.js';

export interface Surroundings {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  partition: string;
  region: string;
  account: string;
  /** ARN of the Athena workgroup. */
  workGroupArn: string;
}

export interface Place {
  /** Undefined stands for any group. */
  name?: string;
  arn: string;
  online: boolean;
  offline?: 'Glue' | 'Iceberg';
  bucket: string;
  objects: string;
  /** Catalog, database and table. */
  glue: string[];
}

/** An undefined group becomes wildcards: both stores, any bucket, any table. */
export function placeOf(group: FeatureGroup | undefined, { partition, region, account }: Surroundings): Place {
  const s3 = `arn:${partition}:s3:::`;
  const glue = `arn:${partition}:glue:${region}:${account}`;
  if (!group)
    return {
      arn: `arn:${partition}:sagemaker:${region}:${account}:feature-group/*`,
      online: true,
      offline: 'Glue',
      bucket: `${s3}*`,
      objects: `${s3}*/*`,
      glue: ['catalog', 'database/*', 'table/*/*'].map((resource) => `${glue}:${resource}`),
    };
  const [, bucket, path] = /^s3:\/\/([^/]+)\/(.*?)(?:\/data)?\/?$/.exec(group.offline?.resolvedOutputS3Uri ?? '') ?? [];
  const { database = '*', name: table = '*' } = group.offline?.table ?? {};
  return {
    name: group.name,
    arn: group.arn,
    online: group.online !== undefined,
    offline: group.offline?.tableFormat,
    bucket: `${s3}${bucket ?? '*'}`,
    objects: bucket ? `${s3}${bucket}/${path}/*` : `${s3}*/*`,
    glue: ['catalog', `database/${database}`, `table/${database}/${table}`].map((resource) => `${glue}:${resource}`),
  };
}
