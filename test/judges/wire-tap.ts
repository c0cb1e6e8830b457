/** A port before the embedded store that passes everything on and keeps what was sent. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came over the wire. */
export interface Tapped {
  method: string;
  /** Path and query. */
  url: string;
  headers: [string, string][];
  /** Base64. */
  body: string;
}

export interface WireTap {
  endpoint: string;
  requests: Tapped[];
  close(): Promise<void>;
}

export async function tapWire(port: number): Promise<WireTap> {
  const requests: Tapped[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = 'GET', url = '/', rawHeaders } = incoming;
      const body = Buffer.concat(chunks);
      const headers = rawHeaders.flatMap((name, i): [string, string][] => (i % 2 ? [] : [[name, rawHeaders[i + 1]!]]));
      requests.push({ method, url, headers, body: body.toString('base64') });
      const onwards = request({ host: '127.0.0.1', port, method, path: url, headers: rawHeaders }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.rawHeaders);
        answer.pipe(outgoing);
      });
      onwards.on('error', () => outgoing.destroy());
      onwards.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
