/** Deletes the records of any number of identifiers, soft or hard, at one event time. There is no call for several at once. */
import { describeError } from '../../../describe-error.js';
import { inPatientLanes } from '../patience.js';
import { readRecords, type ReadRecordsOptions } from '../read.js';
import { openSingleCalls, type DeletionRequest } from '../single-calls.js';
import type { Refusal, WriteTarget } from '../types.js';
import { eventTimeIn } from '../../records/record-rows.js';
import { refusalOf } from '../write/write-verdicts.js';

/** The event time must be later than that of each record. */
export type NamedDeletion = Omit<DeletionRequest, 'identifier'>;

export type NamedOutcome = { identifier: string; attempts: number } &
  /** `wasThere` is unknown where the online store is not concerned. */
  ({ ok: true; wasThere?: boolean } | ({ ok: false } & Refusal));

/** The code of a deletion that the service took, and that left the record where it was. */
const STILL_THERE = 'ValidationError';

/** The code of a deletion that the service took, where nothing more is known. */
const UNPROVED = 'Unproved';

interface Named {
  identifier: string;
  wasThere?: boolean;
}

/**
 * Yields outcomes as they arrive. An online record that is still there afterwards, or may be, has failed.
 * @throws what concerns the whole run: access, a group that is gone, retries out of time
 */
export async function* deleteNamed(
  target: WriteTarget,
  identifiers: AsyncIterable<string[]> | Iterable<string[]>,
  { deletion, ...options }: ReadRecordsOptions & { deletion: NamedDeletion },
): AsyncGenerator<NamedOutcome[]> {
  const calls = await openSingleCalls(target);
  const isOnline = target.group.online !== undefined && (deletion.targetStores?.includes('OnlineStore') ?? true);

  /** A soft deletion that is not later than the record is answered with 200, but leaves the record in place. */
  async function whyLeft(identifier: string): Promise<Refusal | undefined> {
    const left = await calls.get(identifier);
    if (!left) return undefined;
    const message = `It is still there: its event time ${eventTimeIn(left, target.group)} is not earlier than ${deletion.eventTime}; pass a later --event-time.`;
    return { code: STILL_THERE, message };
  }

  const named = isOnline ? lookedUp(target, identifiers, options) : notLookedUp(identifiers);
  const lanes = { ...options, keyOf: ({ identifier }: Named) => identifier };
  yield* inPatientLanes<Named, NamedOutcome[]>(named, lanes, async (batch, worker, patience) => {
    for (const { identifier, wasThere } of batch) {
      if (worker.signal.aborted) return;
      let attempts = 0;
      let isAccepted = false;
      const send = async () => {
        attempts += 1;
        await calls.remove({ identifier, ...deletion });
      };
      try {
        await patience.attempt('DeleteRecord', send, { units: () => 1 });
        isAccepted = true;
        const left = isOnline ? await patience.attempt('GetRecord', () => whyLeft(identifier)) : undefined;
        worker.emit([
          left ? { identifier, attempts, ok: false, ...left } : { identifier, attempts, ok: true, wasThere },
        ]);
      } catch (error) {
        const refusal = refusalOf(error);
        const isStopped = error === worker.signal.reason;
        const failed = isAccepted ? unproved(isStopped ? STOPPED : describeError(error).message) : refusal;
        if (failed) worker.emit([{ identifier, attempts, ok: false, ...failed }]);
        if (isStopped) return;
        if (!refusal) throw error;
      }
    }
  });
}

/** The service answers the deletion of a record that is not there as any other. */
async function* lookedUp(
  target: WriteTarget,
  identifiers: AsyncIterable<string[]> | Iterable<string[]>,
  options: ReadRecordsOptions,
): AsyncGenerator<Named[]> {
  const reading = { ...options, featureNames: [target.group.recordIdentifier] };
  for await (const page of readRecords(target, identifiers, reading))
    // Of an identifier that is named twice, the second has nothing left to delete.
    yield page.identifiers.map((identifier) => ({ identifier, wasThere: page.records.delete(identifier) }));
}

async function* notLookedUp(identifiers: AsyncIterable<string[]> | Iterable<string[]>): AsyncGenerator<Named[]> {
  for await (const page of identifiers) yield page.map((identifier) => ({ identifier }));
}

const STOPPED = 'The run was stopped before.';

const unproved = (why: string): Refusal => ({
  code: UNPROVED,
  message: `Its deletion was accepted, but it could not be proved that the record is gone. ${why}`,
});
