/** A group that is not there: exit 3, and the nearest name, wherever a name goes. */
import { expect, test } from 'vitest';
import { watchedStore } from '../support/watched-store.js';

const COMMANDS = [
  ['get', 'custmers', '1'],
  ['put', 'custmers', '--record', '{"id":"1"}'],
  ['schema', 'Customers-Online'],
  ['bulk-get', 'custmers', '-'],
  ['clear', 'customer', '--force'],
  ['migrate', 'customers', 'customers-onlin'],
];

test('every command names the nearest group', async () => {
  const store = await watchedStore();
  await store.create('customers');
  await store.create('customers_online');
  for (const argv of COMMANDS) {
    const { code, stdout, stderr } = await store.run(argv);
    expect({ argv, code, stdout }).toEqual({ argv, code: 3, stdout: '' });
    expect(stderr).toMatch(/ Did you mean customers(_online)\?\n$| Did you mean customers\?\n$/);
  }
  expect(store.wire.count('ListFeatureGroups')).toBe(COMMANDS.length);
});

test('nothing is guessed where no name is near, where listing is denied or unavailable, or for an ARN', async () => {
  const store = await watchedStore();
  const arn = await store.create('customers');
  const none = /There is no feature group \S+ in us-east-1\.\n$/;
  expect(await store.run(['schema', 'orders'])).toMatchObject({ code: 3, stderr: expect.stringMatching(none) });
  expect(await store.run(['schema', `${arn}s`])).toMatchObject({ code: 3, stderr: expect.stringMatching(none) });
  store.local.faults.deny = ['sagemaker:ListFeatureGroups'];
  expect(await store.run(['schema', 'custmers'])).toMatchObject({ code: 3, stderr: expect.stringMatching(none) });
  // Patience is for the job, and not for a guess.
  const started = store.wire.count('ListFeatureGroups');
  expect(await store.run(['bulk-put', 'custmers', '-'])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(none),
  });
  expect(store.wire.count('ListFeatureGroups') - started).toBe(1);
});
