/** Answers of status 200 that are not the service's, or not to this call. */
import {
  answer,
  both,
  hasOutput,
  instead,
  isS3,
  pick,
  type Fault,
  type Moment,
  type ProxiedRequest,
} from './exchange.js';

const JSON_TYPE = 'application/json';
const XML = 'application/xml';
const LOGIN =
  '<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action="/login"></form></body></html>';

/** GetRecord's answer may lack every member; HEAD has no body to be wrong. */
const canTell = (request: ProxiedRequest): Moment[] => {
  if (request.method === 'HEAD' || request.operation === 'GetRecord') return [];
  return hasOutput(request) && saysSomething(request) ? both : ['after'];
};

/** A deletion in S3 is answered with a status alone. */
const saysSomething = ({ operation }: ProxiedRequest): boolean => !operation.startsWith('S3 DELETE');

const onlyJson = (request: ProxiedRequest): Moment[] => (isS3(request) ? [] : canTell(request));
/** A page can be told from every answer, even to HEAD: it has no ETag. */
const always = (): Moment[] => both;

/** What other operations of the same service answer. */
const OTHERS: Record<ProxiedRequest['service'], Record<string, string>> = {
  runtime: {
    BatchWriteRecord: '{"Errors":[],"UnprocessedEntries":[]}',
    BatchGetRecord: '{"Records":[],"Errors":[],"UnprocessedIdentifiers":[]}',
    ListRecords: '{"RecordIdentifiers":[]}',
  },
  sagemaker: {
    ListFeatureGroups: '{"FeatureGroupSummaries":[]}',
    ListTags: '{"Tags":[]}',
  },
  athena: {
    StartQueryExecution: '{"QueryExecutionId":"11111111-2222-3333-4444-555555555555"}',
    StopQueryExecution: '{}',
    GetQueryResults: '{"UpdateCount":0,"ResultSet":{"Rows":[],"ResultSetMetadata":{"ColumnInfo":[]}}}',
  },
  s3: {
    'S3 GET versioning':
      '<?xml version="1.0" encoding="UTF-8"?><VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>',
    'S3 POST delete':
      '<?xml version="1.0" encoding="UTF-8"?><DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>',
  },
  sts: { AssumeRole: '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"/>' },
};

export const lies: Record<string, Fault> = {
  '200 {}': instead(() => answer(200, JSON_TYPE, '{}'), onlyJson),
  '200 []': instead(
    () => answer(200, JSON_TYPE, '[]'),
    (request) => (isS3(request) ? [] : both),
  ),
  '200 without a body': instead(() => answer(200, '', ''), canTell),
  '200 {"message":null}': instead(() => answer(200, JSON_TYPE, '{"message":null}'), onlyJson),
  '200 as a login page': instead(() => answer(200, 'text/html; charset=utf-8', LOGIN), always),
  '200 as a page that says it is what was asked for': instead(
    ({ request }) => answer(200, isS3(request) ? XML : JSON_TYPE, LOGIN),
    always,
  ),
  '302 to a login page': instead(() => answer(302, 'text/html', LOGIN, { location: 'http://127.0.0.1:9/login' })),
  '200 OK as text': instead(() => answer(200, 'text/plain', 'OK'), always),
  '200 <x/>': instead(
    () => answer(200, XML, '<x/>'),
    (request) => (isS3(request) || request.service === 'sts' ? canTell(request) : []),
  ),
  'answer to another call': instead((exchange) => {
    const { service, operation } = exchange.request;
    const others = Object.entries(OTHERS[service]).filter(([name]) => name !== operation);
    return answer(200, service === 's3' || service === 'sts' ? XML : JSON_TYPE, pick(exchange, others)[1]);
  }, canTell),
  'records that were not asked for': instead(
    ({ request }) => {
      const { Identifiers } = JSON.parse(request.body.toString()) as { Identifiers: { FeatureGroupName: string }[] };
      const Record = [{ FeatureName: 'id', ValueAsString: 'a stranger' }];
      const { FeatureGroupName } = Identifiers[0]!;
      const Records = [{ FeatureGroupName, RecordIdentifierValueAsString: 'a stranger', Record }];
      return answer(200, JSON_TYPE, JSON.stringify({ Records, Errors: [], UnprocessedIdentifiers: [] }));
    },
    ({ operation }) => (operation === 'BatchGetRecord' ? both : []),
  ),
  '200 with an <Error>': instead(
    (exchange) => {
      const code = pick(exchange, ['InternalError', 'SlowDown']);
      const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>Try again.</Message></Error>`;
      return answer(200, XML, body);
    },
    (request) => (isS3(request) && request.method !== 'HEAD' ? both : []),
  ),
};
