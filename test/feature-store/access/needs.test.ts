import { expect, test } from 'vitest';
import {
  COMMANDS_WITH_NEEDS,
  needsOf,
  policyOf,
  type Job,
  type Need,
} from '../../../src/feature-store/access/needs.js';
import { groupOf } from '../groups.js';

const both = groupOf([], { name: 'both' });
const online = groupOf([], { name: 'online', offline: undefined });
const iceberg = groupOf([], { name: 'iceberg', offline: { ...both.offline!, tableFormat: 'Iceberg' } });

const jobs: [name: string, groups: Job['groups']][] = [
  ['no group', []],
  ['one', [both]],
  ['an online store', [online]],
  ['Iceberg', [iceberg]],
  ['two', [online, both]],
  ['the same twice', [both, both]],
  ['three', [both, online, iceberg]],
  ['one that cannot be described', [undefined, both]],
];
const job = (groups: Job['groups'], more: Partial<Job> = {}): Job => ({
  ...{ partition: 'aws-cn', region: 'cn-north-1', account: '111122223333', groups },
  workGroupArn: 'arn:aws-cn:athena:cn-north-1:111122223333:workgroup/primary',
  ...more,
});

const grants = (needs: Pick<Need, 'action' | 'resources'>[]) =>
  new Set(needs.flatMap(({ action, resources }) => resources.map((resource) => `${action} ${resource}`)));

test.each(COMMANDS_WITH_NEEDS.flatMap((command) => jobs.map(([name, groups]) => ({ command, name, groups }))))(
  'the policy of $command with $name grants what is needed and no more, in statements of valid Sids',
  ({ command, groups }) => {
    for (const resultPlace of [undefined, 's3://results/athena/']) {
      const needs = needsOf(command, job(groups, { resultPlace }));
      const { Statement } = policyOf(needs);
      const granted = Statement.flatMap(({ Action, Resource }) =>
        Action.map((action) => ({ action, resources: [Resource].flat() })),
      );
      expect(grants(granted)).toEqual(grants(needs));
      const sids = Statement.map(({ Sid }) => Sid);
      expect(new Set(sids).size).toBe(sids.length);
      for (const sid of sids) expect(sid).toMatch(/^[A-Za-z]{3,60}$/);
      expect(JSON.stringify(Statement)).not.toContain('arn:aws:s3');
    }
  },
);
