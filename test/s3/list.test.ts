/** Listings of a store that encodes keys, and of one that ignores the wish for it. */
import { ListObjectsV2Command, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { listObjects, listVersions, type StoredObject } from '../../src/s3/list.js';

const s3 = mockClient(S3Client);
const client = new S3Client({ region: 'us-east-1' });
const PLACE = { bucket: 'b', prefix: '' };

beforeEach(() => s3.reset());
afterAll(() => s3.restore());

async function keysOf(pages: AsyncIterable<StoredObject[]>): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of pages) keys.push(...page.map(({ key }) => key));
  return keys;
}

test.each([
  ['encoded, where the answer says so', 'url' as const, 'a b'],
  ['plain, where it does not', undefined, 'a%20b'],
])('keys and markers are taken as %s', async (_how, EncodingType, key) => {
  s3.on(ListObjectsV2Command).resolves({ EncodingType, Contents: [{ Key: 'a%20b' }] });
  s3.on(ListObjectVersionsCommand)
    .resolvesOnce({ EncodingType, Versions: [{ Key: 'a%20b' }], IsTruncated: true, NextKeyMarker: 'a%20b' })
    .resolves({ EncodingType, DeleteMarkers: [{ Key: 'a%20b' }] });
  expect(await keysOf(listObjects(client, PLACE))).toEqual([key]);
  expect(await keysOf(listVersions(client, PLACE))).toEqual([key, key]);
  const markers = s3.commandCalls(ListObjectVersionsCommand).map(({ args }) => args[0].input.KeyMarker);
  expect(markers).toEqual([undefined, key]);
});

test('a plain key that is no URL encoding at all is taken as it is', async () => {
  s3.on(ListObjectsV2Command).resolves({ Contents: [{ Key: '100%/a+b' }] });
  expect(await keysOf(listObjects(client, PLACE))).toEqual(['100%/a+b']);
});
