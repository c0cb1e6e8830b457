/** Words that plans share: groups, sums, periods. Pure. */
import type { PlannedGroup } from '../../feature-store/groups/planned-group.js';

/** `customers (Offline Only, sagemaker_featurestore.customers_1)` */
export const named = ({ name, storeType, table }: PlannedGroup) =>
  `${name} (${[storeType, table].filter(Boolean).join(', ')})`;

/** Event times in ISO-8601; undefined without a period. */
export function periodOf({ since, until }: { since?: string; until?: string }): string | undefined {
  const words = [since && `from ${since}`, until && `until before ${until}`].filter(Boolean);
  return words.length > 0 ? `event times ${words.join(' ')}` : undefined;
}
