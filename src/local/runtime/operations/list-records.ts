/** ListRecords: the identifiers of the online store, in no order that means anything. */
import { operation } from '../../wire/operation.js';
import { boolean, integer, string } from '../../wire/rules.js';
import { invalid } from '../feature-values.js';
import { positionOf, tokenOf } from '../../wire/pages.js';
import { isExpired } from '../writes.js';
import * as shared from './rules.js';
import { findOnlineGroup } from './target.js';

const DEFAULT_PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 100;

export const listRecords = operation({
  rules: {
    FeatureGroupName: shared.featureGroupName,
    MaxResults: integer({ min: 1, max: MAX_PAGE_SIZE }),
    NextToken: string({ minLength: 1, maxLength: 8192 }),
    IncludeSoftDeletedRecords: boolean(),
  },
  run(store, input, { region }) {
    const { FeatureGroupName, MaxResults = DEFAULT_PAGE_SIZE, NextToken, IncludeSoftDeletedRecords = false } = input;
    const group = findOnlineGroup(store, region, FeatureGroupName);
    const after = NextToken === undefined ? undefined : positionOf(group.id, NextToken);
    if (NextToken !== undefined && after === undefined) throw invalid('The NextToken is invalid.');

    const identifiers: string[] = [];
    let last = '';
    for (const { position, record } of store.online.scan(group.id, after)) {
      if (isExpired(record, store.now()) || (record.deleted && !IncludeSoftDeletedRecords)) continue;
      if (identifiers.length === MaxResults)
        return { RecordIdentifiers: identifiers, NextToken: tokenOf(group.id, last) };
      identifiers.push(record.identifier);
      last = position;
    }
    return { RecordIdentifiers: identifiers };
  },
});
