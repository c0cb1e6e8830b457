/** Empty objects that mark a folder. They contain no record, whoever made them. Pure. */
import type { StoredObject } from '../../s3/list.js';

/**
 * `folder/` of the S3 console, `folder_$folder$` of Hadoop, and `<name><time>.txt`, which Feature Store itself writes
 * to a new offline store before any data (users report it; AWS's own examples wait for a second object).
 */
const PLACEHOLDER = /(?:\/|_\$folder\$|\.txt)$/;

/** Such an object is not counted, blocks nothing, and is deleted along with the rest. */
export const isPlaceholder = ({ key, size, isMarker }: StoredObject): boolean =>
  size === 0 && !isMarker && PLACEHOLDER.test(key);
