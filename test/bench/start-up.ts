/** The cases of short commands, each against bare node, in turn and many times. */
import { medians, openStub, type openMeasure, type Sample } from './measure.js';

export interface StartUpResult extends Sample {
  what: string;
  /** Wall time in those of `node -e 0`. */
  timesNode: number;
}

export interface StartUpOptions {
  bin: string;
  runs: number;
  measure: ReturnType<typeof openMeasure>;
}

/** The runs of all cases alternate, so that a busy moment meets them alike. */
export async function measureStartUp({ bin, runs, measure }: StartUpOptions): Promise<StartUpResult[]> {
  const [few, many] = await Promise.all([openStub({ groups: 50 }), openStub({ groups: 500 })]);
  const cases = [
    { what: 'node -e 0', argv: ['-e', '0'], env: {} },
    { what: '--help', argv: [bin, '--help'], env: {} },
    { what: 'get, one record', argv: [bin, 'get', 'bench-0000', '1'], env: few.env },
    { what: 'list, 50 groups', argv: [bin, 'list'], env: few.env },
    { what: 'list, 500 groups', argv: [bin, 'list'], env: many.env },
  ];
  const samples = cases.map((): Sample[] => []);
  try {
    for (let run = 0; run <= runs; run += 1) {
      for (const [index, { argv, env }] of cases.entries()) {
        const sample = await measure.run(argv, env);
        // The first run warms the disk's cache.
        if (run > 0) samples[index]!.push(sample);
      }
    }
  } finally {
    await Promise.all([few.close(), many.close()]);
  }
  const bare = medians(samples[0]!).wall;
  return cases.map(({ what }, index) => {
    const middle = medians(samples[index]!);
    return { what, ...middle, timesNode: middle.wall / bare };
  });
}
