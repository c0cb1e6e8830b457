/** The operations of AWS Glue that the embedded store answers. */
import type { Operations } from '../../wire/operation.js';
import { databases } from './databases.js';
import { tables } from './tables.js';

export const operations: Operations = { ...databases, ...tables };
