/** Objects without content that mark a folder: they hold no record, whoever made them. Pure. */
import type { StoredObject } from '../../s3/list.js';

/**
 * The S3 console makes `folder/`, Hadoop `folder_$folder$`, and Feature Store itself `<name><time>.txt` in a new offline
 * store, before it writes any data (users report it; AWS's own examples wait for a second object).
 */
const PLACEHOLDER = /(?:\/|_\$folder\$|\.txt)$/;

/** Whether an object is one: it is neither counted nor stops anything, and goes when the rest goes. */
export const isPlaceholder = ({ key, size, isMarker }: StoredObject): boolean =>
  size === 0 && !isMarker && PLACEHOLDER.test(key);
