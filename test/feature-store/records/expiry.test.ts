import { describe, expect, it } from 'vitest';
import { expiryAt } from '../../../src/feature-store/records/expiry.js';
import { groupOf } from '../../support/feature-groups.js';

const NOW = new Date('2026-03-01T00:00:00Z');
const ttl = { unit: 'Days', value: 1 } as const;
const group = { ...groupOf({ id: 'String', event_time: 'String' }), online: { storageType: 'Standard' as const } };

describe('expiryAt', () => {
  it('tells the records that are older than their time to live, to the nanosecond', () => {
    const expired = expiryAt(NOW, { group, ttl })!;
    expect(expired({ eventTime: '2026-02-28T00:00:00Z' })).toBe(true);
    expect(expired({ eventTime: '2026-02-28T00:00:00.000000001Z' })).toBe(false);
    expect(expired({ eventTime: '2999-01-01T00:00:00Z' })).toBe(false);
  });

  it('takes the time to live of the group where none is given', () => {
    expect(
      expiryAt(NOW, { group: { ...group, online: { ...group.online, ttl } } })?.({ eventTime: '2020-01-01T00:00:00Z' }),
    ).toBe(true);
  });

  it('has nothing to tell without a time to live, or without the online store', () => {
    expect(expiryAt(NOW, { group })).toBeUndefined();
    expect(expiryAt(NOW, { group, ttl, targetStores: ['OfflineStore'] })).toBeUndefined();
    expect(expiryAt(NOW, { group: { ...group, online: undefined }, ttl })).toBeUndefined();
  });
});
