/** A proxy on 127.0.0.1, and behind it a TLS server under AWS's own names that hands everything to an embedded store. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request as requestPlain } from 'node:http';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Of the authority that has signed the server's certificate; nobody's list has it. */
export const PRIVATE_AUTHORITY = file('private-authority.pem');

/** @param plainPort of the store's own HTTP server */
export async function openProxiedAws(plainPort: number) {
  const pem = readFileSync(file('amazonaws.pem'));
  const aws = createTlsServer({ key: pem, cert: pem }, (socket) => piped(socket, connect(plainPort, '127.0.0.1')));
  const awsPort = await listening(aws);
  const proxy = {
    /** `host:port` of each CONNECT, and the address of each request that was passed on. */
    asked: [] as string[],
    /** `user:password` that must be given. */
    user: undefined as string | undefined,
    /** Answers instead: `403 Forbidden`. */
    refusal: undefined as string | undefined,
    port: 0,
  };
  const isWelcome = (given: string | undefined) =>
    proxy.user === undefined || given === `Basic ${Buffer.from(proxy.user).toString('base64')}`;
  const server = createServer((incoming, outgoing) => {
    proxy.asked.push(incoming.url ?? '');
    if (!isWelcome(incoming.headers['proxy-authorization'])) return void outgoing.writeHead(407).end();
    const { pathname, search } = new URL(incoming.url!);
    const { method, headers } = incoming;
    const passed = requestPlain({ port: plainPort, path: pathname + search, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  server.on('connect', ({ url = '', headers }, socket: Socket) => {
    proxy.asked.push(url);
    const refusal = isWelcome(headers['proxy-authorization']) ? proxy.refusal : '407 Proxy Authentication Required';
    if (refusal) return void socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    piped(socket, connect(awsPort, '127.0.0.1'));
  });
  proxy.port = await listening(server);
  return proxy;
}

function piped(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  one.on('error', () => other.destroy()).on('close', () => other.destroy());
  other.on('error', () => one.destroy()).on('close', () => one.destroy());
}

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}
