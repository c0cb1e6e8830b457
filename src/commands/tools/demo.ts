/** The tour behind `local demo`: real flights become features, move online, and are read back, each command shown. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context, RunCommand } from '../../context.js';
import { CommandError, EXIT } from '../../errors.js';
import { shellLine } from '../../utils/command-line.js';
import { folded, foldedCommand } from '../../utils/terminal/fold.js';

/** One flight of the U.S. Bureau of Transportation Statistics, as vega-datasets publishes it; put beside the bundle by `npm run build`. */
interface Flight {
  /** `2001/01/31 17:05`, local time */
  date: string;
  /** Minutes. */
  delay: number;
  /** Miles. */
  distance: number;
  origin: string;
  destination: string;
}

const FLIGHTS = new URL('./sample/flights.json', import.meta.url);
const ROLE = 'arn:aws:iam::000000000000:role/demo';
const SHOWN = 'SFO-LAX';

interface Step {
  about: string;
  argv: string[];
  /** Exit code that the tour expects, when it is not 0. */
  code?: number;
}

/**
 * Runs the tour in a throw-away store, and stops at the first unexpected exit code.
 * @param runCommand runs one command line on the same streams.
 */
export async function demo({ output, signal }: Context, runCommand: RunCommand): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'sagemaker-fs-demo-'));
  try {
    const history = routeHistory(JSON.parse(await readFile(FLIGHTS, 'utf8')) as Flight[]);
    const file = join(dir, 'flights.jsonl');
    await writeFile(file, history.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const say = (text: string) => output.text(folded(text, output.stdout.width));
    await say('A tour on an embedded Feature Store: nothing leaves this machine.');
    for (const { about, argv, code = EXIT.DONE } of steps(file, closedRoutes(history))) {
      signal.throwIfAborted();
      const command = `$ sagemaker-fs ${shellLine(argv).replaceAll(dir, '.')}`;
      await output.text(['', ...folded(`# ${about}`, output.stdout.width, 2)]);
      await output.text(foldedCommand(command, output.stdout.width));
      const ended = await runCommand([...argv, '--local', '--local-dir', join(dir, 'store'), '--no-progress']);
      if (ended !== code)
        throw new CommandError(`The tour stopped: that command ended with exit code ${ended}, not ${code}.`);
    }
    await output.text('');
    await say(
      'That was all of it. For a store of your own, add --local to any command, or run sagemaker-fs local serve.',
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function steps(file: string, closed: string[]): Step[] {
  const [gone = ''] = closed;
  return [
    {
      about: 'An offline-only group, its features inferred from the file',
      argv: [
        'create',
        'route-history',
        '--infer',
        file,
        '--record-identifier-name',
        'route',
        '--no-online-store',
        '--s3-uri',
        's3://demo/features',
        '--execution-role-arn',
        ROLE,
      ],
    },
    {
      about: 'Another with the same features, online and offline',
      argv: ['create', 'routes', '--like', 'route-history', '--online-store'],
    },
    { about: '20,000 flights: each one updates the features of its route', argv: ['bulk-put', 'route-history', file] },
    {
      about: 'Routes that were not flown again are deleted; the history stays',
      argv: ['delete-record', 'route-history', ...closed, '--force'],
    },
    { about: 'What is there', argv: ['list'] },
    { about: 'What a migration would do', argv: ['migrate', 'route-history', 'routes', '--dry-run'] },
    {
      about: 'The migration: the newest row of each live route goes online',
      argv: ['migrate', 'route-history', 'routes'],
    },
    { about: `The newest features of ${SHOWN}, from the online store`, argv: ['get', 'routes', SHOWN] },
    {
      about: `A deleted route did not come along: exit code ${EXIT.NOT_FOUND}`,
      argv: ['get', 'routes', gone],
      code: EXIT.NOT_FOUND,
    },
    { about: 'What is there now', argv: ['list', '--sort-by', 'CreationTime', '--descending'] },
  ];
}

interface RouteFeatures {
  route: string;
  event_time: string;
  origin: string;
  destination: string;
  distance_miles: number;
  last_delay_minutes: number;
  flights: number;
  mean_delay_minutes: number;
}

/** The features of a route as they stood after each of its flights. */
function routeHistory(flights: Flight[]): RouteFeatures[] {
  const totals = new Map<string, { flights: number; delay: number }>();
  return flights.map(({ date, delay, distance, origin, destination }) => {
    const route = `${origin}-${destination}`;
    const total = totals.get(route) ?? { flights: 0, delay: 0 };
    total.flights += 1;
    total.delay += delay;
    totals.set(route, total);
    return {
      route,
      event_time: `${date.replaceAll('/', '-').replace(' ', 'T')}:00Z`,
      origin,
      destination,
      distance_miles: distance,
      last_delay_minutes: delay,
      flights: total.flights,
      mean_delay_minutes: Number((total.delay / total.flights).toFixed(2)),
    };
  });
}

const CLOSED_ROUTES = 5;

/** The routes whose last flight is the longest ago. */
function closedRoutes(history: RouteFeatures[]): string[] {
  const lastFlown = new Map(history.map(({ route, event_time }) => [route, event_time]));
  const oldestFirst = [...lastFlown].sort(([, left], [, right]) => (left < right ? -1 : 1));
  return oldestFirst.slice(0, CLOSED_ROUTES).map(([route]) => route);
}
