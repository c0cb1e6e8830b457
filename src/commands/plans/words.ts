/** Words that plans share: groups, sums, periods. Pure. */
import type { PlannedGroup } from '../../feature-store/groups/planned-group.js';

/** `customers (Offline Only, sagemaker_featurestore.customers_1)` */
export const named = ({ name, storeType, table }: PlannedGroup) =>
  `${name} (${[storeType, table].filter(Boolean).join(', ')})`;

/** Small sums keep two significant digits. */
export const usd = (value: number) => `${value >= 1 ? value.toFixed(2) : Number(value.toPrecision(2)).toString()} USD`;

/** Event times in ISO-8601; undefined without a period. */
export function periodOf({ since, until }: { since?: string; until?: string }): string | undefined {
  const words = [since && `from ${since}`, until && `until before ${until}`].filter(Boolean);
  return words.length > 0 ? `event times ${words.join(' ')}` : undefined;
}
