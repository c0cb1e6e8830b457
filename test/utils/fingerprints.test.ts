import { describe, expect, it } from 'vitest';
import { openFingerprints } from '../../src/utils/fingerprints.js';

describe('a set of fingerprints', () => {
  it('knows what was added, once each, however far it grows', () => {
    const set = openFingerprints();
    const texts = Array.from({ length: 5000 }, (_, index) => `identifier ${index}`);
    expect(texts.filter((text) => set.add(text))).toEqual(texts);
    expect(texts.filter((text) => set.add(text))).toEqual([]);
    expect(texts.every((text) => set.has(text))).toBe(true);
    expect(set.has('identifier 5000')).toBe(false);
  });
});
