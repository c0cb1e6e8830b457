/** A Trino of Maven Central's, over an embedded store's own Glue and S3. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parse } from 'lossless-json';
import { Missing } from './verdict.js';

const run = promisify(execFile);

/**
 * The server's archive is not on every mirror of Maven Central, so it is put together from its parts; of the releases that
 * run on Java 17, the Iceberg plugin is not there either.
 */
const VERSION = '476';
const MIN_JAVA = 24;
const HEAP = '2G';
const START_MS = 300_000;

export interface Trino {
  /** Rows as JSON values, their numbers as texts, and the columns' types; throws TrinoError for a query that fails. */
  query(sql: string, at: { catalog: string; schema: string }): Promise<{ types: string[]; rows: unknown[][] }>;
  stop(): Promise<void>;
}

export class TrinoError extends Error {}

/** Starts it on a free port of this machine. Throws Missing without Java, Maven or a mirror that has it. */
export async function startTrino(cache: string, endpoint: string): Promise<Trino> {
  const java = await findJava();
  const folder = join(cache, `trino-${VERSION}`);
  await fetchParts(folder, java);
  const port = await freePort();
  const etc = join(folder, `etc-${process.pid}`);
  writeConfig(etc, { port, endpoint, plugins: join(folder, 'plugin') });
  const options = `-Xmx${HEAP} -XX:+UseSerialGC --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED
     --sun-misc-unsafe-memory-access=allow -Djdk.attach.allowAttachSelf=true`.split(/\s+/);
  const child = spawn(
    join(java, 'bin/java'),
    [
      ...options,
      `-Dconfig=${etc}/config.properties`,
      `-Dcatalog.config-dir=${etc}/catalog`,
      '-cp',
      `${folder}/lib/*`,
      `${folder}/Main.java`,
    ],
    // It writes a log where it runs.
    { stdio: 'ignore', cwd: etc },
  );
  const trino: Trino = {
    query: (sql, at) => askWhereItCan(port, sql, at),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill()) await ended;
      rmSync(etc, { recursive: true, force: true });
    },
  };
  for (const deadline = Date.now() + START_MS; Date.now() < deadline && child.exitCode === null; await sleep(500)) {
    const status = await fetch(`http://127.0.0.1:${port}/v1/info`).then(
      (answer) => answer.text(),
      () => '',
    );
    if (status.includes('"starting":false')) return trino;
  }
  await trino.stop();
  throw new Missing(`Trino ${VERSION} did not start`);
}

/** For moments it knows of no node that can work, itself included: the query is asked again then. */
async function askWhereItCan(port: number, sql: string, at: { catalog: string; schema: string }) {
  for (let left = 40; ; left -= 1) {
    try {
      return await ask(port, sql, at);
    } catch (error) {
      if (left === 0 || !(error instanceof TrinoError) || !error.message.startsWith('NO_NODES_AVAILABLE')) throw error;
      await sleep(500);
    }
  }
}

async function findJava(): Promise<string> {
  const installed = existsSync('/usr/lib/jvm') ? readdirSync('/usr/lib/jvm').map((name) => `/usr/lib/jvm/${name}`) : [];
  for (const home of [process.env.JAVA_HOME ?? '', ...installed].filter((each) => existsSync(`${each}/bin/java`))) {
    const said = await run(join(home, 'bin/java'), ['--version']).then(
      ({ stdout }) => stdout,
      () => '',
    );
    if (Number(/^\w+ (\d+)/.exec(said)?.[1] ?? 0) >= MIN_JAVA) return home;
  }
  throw new Missing(`Trino ${VERSION} needs Java ${MIN_JAVA} (JAVA_HOME, /usr/lib/jvm)`);
}

