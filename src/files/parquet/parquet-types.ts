/** What a column may be stored as, by what it is: a wrong pair gives values that nobody wrote. */
import type { ConvertedType, LogicalType, ParquetType, SchemaElement } from 'hyparquet';
import { assertWhole, isCount } from './parquet-damage.js';

const TEXT: ParquetType[] = ['BYTE_ARRAY'];
const INT32: ParquetType[] = ['INT32'];
const INT64: ParquetType[] = ['INT64'];
const FIXED: ParquetType[] = ['FIXED_LEN_BYTE_ARRAY'];

/** https://github.com/apache/parquet-format/blob/master/LogicalTypes.md */
const STORED_AS: Partial<Record<ConvertedType | LogicalType['type'], ParquetType[]>> = {
  ...{ UTF8: TEXT, STRING: TEXT, ENUM: TEXT, JSON: TEXT, BSON: TEXT, GEOMETRY: TEXT, GEOGRAPHY: TEXT },
  ...{ DATE: INT32, TIME_MILLIS: INT32, TIME_MICROS: INT64, TIMESTAMP_MILLIS: INT64, TIMESTAMP_MICROS: INT64 },
  ...{ TIMESTAMP: INT64, UINT_8: INT32, UINT_16: INT32, UINT_32: INT32, UINT_64: INT64 },
  ...{ INT_8: INT32, INT_16: INT32, INT_32: INT32, INT_64: INT64, UUID: FIXED, FLOAT16: FIXED, INTERVAL: FIXED },
  ...{ LIST: [], MAP: [], MAP_KEY_VALUE: [] },
  DECIMAL: ['INT32', 'INT64', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'],
};

const BYTES: Partial<Record<string, number>> = { FLOAT16: 2, UUID: 16, INTERVAL: 12 };

export const isDecimal = ({ converted_type: converted, logical_type: logical }: SchemaElement): boolean =>
  converted === 'DECIMAL' || logical?.type === 'DECIMAL';

/** @throws Damage where the parts of the type of a column contradict each other */
export function assertTypes(element: SchemaElement): void {
  const { name, type, type_length: length, converted_type: converted, logical_type: logical, scale = 0 } = element;
  for (const of of [converted, logical?.type]) {
    const types = of && STORED_AS[of];
    assertWhole(!types || types.includes(type!), `column ${name} is ${of}, stored as ${type}`);
    const bytes = BYTES[of ?? ''];
    assertWhole(bytes === undefined || bytes === length, `column ${name} is ${of}, of ${length} bytes`);
  }
  if (type === 'FIXED_LEN_BYTE_ARRAY') assertWhole(isCount(length) && length > 0, `column ${name} has no length`);
  if (logical?.type === 'TIME') {
    assertWhole(type === (logical.unit === 'MILLIS' ? 'INT32' : 'INT64'), `column ${name} is TIME, stored as ${type}`);
  }
  if (logical?.type === 'INTEGER') {
    const isLong = logical.bitWidth === 64;
    const isWidth = [8, 16, 32, 64].includes(logical.bitWidth);
    assertWhole(isWidth && type === (isLong ? 'INT64' : 'INT32'), `column ${name} is INTEGER, stored as ${type}`);
  }
  if (isDecimal(element)) assertWhole(isCount(scale), `column ${name} is a decimal of scale ${scale}`);
  if (logical?.type === 'DECIMAL')
    assertWhole(logical.scale === scale, `column ${name} is a decimal of scale ${scale} and ${logical.scale}`);
}
