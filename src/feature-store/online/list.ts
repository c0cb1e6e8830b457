/** ListRecords, patiently: the identifiers of an online store, page by page. */
import { CommandError, EXIT, isAccessDenied } from '../../errors.js';
import { openBackOff } from '../../utils/back-off.js';
import type { WriteTarget } from './types.js';
import { isPassing, isUnknownOperation } from './write-verdicts.js';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_ListRecords.html */
const MAX_RECORDS_PER_PAGE = 100;

export interface ListOptions {
  /** Soft-deleted records too; nothing tells them from the others. */
  includeSoftDeleted?: boolean;
  /** Patience with throttling, in seconds. */
  retryForSeconds: number;
  signal: AbortSignal;
}

/**
 * Yields pages of at most 100 identifiers, empty ones left out. Writes going on meanwhile may make the service list a
 * record twice or not at all.
 * @throws the service's own errors; CommandError (exit 5) when patience is spent; the signal's reason.
 */
export async function* listIdentifiers(target: WriteTarget, options: ListOptions): AsyncGenerator<string[]> {
  const { runtime, group, nameOrArn = group.name } = target;
  const { ListRecordsCommand } = await import('../../sdk/featurestore-runtime.js');
  const request = {
    FeatureGroupName: nameOrArn,
    MaxResults: MAX_RECORDS_PER_PAGE,
    IncludeSoftDeletedRecords: options.includeSoftDeleted,
  };
  const backOff = openBackOff();
  let NextToken: string | undefined;
  let reached = false;
  do {
    try {
      const command = new ListRecordsCommand({ ...request, NextToken });
      const page = await runtime.send(command, { abortSignal: options.signal });
      reached = true;
      backOff.reset();
      // In an InMemory group MaxResults is a hint, and a page may hold more.
      const identifiers = [...new Set(page.RecordIdentifiers)];
      for (let at = 0; at < identifiers.length; at += MAX_RECORDS_PER_PAGE) {
        yield identifiers.slice(at, at + MAX_RECORDS_PER_PAGE);
      }
      NextToken = page.NextToken;
      if (!NextToken) return;
    } catch (error) {
      if (options.signal.aborted || !isPassing(error as Error, reached)) throw error;
      if (backOff.waited() >= options.retryForSeconds * 1000) throw spent(error as Error, options.retryForSeconds);
      await backOff.wait(options.signal);
    }
    options.signal.throwIfAborted();
  } while (true);
}

/** Why ListRecords is not to be had, if that is what the error says. */
export function whyNotListed(error: unknown): string | undefined {
  if (isAccessDenied(error)) return 'is not allowed (IAM action sagemaker:ListRecords)';
  return isUnknownOperation(error) ? 'is not known here' : undefined;
}

function spent(failure: Error, seconds: number): CommandError {
  const message = `Gave up after ${seconds} s in which ListRecords did not answer (${failure.name}: ${failure.message}); trying again later may help.`;
  return new CommandError(message, EXIT.UNAVAILABLE, { cause: failure });
}
