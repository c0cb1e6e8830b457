import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import {
  DeleteRecordCommand,
  GetRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Local } from '../../src/local/index.js';
import { openThrowAway } from '../support/doors.js';
import { createGroup, plain, putCommand } from '../support/groups.js';

interface Event {
  kind: 'put' | 'SoftDelete' | 'HardDelete';
  /** Nanoseconds after the start of 2026. */
  nanos: number;
}

/** The online store in four lines: what an identifier holds after an event. */
function after(held: Event | undefined, event: Event): Event | undefined {
  if (!held || event.nanos > held.nanos) return event.kind === 'HardDelete' ? undefined : event;
  const overwrites = event.nanos === held.nanos && event.kind === 'put' && held.kind === 'put';
  return overwrites ? event : held;
}

/** The same instant is written in different precisions, so that no order of texts gives the right answer. */
const textOf = (nanos: number): string => {
  const fraction = String(nanos).padStart(9, '0');
  const digits = nanos === 0 ? '' : nanos % 1_000_000 === 0 ? `.${fraction.slice(0, 3)}` : `.${fraction}`;
  return `2026-01-01T00:00:00${digits}Z`;
};

describe('any history of puts and deletions', () => {
  let local: Local;
  let runtime: SageMakerFeatureStoreRuntimeClient;
  beforeAll(async () => {
    local = await openThrowAway();
    const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
    const config = { region: 'us-east-1', credentials, requestHandler: local.requestHandler };
    await createGroup(new SageMakerClient(config), 'histories');
    runtime = new SageMakerFeatureStoreRuntimeClient(config);
  });
  afterAll(() => local.close());

  const event: fc.Arbitrary<Event> = fc.record({
    kind: fc.constantFrom('put', 'put', 'SoftDelete', 'HardDelete'),
    nanos: fc.constantFrom(0, 1, 2, 999_999, 1_000_000, 1_000_001, 500_000_000),
  });

  it('leaves what the event times say', async () => {
    let group = 0;
    const history = fc.array(event, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(history, async (events) => {
        const id = String(group++);
        const key = { FeatureGroupName: 'histories', RecordIdentifierValueAsString: id };
        let held: Event | undefined;
        for (const [n, { kind, nanos }] of events.entries()) {
          const at = textOf(nanos);
          if (kind === 'put') await runtime.send(putCommand('histories', { id, at, stock: String(n) }));
          else await remove({ ...key, EventTime: at, DeletionMode: kind });
          held = after(held, { kind, nanos });
        }
        const record = plain((await runtime.send(new GetRecordCommand(key))).Record);
        expect(record?.at).toBe(held?.kind === 'put' ? textOf(held.nanos) : undefined);
      }),
      { numRuns: 40 },
    );
  });

  /** A hard deletion that comes too late is refused; that is one of the outcomes. */
  async function remove(input: ConstructorParameters<typeof DeleteRecordCommand>[0]): Promise<void> {
    try {
      await runtime.send(new DeleteRecordCommand(input));
    } catch (error) {
      expect(error).toMatchObject({ name: 'ValidationError' });
    }
  }
});
