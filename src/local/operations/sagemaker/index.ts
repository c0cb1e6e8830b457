/** The control plane's operations. */
import type { Operations } from '../../operation.js';

export const operations: Operations = {};
