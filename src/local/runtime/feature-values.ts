/** A record against its group's definitions: known names, values of the right type, sizes within the quotas. */
import { parseEventTime } from '../store/event-time.js';
import type { FeatureDefinition, FeatureGroup } from '../sagemaker/groups.js';
import { ServiceError } from '../wire/service-error.js';
import type { FeatureValue } from './operations/rules.js';

export type { FeatureValue };

/** [Quotas](https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html), UTF-8 bytes */
const MAX_RECORD_BYTES = 350 * 1024;
const MAX_IDENTIFIER_BYTES = 2 * 1024;

/** A record that has passed every check. */
export interface CheckedRecord {
  identifier: string;
  eventTime: string;
  /** Nanoseconds since the epoch. */
  instant: bigint;
  /** Sets without their repetitions. */
  values: FeatureValue[];
}

/**
 * Checks a whole record, as PutRecord takes it.
 * @throws ServiceError ValidationError.
 */
export function checkRecord(group: FeatureGroup, features: FeatureValue[]): CheckedRecord {
  const values = checkFeatures(group, features);
  const identifier = textOf(values, group.recordIdentifier);
  const eventTime = textOf(values, group.eventTime);
  if (identifier === undefined) throw missing('record identifier', group.recordIdentifier);
  if (eventTime === undefined) throw missing('event time', group.eventTime);
  checkIdentifier(identifier);
  return { identifier, eventTime, instant: instantOf(group, eventTime), values };
}

/**
 * Checks some features of a record, as UpdateRecord takes them.
 * @throws ServiceError ValidationError.
 */
export function checkFeatures(group: FeatureGroup, features: FeatureValue[]): FeatureValue[] {
  const definitions = definitionsOf(group);
  const seen = new Set<string>();
  let bytes = 0;
  const values = features.map((feature) => {
    const { FeatureName } = feature;
    const definition = definitions.get(FeatureName);
    if (!definition) throw invalid(`The feature named [${FeatureName}] is not defined in FeatureGroup ${group.name}.`);
    if (seen.has(FeatureName)) throw invalid(`The feature named [${FeatureName}] is in the record more than once.`);
    seen.add(FeatureName);
    const value = definition.CollectionType ? checkCollection(definition, feature) : checkScalar(definition, feature);
    bytes += sizeOf(value);
    return value;
  });
  checkSize(bytes);
  return values;
}

/** UTF-8 bytes of names and values; AWS does not document its own formula. */
export const sizeOfRecord = (values: FeatureValue[]): number =>
  values.reduce((bytes, value) => bytes + sizeOf(value), 0);

/** @throws ServiceError ValidationError. */
export function checkSize(bytes: number): void {
  if (bytes > MAX_RECORD_BYTES) throw invalid(`The record has ${bytes} bytes; ${MAX_RECORD_BYTES} are allowed.`);
}

/** @throws ServiceError ValidationError. */
export function checkIdentifier(identifier: string): void {
  if (identifier === '') throw invalid('The record identifier must not be empty.');
  const bytes = Buffer.byteLength(identifier);
  if (bytes > MAX_IDENTIFIER_BYTES) {
    throw invalid(`The record identifier has ${bytes} bytes; ${MAX_IDENTIFIER_BYTES} are allowed.`);
  }
}

/**
 * The instant that an event time of the group names.
 * @returns nanoseconds since the epoch. @throws ServiceError ValidationError.
 */
export function instantOf(group: FeatureGroup, eventTime: string): bigint {
  const type = definitionsOf(group).get(group.eventTime)?.FeatureType ?? 'String';
  const instant = parseEventTime(eventTime, type);
  if (instant !== undefined) return instant;
  const forms =
    type === 'String' ? "yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSSZ, in UTC" : 'Unix seconds';
  throw invalid(`The event time '${eventTime.slice(0, 64)}' of feature ${group.eventTime} must be ${forms}.`);
}

/** UTF-8 bytes of a feature's name and value. */
function sizeOf({ FeatureName, ValueAsString, ValueAsStringList }: FeatureValue): number {
  const values = ValueAsStringList ?? [ValueAsString ?? ''];
  return values.reduce((bytes, value) => bytes + Buffer.byteLength(value), FeatureName.length);
}

export const invalid = (message: string): ServiceError => new ServiceError('ValidationError', message);

const textOf = (values: FeatureValue[], name: string): string | undefined =>
  values.find(({ FeatureName }) => FeatureName === name)?.ValueAsString;

const missing = (what: string, name: string): ServiceError =>
  invalid(`The record must have a value for the ${what} feature [${name}].`);

const definitionsByName = new WeakMap<FeatureDefinition[], Map<string, FeatureDefinition>>();

/** Built once for all the records of a call: a group may have thousands of features. */
function definitionsOf({ definitions }: FeatureGroup): Map<string, FeatureDefinition> {
  let byName = definitionsByName.get(definitions);
  if (!byName) {
    byName = new Map(definitions.map((definition) => [definition.FeatureName, definition]));
    definitionsByName.set(definitions, byName);
  }
  return byName;
}

function checkScalar(definition: FeatureDefinition, { ValueAsString, ValueAsStringList }: FeatureValue): FeatureValue {
  const { FeatureName } = definition;
  if (typeof ValueAsString !== 'string' || ValueAsStringList) {
    throw invalid(`The feature named [${FeatureName}] must have a ValueAsString, and no ValueAsStringList.`);
  }
  checkValue(definition, ValueAsString);
  return { FeatureName, ValueAsString };
}

function checkCollection(definition: FeatureDefinition, feature: FeatureValue): FeatureValue {
  const { FeatureName, CollectionType, CollectionConfig } = definition;
  const { ValueAsString, ValueAsStringList } = feature;
  if (!ValueAsStringList || typeof ValueAsString === 'string') {
    throw invalid(`The feature named [${FeatureName}] must have a ValueAsStringList, and no ValueAsString.`);
  }
  ValueAsStringList.forEach((value) => checkValue(definition, value));
  const dimension = CollectionConfig?.VectorConfig?.Dimension;
  if (CollectionType === 'Vector' && ValueAsStringList.length !== dimension) {
    throw invalid(`The vector [${FeatureName}] must have ${dimension} elements, not ${ValueAsStringList.length}.`);
  }
  return {
    FeatureName,
    ValueAsStringList: CollectionType === 'Set' ? [...new Set(ValueAsStringList)] : ValueAsStringList,
  };
}

function checkValue({ FeatureName, FeatureType }: FeatureDefinition, value: string): void {
  if (FeatureType === 'Integral' && !isIntegral(value)) {
    throw invalid(
      `Attempted to parse the feature value for the feature named [${FeatureName}] into a FeatureValue of type Integral. ` +
        'The provided value must be a whole number within the range of a signed 64-bit integer.',
    );
  }
  if (FeatureType === 'Fractional' && !isFractional(value)) {
    throw invalid(
      `Attempted to parse the feature value for the feature named [${FeatureName}] into a FeatureValue of type Fractional. ` +
        'The provided value must be within the range of a double precision floating point number defined by the ' +
        'IEEE 754 standard. The input format can be in either decimal form or scientific notation.',
    );
  }
}

/** Up to 18 digits fit whatever they are; only longer ones need the arithmetic. */
function isIntegral(value: string): boolean {
  if (!/^[+-]?\d{1,40}$/.test(value)) return false;
  return value.length <= 18 || BigInt.asIntN(64, BigInt(value)) === BigInt(value);
}

const isFractional = (value: string): boolean =>
  /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value) && Number.isFinite(Number(value));
