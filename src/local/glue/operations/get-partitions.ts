/** GetPartitions: none, for the tables that Feature Store makes have no partitions in the catalog. */
import type { Operation } from '../../wire/operation.js';
import { required, string } from '../../wire/rules.js';
import { missingTable } from '../tables.js';

export const getPartitions: Operation<{ DatabaseName: string; TableName: string }> = {
  rules: { DatabaseName: required(string()), TableName: required(string()) },
  run({ tables }, { DatabaseName, TableName }, { region }) {
    if (!tables.get(region, DatabaseName, TableName)) throw missingTable(TableName);
    return { Partitions: [] };
  },
};
