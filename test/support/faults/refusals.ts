/** Refusals that pass: the service's own, and those of machines in front of it. */
import {
  answer,
  both,
  instead,
  isS3,
  pick,
  type Answer,
  type Exchange,
  type Fault,
  type ProxiedRequest,
} from './exchange.js';

const HTML = 'text/html; charset=utf-8';
const STATUSES = [500, 502, 503, 504];
const CODES: Record<number, string> = {
  500: 'InternalFailure',
  502: 'InternalFailure',
  503: 'ServiceUnavailable',
  504: 'ServiceUnavailable',
};

/** A refusal in the form of the service that was asked. */
export function refusal({ request }: Exchange, status: number, code: string, message = `No: ${code}`): Answer {
  if (isS3(request)) {
    const body = request.method === 'HEAD' ? '' : `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
    return answer(status, 'application/xml', body, { 'x-amz-request-id': 'proxy' });
  }
  if (request.service === 'sts') {
    const body = `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
    return answer(status, 'text/xml', body);
  }
  if (request.service === 'runtime')
    return answer(status, 'application/json', JSON.stringify({ Message: message }), { 'x-amzn-errortype': code });
  return answer(status, 'application/x-amz-json-1.1', JSON.stringify({ __type: code, message }));
}

/** Whatever time the client signed with, it is told another: the true one, if it is wrong already. */
function anHourFrom({ headers }: ProxiedRequest): number {
  const signed = (headers['x-amz-date'] ?? '').replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z');
  const now = Date.now();
  return Math.abs(Date.parse(signed) - now) > 1_800_000 ? now : now + 3_600_000;
}

const forbidden = (exchange: Exchange): Answer => {
  const status = exchange.request.service === 'runtime' ? 403 : 400;
  return refusal(exchange, isS3(exchange.request) ? 403 : status, 'x');
};

/** A refusal that comes before any work, as throttling does. */
const atTheDoor = (make: (exchange: Exchange) => Answer, moments: Fault['moments'] = () => ['before']): Fault =>
  instead(make, moments);

export const refusals: Record<string, Fault> = {
  '5xx of the service': instead((exchange) => {
    const status = pick(exchange, STATUSES);
    return refusal(exchange, status, isS3(exchange.request) ? 'InternalError' : CODES[status]!);
  }),
  '5xx as a page': instead((exchange) => {
    const status = pick(exchange, STATUSES);
    return answer(status, HTML, `<html><body><h1>${status} Bad Gateway</h1><hr>nginx</body></html>`);
  }),
  '5xx without a body': instead((exchange) => answer(pick(exchange, STATUSES), '', '')),
  '429': atTheDoor((exchange) =>
    pick(exchange, [
      refusal(exchange, 429, 'TooManyRequestsException', 'Rate exceeded'),
      answer(429, HTML, '<html>slow down</html>'),
      answer(429, '', ''),
    ]),
  ),
  ThrottlingException: atTheDoor((exchange) => refusal(exchange, 400, 'ThrottlingException', 'Rate exceeded')),
  'Rate exceeded, without a type': atTheDoor(
    () => answer(400, 'application/json', '{"message":"Rate exceeded"}'),
    (request) => (isS3(request) || request.service === 'sts' ? [] : ['before']),
  ),
  ProvisionedThroughputExceeded: atTheDoor(
    (exchange) => refusal(exchange, 400, 'ProvisionedThroughputExceededException', 'Throughput exceeds the capacity'),
    ({ service }) => (service === 'runtime' ? ['before'] : []),
  ),
  SlowDown: atTheDoor(
    (exchange) => refusal(exchange, 503, 'SlowDown', 'Please reduce your request rate.'),
    (request) => (isS3(request) ? ['before'] : []),
  ),
  'group not found for a moment': atTheDoor(
    (exchange) =>
      refusal(exchange, 400, 'ValidationError', 'Resource Not Found: Amazon SageMaker can’t find a FeatureGroup'),
    ({ operation }) => (operation === 'PutRecord' ? ['before'] : []),
  ),
  'clock skew': {
    moments: () => both.slice(0, 1),
    strike(exchange) {
      const { request } = exchange;
      const refused = isS3(request)
        ? refusal(
            exchange,
            403,
            'RequestTimeTooSkewed',
            'The difference between the request time and now is too large.',
          )
        : refusal(
            exchange,
            forbidden(exchange).status,
            'InvalidSignatureException',
            'Signature expired: 20260101T000000Z is now earlier than 20260101T005500Z',
          );
      const { status, headers, body } = refused;
      exchange.response.writeHead(status, {
        ...headers,
        date: new Date(anHourFrom(request)).toUTCString(),
        'content-length': String(body.length),
      });
      exchange.response.end(request.method === 'HEAD' ? undefined : body);
      return Promise.resolve();
    },
  },
};
