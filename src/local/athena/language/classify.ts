/** Classifies a statement: its type, subtype, and the name of its result below the output location. */
import type { Execution } from '../executions.js';
import type { Statement } from './statement.js';

export interface Classified {
  statementType: Execution['statementType'];
  substatementType: string;
  resultName: (id: string) => string;
}

const csv = (id: string) => `${id}.csv`;
const txt = (id: string) => `${id}.txt`;
const of = (statementType: Execution['statementType'], substatementType: string, resultName = txt): Classified => ({
  statementType,
  substatementType,
  resultName,
});

const CLASSES: Record<Exclude<Statement['kind'], 'show'>, Classified> = {
  query: of('DML', 'SELECT', csv),
  insert: of('DML', 'INSERT', (id) => id),
  delete: of('DML', 'DELETE', csv),
  optimize: of('DML', 'OPTIMIZE'),
  vacuum: of('DML', 'VACUUM'),
  createDatabase: of('DDL', 'CREATE_DATABASE'),
  setProperties: of('DDL', 'ALTER_TABLE_SET_TBLPROPERTIES'),
  dropTable: of('DDL', 'DROP_TABLE'),
  describe: of('UTILITY', 'DESCRIBE_TABLE'),
  showColumns: of('UTILITY', 'SHOW_COLUMNS'),
  showPartitions: of('UTILITY', 'SHOW_PARTITIONS'),
  repair: of('DDL', 'MSCK_REPAIR_TABLE'),
  showProperties: of('UTILITY', 'SHOW_TBLPROPERTIES'),
};

export const classify = (statement: Statement): Classified =>
  statement.kind === 'show'
    ? of('UTILITY', statement.what === 'tables' ? 'SHOW_TABLES' : 'SHOW_DATABASES')
    : CLASSES[statement.kind];
