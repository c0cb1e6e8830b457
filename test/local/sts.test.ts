import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, it } from 'vitest';
import { throughEveryDoor } from '../support/doors.js';

throughEveryDoor('STS', (door) => {
  it('says who is calling', async () => {
    const identity = await door.client(STSClient).send(new GetCallerIdentityCommand({}));
    expect(identity.Account).toBe('000000000000');
    expect(identity.Arn).toBe('arn:aws:sts::000000000000:assumed-role/local/user');
  });

  it('hands out credentials for a role, for as long as asked', async () => {
    const assumed = await door.client(STSClient).send(
      new AssumeRoleCommand({
        RoleArn: 'arn:aws:iam::000000000000:role/path/reader',
        RoleSessionName: 'a.session',
        DurationSeconds: 900,
      }),
    );
    expect(assumed.AssumedRoleUser?.Arn).toBe('arn:aws:sts::000000000000:assumed-role/reader/a.session');
    const lifetime = assumed.Credentials!.Expiration!.getTime() - Date.now();
    expect(Math.abs(lifetime - 900_000)).toBeLessThan(10_000);
  });

  it('refuses a session name that IAM would refuse', async () => {
    const call = new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::000000000000:role/reader', RoleSessionName: 'a b' });
    await expect(door.client(STSClient).send(call)).rejects.toMatchObject({
      name: 'ValidationError',
      message:
        "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: " +
        'Member must satisfy regular expression pattern: [\\w+=,.@-]*',
    });
  });
});
