import {
  CreateFeatureGroupCommand,
  DeleteFeatureGroupCommand,
  DescribeFeatureGroupCommand,
  SageMakerClient,
  UpdateFeatureGroupCommand,
} from '@aws-sdk/client-sagemaker';
import {
  BatchGetRecordCommand,
  BatchWriteRecordCommand,
  DeleteRecordCommand,
  GetRecordCommand,
  ListRecordsCommand,
  SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { expect, it } from 'vitest';
import { throughEveryDoorAndAws } from '../support/doors.js';
import { featureValues, groupInput, putCommand } from '../support/groups.js';
import { textLike } from '../support/matching.js';

const NOWHERE = 'sagemaker-fs-never-created';
const FeatureGroupName = NOWHERE;
const at = '2026-01-01T00:00:00Z';
const notFound = textLike(/^Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name/);

/** What can be asked of AWS without making anything: how it says no. */
throughEveryDoorAndAws('errors', (door) => {
  const controlPlane = () => door.client(SageMakerClient);
  const runtime = () => door.client(SageMakerFeatureStoreRuntimeClient);
  const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });

  it('of the control plane for an unknown group are 400', async () => {
    const missing = { name: 'ResourceNotFound', message: notFound, ...status(400) };
    await expect(controlPlane().send(new DescribeFeatureGroupCommand({ FeatureGroupName }))).rejects.toMatchObject(
      missing,
    );
    await expect(controlPlane().send(new DeleteFeatureGroupCommand({ FeatureGroupName }))).rejects.toMatchObject(
      missing,
    );
    const update = new UpdateFeatureGroupCommand({
      FeatureGroupName,
      ThroughputConfig: { ThroughputMode: 'OnDemand' },
    });
    await expect(controlPlane().send(update)).rejects.toMatchObject(missing);
  });

  it('of the runtime for an unknown group are 404 where reads are modelled, and ValidationError for writes', async () => {
    const id = { RecordIdentifierValueAsString: '1' };
    const missing = { name: 'ResourceNotFound', message: notFound, ...status(404) };
    await expect(runtime().send(new GetRecordCommand({ FeatureGroupName, ...id }))).rejects.toMatchObject(missing);
    await expect(runtime().send(new ListRecordsCommand({ FeatureGroupName }))).rejects.toMatchObject(missing);
    const invalid = { name: 'ValidationError', message: notFound, ...status(400) };
    await expect(runtime().send(putCommand(NOWHERE, { id: '1', at }))).rejects.toMatchObject(invalid);
    const remove = new DeleteRecordCommand({ FeatureGroupName, ...id, EventTime: at });
    await expect(runtime().send(remove)).rejects.toMatchObject(invalid);
  });

  it('for broken rules name the member and its constraint', async () => {
    const create = new CreateFeatureGroupCommand(groupInput('not_ok-'));
    await expect(controlPlane().send(create)).rejects.toMatchObject({
      ...{ name: 'ValidationException', ...status(400) },
      message: textLike(
        /'not_ok-' at 'featureGroupName' failed to satisfy constraint: Member must satisfy regular expression/,
      ),
    });
    const entry = { FeatureGroupName, Record: featureValues({ id: '1', at }) };
    const tooMany = new BatchWriteRecordCommand({ Entries: Array.from({ length: 26 }, () => entry) });
    await expect(runtime().send(tooMany)).rejects.toMatchObject({ name: 'ValidationError', ...status(400) });
    const none = new BatchGetRecordCommand({ Identifiers: [{ FeatureGroupName, RecordIdentifiersValueAsString: [] }] });
    await expect(runtime().send(none)).rejects.toMatchObject({
      ...{ name: 'ValidationError', ...status(400) },
      message: textLike(/Member must have length greater than or equal to 1$/),
    });
  });
});
