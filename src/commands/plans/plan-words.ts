/** Words that plans share: groups, accounts, periods. Pure. */
import { placeOfArn } from '../../feature-store/groups/arn.js';
import type { PlannedGroup } from '../../feature-store/groups/describe.js';
import { count } from '../../utils/quantities.js';

/** `customers (Offline Only, sagemaker_featurestore.customers_1)` */
export const named = ({ name, storeType, table }: PlannedGroup) =>
  `${name} (${[storeType, table].filter(Boolean).join(', ')})`;

/** Rows that cannot be read as records; '' for none. */
export const lackingWords = ({
  rowsWithoutId,
  rowsWithoutTime,
}: {
  rowsWithoutId?: number;
  rowsWithoutTime?: number;
}) =>
  [
    rowsWithoutId && `${count(rowsWithoutId)} without an identifier`,
    rowsWithoutTime && `${count(rowsWithoutTime)} without an event time`,
  ]
    .filter(Boolean)
    .join(', ');

/** Event times in ISO-8601; undefined without a period. */
export function periodOf({ since, until }: { since?: string; until?: string }): string | undefined {
  const words = [since && `from ${since}`, until && `until before ${until}`].filter(Boolean);
  return words.length > 0 ? `event times ${words.join(' ')}` : undefined;
}

/** `account 000000000000, us-east-1`; both groups' where they differ. */
export function accountWords(one: string, other: string, between: string): string {
  const [from, to] = [one, other].map((arn) => {
    const { region, account } = placeOfArn(arn);
    return `account ${account}, ${region}`;
  });
  return from === to ? to! : `${from}${between}${to}`;
}
