/** `bulk-put --resume`: every record is written, and hardly any twice, however the first run ended. `npm test` builds first. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { typedOptions, type DecidingOptions } from '../../src/feature-store/bulk/resume/deciding-options.js';
import { run } from '../support/run.js';
import { csv, TIME, watchedGroup } from '../support/watched-group.js';

const RECORDS = 20_000;
const ENTRIES_PER_CALL = 25;
/** Options that a resumed run may have differently. */
const FREE =
  '--output-file --overwrite --resume --dry-run --max-workers --batch-size --tps --retry-for --max-errors --errors-file'.split(
    ' ',
  );
const BIN = join(import.meta.dirname, '../../bin/sagemaker-fs.js');

describe('--resume', { timeout: 60_000 }, () => {
  it('after Ctrl-C in the middle of 20,000 records: every record is there, none was sent twice', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(RECORDS));
    const first = await people.interruptedAfter(200, ['people.csv']);
    expect(first.code).toBe(130);
    expect(first.stderr).toMatch(
      /(\d,\d+) records are done\. To continue with the rest:\n {2}sagemaker-fs bulk-put people people\.csv .*--resume$/m,
    );
    const written = people.kept();
    expect(written).toBeGreaterThanOrEqual(200 * ENTRIES_PER_CALL - 4 * ENTRIES_PER_CALL);
    expect(written).toBeLessThan(RECORDS);
    expect(await people.checkpoints()).toHaveLength(1);

    const second = await people.bulkPut(['people.csv', '--resume']);
    expect(second.code).toBe(0);
    expect(second.stderr).toContain(`${RECORDS - written}`.replace(/(\d+)(\d{3})$/, '$1,$2') + ' written, 0 failed');
    expect(second.stderr).toContain(`${written}`.replace(/(\d+)(\d{3})$/, '$1,$2') + ' already done');
    expect(people.kept()).toBe(RECORDS);
    expect(people.twice()).toBe(0);
    expect(existsSync(join(people.dir, '.sagemaker-fs'))).toBe(false);
  });

  it('after a kill: every record is there, and only the last second of the first run was sent twice', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(RECORDS));
    const argv = ['bulk-put', 'people', 'people.csv', '--tps', '200', ...people.global];
    const env = { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const child = spawn(process.execPath, [BIN, ...argv], { cwd: people.dir, env, stdio: 'ignore' });
    people.calls.onCall = (now) => now === 500 && child.kill('SIGKILL');
    await once(child, 'close');
    expect(await people.checkpoints()).toHaveLength(1);

    const { code, stderr } = await people.bulkPut(['people.csv', '--resume']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/An earlier run of .*people.csv completed [\d,]+ records: continuing with the rest/);
    expect(people.kept()).toBe(RECORDS);
    expect(people.twice()).toBeLessThan(300 * ENTRIES_PER_CALL);
  });

  it('failed records stay in the errors file of the first run, are not sent again, and make exit 4', async () => {
    const people = await watchedGroup();
    await people.write(
      'people.csv',
      csv(2000)
        .replace('p7,', ',')
        .replace(/(p1990,.*),\d+/, '$1,old'),
    );
    const first = await people.interruptedAfter(20, ['people.csv']);
    expect(first.code).toBe(130);
    const second = await people.bulkPut(['people.csv', '--resume', '--summary', 'summary.json']);
    expect(second.code).toBe(4);
    const failed = (await readFile(join(people.dir, 'people.errors.jsonl'), 'utf8')).trim().split('\n');
    expect(failed.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual([9, 1992]);
    const summary = JSON.parse(await readFile(join(people.dir, 'summary.json'), 'utf8')) as Record<string, number>;
    expect(summary.ok! + summary.skipped! + summary.failed!).toBe(2000);
    expect(people.kept()).toBe(1998);
    expect(people.twice()).toBe(0);
  });

  it('exit 4 also where all that failed had failed before', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(2000).replace('p7,', ','));
    expect(await people.interruptedAfter(20, ['people.csv'])).toMatchObject({ code: 130 });
    const { code, stderr } = await people.bulkPut(['people.csv', '--resume']);
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /sagemaker-fs: 1 record failed in the run before; see people\.errors\.jsonl\. To send it again:\n {2}sagemaker-fs bulk-put people people\.errors\.jsonl .*\n$/,
    );
  });

  it('can be stopped and resumed again and again', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(2000));
    expect(await people.interruptedAfter(10, ['people.csv'])).toMatchObject({ code: 130 });
    for (const [count, signal, code] of [
      [25, 'SIGTERM', 143],
      [40, 'SIGHUP', 129],
    ] as const)
      expect(await people.interruptedAfter(count, ['people.csv', '--resume'], signal)).toMatchObject({ code });
    expect(await people.bulkPut(['people.csv', '--resume'])).toMatchObject({ code: 0 });
    expect(people.kept()).toBe(2000);
    expect(people.twice()).toBe(0);
  });

  it('refuses a file that has changed, exit 6, and sends nothing', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(2000));
    await people.interruptedAfter(10, ['people.csv']);
    const { count } = people.calls;
    await people.write('people.csv', csv(2001));
    const { code, stderr } = await people.bulkPut(['people.csv', '--resume']);
    expect(code).toBe(6);
    expect(stderr).toMatch(
      /^sagemaker-fs: .*people\.csv has changed since the run .* Run without --resume to start over\.\n$/,
    );
    expect(people.calls.count).toBe(count);
  });

  it('refuses a group that has been created again, exit 6', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(2000));
    await people.interruptedAfter(10, ['people.csv']);
    const { groups } = people.local.store;
    await groups.remove(groups.find('us-east-1', 'people')!);
    await people.create();
    const { code, stderr } = await people.bulkPut(['people.csv', '--resume']);
    expect(code).toBe(6);
    expect(stderr).toMatch(/feature-group\/people has been created again since the run that is to be resumed/);
  });

  it('refuses other options than those of the first run, exit 6, and sends nothing', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(2000));
    const options = ['--ttl', '30d', '--null-values', 'x,y', '--map', 'age=age'];
    await people.interruptedAfter(10, ['people.csv', ...options]);
    const { count } = people.calls;
    for (const [changed, words] of [
      [[], '--map age=age and --null-values x,y and --ttl 30d'],
      [[...options, '--strict', '--delimiter', ';'], 'no --delimiter and no --strict'],
      [['--ttl', '4w', ...options.slice(2), '--target-stores', 'online'], 'no --target-stores and --ttl 30d'],
    ] as const) {
      const { code, stderr } = await people.bulkPut(['people.csv', ...changed, '--resume']);
      expect(stderr).toMatch(/^sagemaker-fs: .* Run without --resume to start over\.\n$/);
      expect(stderr).toContain(`people.csv was written with ${words} by the run that is to be resumed.`);
      expect(code).toBe(6);
    }
    expect(people.calls.count).toBe(count);
    const same = ['--map=age=age', '--null-values=y,x', '--ttl=30d', '--max-workers', '2', '--resume'];
    expect(await people.bulkPut(['people.csv', ...same])).toMatchObject({ code: 0 });
    expect(people.kept()).toBe(2000);
    expect(people.twice()).toBe(0);
  });

  it('gives the rest the event time of the first run with --fill-event-time', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(2000).replaceAll(TIME, ''));
    const argv = ['people.csv', '--fill-event-time'];
    expect(await people.interruptedAfter(20, argv)).toMatchObject({ code: 130 });
    const later = () => new Date(Date.now() + 3_600_000);
    expect(await people.bulkPut([...argv, '--resume'], { now: later })).toMatchObject({ code: 0 });
    expect(people.kept()).toBe(2000);
    const { id } = people.local.store.groups.find('us-east-1', 'people')!;
    const times = new Set([...people.local.store.online.scan(id)].map(({ record }) => record.eventTime));
    expect(times.size).toBe(1);
  });

  it('looks at each option but those of the report, the failures and the pace', async () => {
    const { stdout } = await run(['bulk-put', '--help']);
    const [own] = stdout.split(/^ {2}-h, --help/m);
    const flags = [...own!.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag!);
    const all: Required<DecidingOptions> = {
      ...{ format: 'csv', ignoreUnreadable: true, delimiter: '\t', nullValues: ['x'], timezone: 'UTC' },
      ...{ eventTimeUnit: 's', strict: true, map: { a: 'b' }, ignoreUnknown: true, fillEventTime: true },
      ...{ ttl: { value: 1, unit: 'Days' }, targetStores: ['OnlineStore'] },
    };
    expect(Object.keys(typedOptions(all)).sort()).toEqual(flags.filter((flag) => !FREE.includes(flag)).sort());
  });

  it.each(['s3://lake/people.csv', 's3://lake/'])(
    'goes on with %s, and refuses it once it was replaced',
    async (uri) => {
      const people = await watchedGroup();
      const { objects } = people.local.store;
      await objects.createBucket('lake', 'us-east-1');
      await objects.put('lake', 'people.csv', Buffer.from(csv(2000)));
      expect(await people.interruptedAfter(20, [uri])).toMatchObject({ code: 130 });
      expect(await people.interruptedAfter(40, [uri, '--resume'])).toMatchObject({ code: 130 });
      await objects.put('lake', 'people.csv', Buffer.from(csv(2000).replace('p1999', 'p2000')));
      expect(await people.bulkPut([uri, '--resume'])).toMatchObject({
        code: 6,
        stderr: expect.stringContaining(`${uri} has changed since the run that is to be resumed.`) as string,
      });
      expect(people.twice()).toBe(0);
    },
  );

  it('is no option for stdin, nor for a dry run: exit 2', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(1));
    expect(await people.bulkPut(['-', '--resume'], { stdin: csv(1) })).toMatchObject({
      code: 2,
      stderr: 'sagemaker-fs: stdin cannot be resumed: only a file or an object on S3 can.\n',
    });
    expect(await people.bulkPut(['people.csv', '--resume', '--dry-run'])).toMatchObject({ code: 2 });
  });

  it('starts with the first record where there is nothing to go on from, and says so', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(30));
    const { code, stderr } = await people.bulkPut(['people.csv', '--resume']);
    expect(code).toBe(0);
    expect(stderr).toContain('No earlier run of');
    expect(people.kept()).toBe(30);
  });
});

describe('a checkpoint that was left', () => {
  it('is only noted without --resume, and gone after a complete run', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(2000));
    await people.interruptedAfter(10, ['people.csv']);
    const { code, stderr } = await people.bulkPut(['people.csv']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/completed \d+ records; this one starts over, as --resume was not given/);
    expect(stderr).toContain('2,000 written');
    expect(existsSync(join(people.dir, '.sagemaker-fs'))).toBe(false);
  });

  it('is not left where no row of the file is a record', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', 'id,event_time\n1,yesterday\n');
    const { code, stderr } = await people.bulkPut(['people.csv']);
    expect(code).toBe(2);
    expect(stderr).toContain('No row of');
    expect(stderr).not.toContain('--resume');
    expect(existsSync(join(people.dir, '.sagemaker-fs'))).toBe(false);
  });

  it('belongs to the file as it was: one with another time is another file', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(2000));
    await people.interruptedAfter(10, ['people.csv']);
    await utimes(join(people.dir, 'people.csv'), new Date(0), new Date(0));
    expect((await people.bulkPut(['people.csv'])).stderr).not.toContain('earlier run');
  });
});
