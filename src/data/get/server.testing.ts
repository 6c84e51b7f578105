import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server for one file that can misbehave, and remembers what it was asked. */
export class FileServer {
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers'] }[] = [];
  /** Cuts the connection after so many bytes of the answer; each is used once. */
  cuts: number[] = [];
  etag = '"v1"';
  ranges = true;
  /** Answers a path itself. */
  readonly routes = new Map<string, (response: ServerResponse, request: IncomingMessage) => void>();
  readonly #server: Server;

  private constructor(public content: Buffer) {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(content: Buffer): Promise<FileServer> {
    const server = new FileServer(content);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  url(path = '/file', host = '127.0.0.1'): string {
    return `http://${host}:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push({ path: request.url!, headers: request.headers });
    const route = this.routes.get(request.url!);
    if (route !== undefined) return route(response, request);
    const { range, 'if-range': condition } = request.headers;
    let start = 0;
    if (this.ranges && range !== undefined && condition === this.etag) {
      start = Number(/^bytes=(\d+)-$/.exec(range)![1]);
      if (start >= this.content.length) {
        response.writeHead(416, { 'content-range': `bytes */${this.content.length}` }).end();
        return;
      }
      response.statusCode = 206;
      response.setHeader('content-range', `bytes ${start}-${this.content.length - 1}/${this.content.length}`);
    }
    const body = this.content.subarray(start);
    response.setHeader('etag', this.etag);
    response.setHeader('content-length', body.length);
    // What some servers say of a .tar.gz; it must not be unpacked on the way.
    response.setHeader('content-encoding', 'x-gzip');
    const cut = this.cuts.shift();
    if (cut === undefined) response.end(body);
    // Long enough for a client on a busy machine to have read what was sent.
    else response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 300));
  }
}
