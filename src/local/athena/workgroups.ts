/** Athena workgroups: the default result location, and whether clients may override it. */
import type { RootDatabase } from 'lmdb';

export interface WorkGroup {
  name: string;
  description?: string;
  state: 'ENABLED' | 'DISABLED';
  /** Milliseconds since the epoch. */
  createdAt: number;
  configuration: {
    ResultConfiguration?: { OutputLocation?: string; [member: string]: unknown };
    EnforceWorkGroupConfiguration?: boolean;
    [member: string]: unknown;
  };
}

export const PRIMARY = 'primary';

const primary = (): WorkGroup => ({
  name: PRIMARY,
  state: 'ENABLED',
  createdAt: 0,
  configuration: {
    ResultConfiguration: {},
    EnforceWorkGroupConfiguration: false,
    PublishCloudWatchMetricsEnabled: false,
  },
});

export function openWorkGroups(env: RootDatabase) {
  const db = env.openDB<WorkGroup, string[]>({ name: 'workgroups' });
  const get = (region: string, name: string) => db.get([region, name]) ?? (name === PRIMARY ? primary() : undefined);
  return {
    /** `primary` always exists. */
    get,
    /** False if the name is taken. */
    create: (region: string, workGroup: WorkGroup) =>
      db.transaction(() => {
        if (get(region, workGroup.name)) return false;
        void db.put([region, workGroup.name], workGroup);
        return true;
      }),
    update: (region: string, workGroup: WorkGroup) => db.put([region, workGroup.name], workGroup),
    delete: (region: string, name: string) => db.remove([region, name]),
  };
}
