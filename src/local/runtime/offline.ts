/** The offline store: rows are buffered in lmdb, then become hive-partitioned Parquet objects. */
import { randomUUID } from 'node:crypto';
import type { FeatureGroup } from '../sagemaker/groups.js';
import { commit, fieldIds, readMetadata } from '../glue/iceberg.js';
import type { Objects } from '../s3/objects.js';
import { openOfflineBuffer, type Claim, type OfflineBuffer, type OfflineRow } from './offline-buffer.js';
import { writeParquet } from './parquet.js';
import { dayOf, keyOf } from './partitions.js';
import type { Core } from '../store/core.js';
import { below, placeOf } from '../store/s3-uri.js';
import { sweepScratch, withScratch } from '../store/scratch.js';
import type { Tables } from '../glue/tables.js';
import { ServiceError } from '../wire/service-error.js';

export type OfflineStore = ReturnType<typeof openOffline>;

type OfflineCore = Pick<Core, 'dir' | 'env' | 'now' | 'offlineDelayMs'> & { objects: Objects; tables: Tables };

/** Opens the offline store. */
export function openOffline(core: OfflineCore) {
  const buffer = openOfflineBuffer(core.env);
  let previous: Promise<void> = Promise.resolve();
  let swept: Promise<void> | undefined;

  const flushDue = async () => {
    await (swept ??= sweepScratch(core.dir));
    const now = core.now();
    for (const groupId of buffer.groupIds()) {
      for (;;) {
        const claim = await buffer.claim(groupId, { cutoff: now - core.offlineDelayMs, now });
        if (!claim) break;
        try {
          await land(core, { buffer, claim });
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
          // The table is broken, which queries report: its rows wait, those of other groups do not.
          break;
        }
      }
    }
  };

  /** Writes all due rows (older than the offline delay) as Parquet; exactly once across processes. */
  const flush = (): Promise<void> => {
    if (buffer.groupIds().length === 0) return previous;
    const next = previous.catch(() => undefined).then(flushDue);
    previous = next.catch(() => undefined);
    return next;
  };

  return {
    /** Buffers a row as received now. Synchronous, inside the caller's write transaction. */
    append: (group: FeatureGroup, row: Omit<OfflineRow, 'invokedAt'>): void =>
      buffer.append(group, { ...row, invokedAt: core.now() }),
    flush,
  };
}

/** Writes the claimed rows as files, and moves these in when the rows leave the buffer. */
async function land(core: OfflineCore, work: { buffer: OfflineBuffer; claim: Claim }): Promise<void> {
  const { buffer, claim } = work;
  const layout = buffer.layout(claim);
  const prefix = placeOf(layout.resolvedOutputS3Uri);
  const tableNow = () => layout.table && core.tables.get(layout.region, layout.table.database, layout.table.name);
  const before = tableNow();
  const ids = before?.format === 'Iceberg' ? fieldIds(readMetadata(core, before)) : undefined;
  await withScratch(core.dir, `flush-${randomUUID()}`, async (folder) => {
    const batch = { layout, pages: buffer.pages(claim), writeTime: claim.writeTime, folder, fieldIds: ids };
    const files = await writeParquet(batch);
    await core.objects.createBucket(prefix.bucket, layout.region);
    await buffer.finish(claim, () => {
      const added = files.map((file) => {
        const place = below(prefix, keyOf(layout, { ...file, claimId: claim.id }));
        const { size } = core.objects.adopt(place, file.path);
        return { key: place.key, rows: file.rows, size, partition: dayOf(file.latest) };
      });
      const table = tableNow();
      if (table?.format === 'Iceberg') commit(core, table, { operation: 'append', added, removed: [] });
    });
  });
}
