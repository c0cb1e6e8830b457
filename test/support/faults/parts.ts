/** Faults of a part of a call: entries that were not processed, errors of single ones; and calls that arrive twice. */
import { answer, pause, send, type Exchange, type Fault, type Moment, type ProxiedRequest } from './exchange.js';

const JSON_TYPE = 'application/json';

const only =
  (operation: string, ...moments: Moment[]) =>
  (request: ProxiedRequest): Moment[] =>
    request.operation === operation ? moments : [];

interface Entries {
  Entries: { FeatureGroupName: string }[];
}
interface Identifiers {
  Identifiers: { FeatureGroupName: string; RecordIdentifiersValueAsString: string[]; FeatureNames?: string[] }[];
}

/** Which of so many are struck: at least one. */
function struck({ random }: Exchange, count: number): Set<number> {
  const chosen = new Set([Math.floor(random() * count)]);
  for (let at = 0; at < count; at += 1) if (random() < 0.3) chosen.add(at);
  return chosen;
}

/** The store is told of the other entries alone (`before`), or of all of them (`after`). */
async function entries(exchange: Exchange, moment: Moment, member: (left: object[]) => object): Promise<void> {
  const sent = JSON.parse(exchange.request.body.toString()) as Entries;
  const chosen = struck(exchange, sent.Entries.length);
  const kept = sent.Entries.filter((_, at) => moment === 'after' || !chosen.has(at));
  const none = answer(200, JSON_TYPE, '{"Errors":[],"UnprocessedEntries":[]}');
  const own = kept.length > 0 ? await exchange.forward(Buffer.from(JSON.stringify({ ...sent, Entries: kept }))) : none;
  if (own.status !== 200) return send(exchange, own);
  const left = sent.Entries.filter((_, at) => chosen.has(at));
  const merged = joined(JSON.parse(own.body.toString()) as Lists, member(left) as Lists);
  send(exchange, { ...own, body: Buffer.from(JSON.stringify(merged)) });
}

async function identifiers(exchange: Exchange, member: (left: Identifiers['Identifiers']) => object): Promise<void> {
  const sent = JSON.parse(exchange.request.body.toString()) as Identifiers;
  const [first] = sent.Identifiers;
  const ids = first!.RecordIdentifiersValueAsString;
  const chosen = struck(exchange, ids.length);
  const kept = ids.filter((_, at) => !chosen.has(at));
  const none = answer(200, JSON_TYPE, '{"Records":[],"Errors":[],"UnprocessedIdentifiers":[]}');
  const body = { ...sent, Identifiers: [{ ...first, RecordIdentifiersValueAsString: kept }] };
  const own = kept.length > 0 ? await exchange.forward(Buffer.from(JSON.stringify(body))) : none;
  if (own.status !== 200) return send(exchange, own);
  const left = [{ ...first!, RecordIdentifiersValueAsString: ids.filter((_, at) => chosen.has(at)) }];
  const merged = joined(JSON.parse(own.body.toString()) as Lists, member(left) as Lists);
  send(exchange, { ...own, body: Buffer.from(JSON.stringify(merged)) });
}

type Lists = Record<string, unknown[]>;

const joined = (own: Lists, more: Lists): Lists =>
  Object.fromEntries(Object.entries(own).map(([name, list]) => [name, [...list, ...(more[name] ?? [])]]));

const PASSING = { ErrorCode: 'InternalFailure', ErrorMessage: 'Try again.' };

export const parts: Record<string, Fault> = {
  'some entries unprocessed': {
    moments: only('BatchWriteRecord', 'before', 'after'),
    strike: (exchange, moment) => entries(exchange, moment, (left) => ({ UnprocessedEntries: left })),
  },
  'some entries with an error that passes': {
    moments: only('BatchWriteRecord', 'before', 'after'),
    strike: (exchange, moment) =>
      entries(exchange, moment, (left) => ({ Errors: left.map((Entry) => ({ Entry, ...PASSING })) })),
  },
  'some identifiers unprocessed': {
    moments: only('BatchGetRecord', 'before'),
    strike: (exchange) => identifiers(exchange, (left) => ({ UnprocessedIdentifiers: left })),
  },
  'some identifiers with an error that passes': {
    moments: only('BatchGetRecord', 'before'),
    strike: (exchange) =>
      identifiers(exchange, ([{ FeatureGroupName, RecordIdentifiersValueAsString: ids } = NOTHING]) => ({
        Errors: ids.map((id) => ({ FeatureGroupName, RecordIdentifierValueAsString: id, ...PASSING })),
      })),
  },
  'some keys not deleted': {
    moments: only('S3 POST delete', 'before'),
    async strike(exchange) {
      const text = exchange.request.body.toString();
      const objects = text.match(/<Object>.*?<\/Object>/gs) ?? [];
      const chosen = struck(exchange, objects.length);
      const left = objects.filter((_, at) => chosen.has(at));
      const errors = left.map((object) =>
        object
          .replace('<Object>', '<Error>')
          .replace('</Object>', '<Code>InternalError</Code><Message>Try again.</Message></Error>'),
      );
      const none = answer(200, 'application/xml', `<DeleteResult xmlns="${S3_XMLNS}"></DeleteResult>`);
      const others = left.reduce((body, object) => body.replace(object, ''), text);
      const own = left.length < objects.length ? await exchange.forward(Buffer.from(others)) : none;
      const merged = own.body.toString().replace(/(<DeleteResult[^>]*?)\/>$/, '$1></DeleteResult>');
      send(exchange, {
        ...own,
        body: Buffer.from(merged.replace('</DeleteResult>', `${errors.join('')}</DeleteResult>`)),
      });
    },
  },
  'call delivered twice': {
    moments: () => ['after'],
    async strike(exchange) {
      const first = await exchange.forward();
      const second = await exchange.forward();
      send(exchange, exchange.random() < 0.5 ? first : second);
    },
  },
  'call delivered again, later': {
    moments: ({ method }) => (method === 'HEAD' ? [] : ['after']),
    async strike(exchange) {
      send(exchange, await exchange.forward());
      await pause(60 * exchange.random());
      await exchange.forward();
    },
  },
};

const NOTHING = { FeatureGroupName: '', RecordIdentifiersValueAsString: [] as string[] };
const S3_XMLNS = 'http://s3.amazonaws.com/doc/2006-03-01/';