const plugin = (name: string) => `<dependency><groupId>io.trino</groupId><artifactId>${name}</artifactId>
  <version>${VERSION}</version><type>zip</type>
  <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>`;
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>judges</groupId><artifactId>trino</artifactId><version>1</version><dependencies>
<dependency><groupId>io.trino</groupId><artifactId>trino-main</artifactId><version>${VERSION}</version></dependency>
${plugin('trino-hive')}${plugin('trino-iceberg')}</dependencies></project>`;

async function fetchParts(folder: string, java: string): Promise<void> {
  if (existsSync(join(folder, 'complete'))) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pom.xml'), POM);
  writeFileSync(
    join(folder, 'Main.java'),
    'public class Main { public static void main(String[] a) { new io.trino.server.Server().start("judge"); } }\n',
  );
  const maven = (...goal: string[]) =>
    run('mvn', ['-B', '-q', '-f', join(folder, 'pom.xml'), ...goal], { env: { ...process.env, JAVA_HOME: java } });
  try {
    await maven(
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      '-DincludeTypes=jar',
      `-DoutputDirectory=${folder}/lib`,
    );
    await maven('dependency:unpack-dependencies', '-DincludeTypes=zip', `-DoutputDirectory=${folder}/plugin`);
  } catch (error) {
    const { stdout = '', message } = error as Error & { stdout?: string };
    throw new Missing(`no Trino ${VERSION} by Maven: ${(stdout || message).split('\n')[0]?.slice(0, 200)}`);
  }
  writeFileSync(join(folder, 'complete'), '');
}

function writeConfig(
  etc: string,
  { port, endpoint, plugins }: { port: number; endpoint: string; plugins: string },
): void {
  mkdirSync(join(etc, 'catalog'), { recursive: true });
  const server = {
    coordinator: true,
    'node-scheduler.include-coordinator': true,
    'http-server.http.port': port,
    'node.internal-address': '127.0.0.1',
    'discovery.uri': `http://127.0.0.1:${port}`,
    'node.environment': 'judge',
    'plugin.dir': plugins,
    'query.max-memory-per-node': '512MB',
  };
  const catalog = {
    'hive.metastore.glue.region': 'us-east-1',
    'hive.metastore.glue.endpoint-url': endpoint,
    'hive.metastore.glue.aws-access-key': 'local',
    'hive.metastore.glue.aws-secret-key': 'local',
    'fs.native-s3.enabled': true,
    's3.endpoint': endpoint,
    's3.region': 'us-east-1',
    's3.path-style-access': true,
    's3.aws-access-key': 'local',
    's3.aws-secret-key': 'local',
  };
  const write = (name: string, settings: object) =>
    writeFileSync(
      join(etc, name),
      Object.entries(settings)
        .map((pair) => `${pair.join('=')}\n`)
        .join(''),
    );
  write('config.properties', server);
  write('catalog/iceberg.properties', { 'connector.name': 'iceberg', 'iceberg.catalog.type': 'glue', ...catalog });
  // As Athena reads a table's folder.
  const hive = { 'hive.metastore': 'glue', 'hive.recursive-directories': true };
  write('catalog/hive.properties', { 'connector.name': 'hive', ...hive, ...catalog });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Page {
  error?: { errorName: string; message: string };
  columns?: { typeSignature: { rawType: string } }[];
  data?: unknown[][];
  nextUri?: string;
}

export async function ask(port: number, sql: string, { catalog, schema }: { catalog: string; schema: string }) {
  const headers = {
    'X-Trino-User': 'judge',
    'X-Trino-Catalog': catalog,
    'X-Trino-Schema': schema,
    'X-Trino-Time-Zone': 'UTC',
  };
  let answer = await fetch(`http://127.0.0.1:${port}/v1/statement`, { method: 'POST', body: sql, headers });
  const rows: unknown[][] = [];
  for (;;) {
    const page = parse(await answer.text(), undefined, (text) => text) as Page;
    if (page.error) throw new TrinoError(`${page.error.errorName}: ${page.error.message}`);
    rows.push(...(page.data ?? []));
    if (!page.nextUri) return { types: (page.columns ?? []).map(({ typeSignature }) => typeSignature.rawType), rows };
    answer = await fetch(page.nextUri);
  }
}
