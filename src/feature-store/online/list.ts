/** ListRecords, patiently: the identifiers of an online store, page by page. */
import { ForeignAnswer } from '../../errors.js';
import { whyUnavailable } from '../../utils/patience/failed-calls.js';
import { openOnlinePatience, type CallOptions } from './patience.js';
import type { WriteTarget } from './types.js';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_ListRecords.html */
const MAX_RECORDS_PER_PAGE = 100;

export interface ListOptions extends Pick<CallOptions, 'retryForSeconds' | 'signal'> {
  /** Soft-deleted records too; nothing tells them from the others. */
  includeSoftDeleted?: boolean;
}

/**
 * Yields pages of at most 100 identifiers, empty ones left out. Writes going on meanwhile may make the service list a
 * record twice or not at all.
 * @throws the service's own errors; GaveUp (exit 5) when patience is spent; the signal's reason.
 */
export async function* listIdentifiers(target: WriteTarget, options: ListOptions): AsyncGenerator<string[]> {
  const { runtime, group, nameOrArn = group.name } = target;
  const { ListRecordsCommand } = await import('../../sdk/featurestore-runtime.js');
  const request = {
    FeatureGroupName: nameOrArn,
    MaxResults: MAX_RECORDS_PER_PAGE,
    IncludeSoftDeletedRecords: options.includeSoftDeleted,
  };
  const { retryForSeconds, signal } = options;
  const patience = openOnlinePatience({ retryForSeconds, signal });
  let NextToken: string | undefined;
  do {
    const command = new ListRecordsCommand({ ...request, NextToken });
    const page = await patience.attempt('ListRecords', async (abortSignal) => {
      const answer = await runtime.send(command, { abortSignal });
      // It would lead round in a circle.
      if (NextToken && answer.NextToken === NextToken)
        throw new ForeignAnswer('ListRecords', 'the page that was asked for as the one after it');
      return answer;
    });
    // In an InMemory group MaxResults is a hint, and a page may hold more.
    const identifiers = [...new Set(page.RecordIdentifiers)];
    for (let at = 0; at < identifiers.length; at += MAX_RECORDS_PER_PAGE) {
      yield identifiers.slice(at, at + MAX_RECORDS_PER_PAGE);
    }
    NextToken = page.NextToken;
  } while (NextToken);
}

/** Why ListRecords is not available, if that is what the error says. */
export const whyNotListed = (error: unknown): string | undefined => whyUnavailable(error, 'sagemaker:ListRecords');
