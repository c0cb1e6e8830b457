import { describe, expect, it } from 'vitest';
import { brokenRules, integer, list, required, string, structure } from '../../src/local/wire/rules.js';
import type { Rules } from '../../src/local/wire/rules.js';

const rules: Rules = {
  FeatureGroupName: required(string({ minLength: 1, maxLength: 4, pattern: '[a-z]+' })),
  MaxResults: integer({ min: 1, max: 100 }),
  Tags: list(structure({ Key: required(string()), Kind: string({ oneOf: ['a', 'b'] }) }), { maxLength: 2 }),
};
const one = (words: string) => `1 validation error detected: ${words}`;

describe('input rules', () => {
  it('say nothing of an input that keeps them', () => {
    expect(
      brokenRules(rules, { FeatureGroupName: 'abc', MaxResults: 100, Tags: [{ Key: '' }], Other: 1 }),
    ).toBeUndefined();
  });

  it.each([
    [{}, one("Value at 'featureGroupName' failed to satisfy constraint: Member must not be null")],
    [
      { FeatureGroupName: 'abcde' },
      one(
        "Value 'abcde' at 'featureGroupName' failed to satisfy constraint: Member must have length less than or equal to 4",
      ),
    ],
    [
      { FeatureGroupName: 'A' },
      one(
        "Value 'A' at 'featureGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
      ),
    ],
    [
      { FeatureGroupName: 'a', MaxResults: 101 },
      one("Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100"),
    ],
    [
      { FeatureGroupName: 'a', Tags: [{ Key: 'k' }, { Key: 'k', Kind: 'c' }] },
      one("Value 'c' at 'tags.2.member.kind' failed to satisfy constraint: Member must satisfy enum value set: [a, b]"),
    ],
  ])('word what %j breaks as the service does', (input, words) => {
    expect(brokenRules(rules, input)).toBe(words);
  });

  it('count everything that is broken', () => {
    expect(brokenRules(rules, { MaxResults: 0 })).toMatch(
      /^2 validation errors detected: Value at .*; Value '0' at 'maxResults'/,
    );
  });

  it('refuse a member of another JSON type before anything else', () => {
    const wrong = () => brokenRules(rules, { FeatureGroupName: 7 });
    expect(wrong).toThrow(expect.objectContaining({ code: 'SerializationException' }));
  });
});
