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

export interface WorkGroups {
  /** `primary` always exists. */
  get(region: string, name: string): WorkGroup | undefined;
  list(region: string): WorkGroup[];
  /** False if the name is taken. */
  create(region: string, workGroup: WorkGroup): Promise<boolean>;
  update(region: string, workGroup: WorkGroup): Promise<void>;
  delete(region: string, name: string): Promise<void>;
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

export function openWorkGroups(env: RootDatabase): WorkGroups {
  const db = env.openDB<WorkGroup, string[]>({ name: 'workgroups' });
  const get = (region: string, name: string) => db.get([region, name]) ?? (name === PRIMARY ? primary() : undefined);
  return {
    get,
    list: (region) => {
      const made = [...db.getRange({ start: [region], end: [region, '\uffff'] })].map(({ value }) => value);
      return made.some(({ name }) => name === PRIMARY) ? made : [primary(), ...made];
    },
    create: (region, workGroup) =>
      db.transaction(() => {
        if (get(region, workGroup.name)) return false;
        void db.put([region, workGroup.name], workGroup);
        return true;
      }),
    update: async (region, workGroup) => {
      await db.put([region, workGroup.name], workGroup);
    },
    delete: async (region, name) => {
      await db.remove([region, name]);
    },
  };
}
