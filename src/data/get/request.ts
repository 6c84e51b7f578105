import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A request that cannot succeed by being repeated. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
}

const maximumRedirects = 5;

/**
 * Requests an address and follows redirects. Plain node requests and not `fetch`, which would undo a
 * `Content-Encoding: gzip` that servers put on a .tar.gz, so that its checksum would never match.
 *
 * Credentials stay with the host they were meant for: another host is asked without them.
 */
export async function request(
  address: string,
  headers: Readonly<Record<string, string>>,
  idleMs: number,
): Promise<IncomingMessage> {
  let url = parse(address);
  let sent: Record<string, string> = { 'user-agent': 'involve', 'accept-encoding': 'identity', ...headers };
  for (let hop = 0; ; hop++) {
    const response = await send(url, sent, idleMs);
    const { statusCode = 0, headers: received } = response;
    if (![301, 302, 303, 307, 308].includes(statusCode) || received.location === undefined) return response;
    response.destroy();
    if (hop >= maximumRedirects) throw new RequestRefused(`more than ${maximumRedirects} redirects`);
    const next = parse(received.location, url);
    if (url.protocol === 'https:' && next.protocol !== 'https:') {
      throw new RequestRefused(`redirected from https to ${next.protocol}//${next.host}`);
    }
    if (next.host !== url.host) {
      sent = Object.fromEntries(Object.entries(sent).filter(([name]) => name !== 'authorization'));
    }
    url = next;
  }
}

function parse(address: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(address, base);
  } catch {
    throw new RequestRefused(`not an address: ${address}`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new RequestRefused(`only http and https can be fetched, not ${url.protocol}//`);
  }
  return url;
}

function send(url: URL, headers: Readonly<Record<string, string>>, idleMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = start(url, { headers, timeout: idleMs }, (response) => {
      // The socket's own timer goes on through the body.
      outgoing.on('error', (error) => response.destroy(error));
      resolve(response);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer for ${idleMs / 1000} s`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
