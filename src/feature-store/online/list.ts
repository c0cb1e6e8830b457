/** ListRecords, with retries: the identifiers of an online store, page by page. */
import { openOnlinePatience, type CallOptions } from './patience.js';
import type { WriteTarget } from './types.js';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_ListRecords.html */
const MAX_RECORDS_PER_PAGE = 100;

export interface ListOptions extends Pick<CallOptions, 'retryFor' | 'signal'> {
  /** Include soft-deleted records, which look like all others. */
  includeSoftDeleted?: boolean;
}

/**
 * Yields pages of up to 100 identifiers, skipping empty ones. Concurrent writes may make the service list a record
 * twice or not at all.
 * @throws errors of the service; GaveUp (exit 5) when retries run out of time; the reason of the signal
 */
export async function* listIdentifiers(target: WriteTarget, options: ListOptions): AsyncGenerator<string[]> {
  const { runtime, group, nameOrArn = group.name } = target;
  const { ListRecordsCommand } = await import('../../sdk/featurestore-runtime.js');
  const request = {
    FeatureGroupName: nameOrArn,
    MaxResults: MAX_RECORDS_PER_PAGE,
    IncludeSoftDeletedRecords: options.includeSoftDeleted,
  };
  const { retryFor, signal } = options;
  const patience = openOnlinePatience({ retryFor, signal });
  let NextToken: string | undefined;
  do {
    const command = new ListRecordsCommand({ ...request, NextToken });
    const page = await patience.attempt('ListRecords', (abortSignal) => runtime.send(command, { abortSignal }));
    // For InMemory groups MaxResults is only a hint: pages may be larger.
    const identifiers = [...new Set(page.RecordIdentifiers)];
    for (let at = 0; at < identifiers.length; at += MAX_RECORDS_PER_PAGE) {
      yield identifiers.slice(at, at + MAX_RECORDS_PER_PAGE);
    }
    NextToken = page.NextToken;
  } while (NextToken);
}
