/** Faults of the line: connections refused, cut and garbled, answers cut off, late, or of another length than they say. */
import type { Socket } from 'node:net';
import { both, pause, type Answer, type Exchange, type Fault } from './exchange.js';

const head = ({ status, headers }: Answer, more: Record<string, string>): string => {
  const all = Object.entries({ ...headers, ...more }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Whatever\r\n${all.join('')}\r\n`;
};

/** Writes bytes past node:http, as a broken machine in between would. */
function raw({ response }: Exchange, write: (socket: Socket) => void): void {
  const { socket } = response;
  if (socket && !socket.destroyed) write(socket);
}

const cut = (exchange: Exchange): void => void exchange.response.socket?.destroy();

const halved = (how: (socket: Socket, answer: Answer) => void): Fault => ({
  // Nothing of an answer without a body can be missing.
  moments: ({ method }) => (method === 'HEAD' ? [] : ['after']),
  async strike(exchange) {
    const whole = await exchange.forward();
    if (whole.body.length < 2) return cut(exchange);
    raw(exchange, (socket) => how(socket, whole));
  },
});

const half = ({ body }: Answer): Buffer => body.subarray(0, body.length / 2);

export const lost: Record<string, Fault> = {
  'connections refused for a while': {
    moments: () => both,
    async strike(exchange, moment) {
      if (moment === 'after') await exchange.forward();
      exchange.outage(40);
    },
  },
  'connection cut': {
    moments: () => both,
    async strike(exchange, moment) {
      if (moment === 'after') await exchange.forward();
      cut(exchange);
    },
  },
  'connection cut within the answer': halved((socket, whole) => {
    socket.write(head(whole, { 'content-length': String(whole.body.length) }));
    socket.write(half(whole), () => socket.resetAndDestroy());
  }),
  'answer ends early': halved((socket, whole) => {
    socket.write(head(whole, { 'content-length': String(whole.body.length) }));
    socket.end(half(whole));
  }),
  'chunked answer ends early': halved((socket, whole) => {
    socket.write(head(whole, { 'transfer-encoding': 'chunked' }));
    socket.end(`${half(whole).length.toString(16)}\r\n${half(whole).toString('latin1')}\r\n`, 'latin1');
  }),
  'answer longer than it says': halved((socket, whole) => {
    const connection = { 'content-length': String(half(whole).length), connection: 'close' };
    socket.end(Buffer.concat([Buffer.from(head(whole, connection)), whole.body]));
  }),
  'no HTTP at all': {
    moments: () => both,
    async strike(exchange, moment) {
      if (moment === 'after') await exchange.forward();
      raw(exchange, (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    },
  },
  'answer late': {
    moments: () => ['after'],
    async strike(exchange) {
      const late = await exchange.forward();
      await pause(100 + 150 * exchange.random());
      const { response } = exchange;
      if (!response.destroyed) response.writeHead(late.status, lengthOf(exchange, late)).end(late.body);
    },
  },
  'answer in drops': {
    moments: () => ['after'],
    async strike(exchange) {
      const slow = await exchange.forward();
      const { response } = exchange;
      if (response.destroyed) return;
      response.writeHead(slow.status, lengthOf(exchange, slow));
      const size = Math.max(1, Math.ceil(slow.body.length / 8));
      // The last drop ends it: a client that has its whole length may ask again on this line at once.
      let at = 0;
      for (; at + size < slow.body.length; at += size) {
        if (response.destroyed) return;
        response.write(slow.body.subarray(at, at + size));
        await pause(10);
      }
      response.end(slow.body.subarray(at));
    },
  },
};

const lengthOf = ({ request }: Exchange, { headers, body }: Answer): Record<string, string> =>
  request.method === 'HEAD' ? headers : { ...headers, 'content-length': String(body.length) };
