import fc from 'fast-check';
import { expect, it } from 'vitest';
import { batchWriteJson, putJson } from '../../src/fast-calls/body-json.js';
import { RecordInput } from '../../src/fast-calls/body-json.js';

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));
const value = fc.oneof(
  fc.record({ FeatureName: text, ValueAsString: text }),
  fc.record({ FeatureName: text, ValueAsStringList: fc.array(text) }),
);
const ONLINE: 'OnlineStore'[] = ['OnlineStore'];
const member = {
  FeatureGroupName: text,
  Record: fc.array(value),
  TargetStores: fc.constantFrom(undefined, ONLINE),
  TtlDuration: fc.constantFrom(undefined, { Unit: 'Days' as const, Value: 3 }),
};

it('takes records that are JSON already as they are', () => {
  const record = [{ FeatureName: 'id', ValueAsString: 'a "b" ü' }];
  const days = { Unit: 'Days' as const, Value: 3 };
  const destination = { FeatureGroupName: 'customers', TargetStores: ONLINE, TtlDuration: days };
  const input = new RecordInput(JSON.stringify(record), destination);
  const values = { ...destination, Record: record };
  expect(batchWriteJson({ Entries: [input, input] })).toBe(batchWriteJson({ Entries: [values, values] }));
  expect(putJson(input)).toBe(putJson(values));
  expect(input.Record).toEqual(record);
});

it('writes bodies that read as what JSON.stringify writes', () => {
  const batch = fc.record({ Entries: fc.array(fc.record(member)), TtlDuration: member.TtlDuration });
  fc.assert(
    fc.property(batch, (input) => {
      expect(JSON.parse(batchWriteJson(input))).toEqual(JSON.parse(JSON.stringify(input)));
    }),
  );
  fc.assert(
    fc.property(fc.record(member), ({ FeatureGroupName, ...rest }) => {
      expect(JSON.parse(putJson({ FeatureGroupName, ...rest }))).toEqual(JSON.parse(JSON.stringify(rest)));
    }),
  );
});
