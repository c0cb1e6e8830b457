/** The statements of a clear that are Athena's own: no quotes but backticks around a table that needs them. */
import { expect, test } from 'vitest';
import {
  optimizeSql,
  setPropertiesSql,
  showPropertiesSql,
  vacuumSql,
} from '../../../src/feature-store/clear/table/sql.js';
import { groupOf } from '../groups.js';

const named = (database: string, name: string) => {
  const group = groupOf();
  return { ...group, offline: { ...group.offline!, table: { catalog: 'AwsDataCatalog', database, name } } };
};

test.each([
  ['ice', 'shop_1700000000', 'ice.shop_1700000000'],
  ['ice', '_shop', 'ice.`_shop`'],
  ['ice', 'my-shop', 'ice.`my-shop`'],
  ['ice', 'a`b', 'ice.`a``b`'],
  // The query's own context names the database.
  ['my-lake', 'shop', 'shop'],
])('%s and %s: %s', (database, name, written) => {
  const group = named(database, name);
  expect(vacuumSql(group)).toBe(`VACUUM ${written}`);
  expect(optimizeSql(group)).toBe(`OPTIMIZE ${written} REWRITE DATA USING BIN_PACK`);
  expect(showPropertiesSql(group)).toBe(`SHOW TBLPROPERTIES ${written}`);
  expect(setPropertiesSql(group, { a: '1', b: '2' })).toBe(
    `ALTER TABLE ${written} SET TBLPROPERTIES ('a'='1', 'b'='2')`,
  );
});
