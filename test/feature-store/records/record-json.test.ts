import fc from 'fast-check';
import { expect, it } from 'vitest';
import { escaped, featureValues, openingsOf, openRecordJson } from '../../../src/feature-store/records/record-json.js';

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'binary-ascii' }),
);
const values = fc.array(
  fc.oneof(
    fc.record({ FeatureName: text, ValueAsString: text }),
    fc.record({ FeatureName: text, ValueAsStringList: fc.array(text) }),
  ),
);

it('is to the letter what JSON.stringify writes, one record after another', () => {
  const json = openRecordJson();
  fc.assert(
    fc.property(values, (record) => {
      json.begin();
      for (const value of record) {
        const openings = openingsOf(value.FeatureName);
        if ('ValueAsString' in value) json.text(openings, escaped(value.ValueAsString));
        else json.list(openings, value.ValueAsStringList);
      }
      const written = json.end();
      expect(written).toBe(JSON.stringify(record));
      expect(featureValues(written)).toEqual(record);
    }),
  );
});
