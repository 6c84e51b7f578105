import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InvolveError } from '../../util/errors.js';
import { temporaryFolder } from '../sample-data.testing.js';
import { download, HttpStatusError } from './download.js';
import { FileServer } from './server.testing.js';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) >>> 3));
const sha256 = createHash('sha256').update(content).digest('hex');
const quick = { retryAfterMs: [5, 5], idleMs: 300 };

let server: FileServer;
let dir: string;
let file: string;
beforeEach(async () => {
  server = await FileServer.start(content);
  dir = temporaryFolder();
  file = join(dir, 'archive');
});
afterEach(() => server.close());

async function failure(options: Parameters<typeof download>[2] = {}, url = server.url()): Promise<Error> {
  return download(url, file, { ...quick, ...options }).then(
    () => expect.fail('expected it to fail'),
    (error: unknown) => error as Error,
  );
}

describe('download', () => {
  it('fetches, verifies and leaves only the file', async () => {
    const progress: unknown[] = [];
    await download(server.url(), file, { sha256, onProgress: (...args) => progress.push(args) });
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(readdirSync(dir)).toEqual(['archive']);
    expect(progress.at(-1)).toEqual([300_000, 300_000]);
  });

  it('goes on after cuts within one call', async () => {
    server.cuts = [70_000, 50_000];
    const retries: string[] = [];
    await download(server.url(), file, { ...quick, sha256, onRetry: (why) => retries.push(why) });
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(server.requests.map(({ headers }) => headers.range)).toEqual([
      undefined,
      'bytes=70000-',
      'bytes=120000-',
    ]);
    expect(retries.length).toBe(2);
  });

  it('goes on in a later call, and starts over when the file has changed meanwhile', async () => {
    server.cuts = [100_000];
    const error = (await failure({ retryAfterMs: [], advice: 'do without' })) as InvolveError;
    expect(error.exitCode).toBe(1);
    expect(error.message).toMatch(/^the download failed: /);
    expect(error.problems[0]).toMatchObject({
      where: server.url(),
      try: 'the same command again goes on after the 100000 bytes that are here; or do without',
    });
    server.etag = '"v2"';
    server.cuts = [40_000];
    await failure({ retryAfterMs: [] });
    await download(server.url(), file, { sha256 });
    expect(server.requests.map(({ headers }) => headers.range)).toEqual([
      undefined,
      'bytes=100000-',
      'bytes=40000-',
    ]);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('copes with a server that knows no ranges', async () => {
    server.ranges = false;
    server.cuts = [100_000];
    await download(server.url(), file, { ...quick, sha256 });
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('takes a part that is whole already', async () => {
    writeFileSync(`${file}.part`, content);
    writeFileSync(`${file}.part.json`, JSON.stringify({ url: server.url(), validator: server.etag }));
    await download(server.url(), file, { sha256 });
    expect(server.requests.map(({ headers }) => headers.range)).toEqual(['bytes=300000-']);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('starts over where a part is longer than the file, or the server goes on elsewhere', async () => {
    const leave = (part: Buffer, url: string): void => {
      writeFileSync(`${file}.part`, part);
      writeFileSync(`${file}.part.json`, JSON.stringify({ url, validator: server.etag }));
    };
    leave(Buffer.concat([content, content]), server.url());
    await download(server.url(), file, { ...quick, sha256 });
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(server.requests.map(({ headers }) => headers.range)).toEqual(['bytes=600000-', undefined]);
    server.requests.length = 0;
    server.routes.set('/elsewhere', (response, { headers }) => {
      const isRest = headers.range !== undefined;
      response.writeHead(isRest ? 206 : 200, isRest ? { 'content-range': 'bytes 5-9/300000' } : {});
      response.end(isRest ? 'other' : content);
    });
    leave(content.subarray(0, 1000), server.url('/elsewhere'));
    await download(server.url('/elsewhere'), file, { ...quick, sha256 });
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(server.requests.map(({ headers }) => headers.range)).toEqual(['bytes=1000-', undefined]);
  });

  it('refuses a wrong checksum and keeps nothing of it', async () => {
    const error = (await failure({ sha256: '0'.repeat(64) })) as InvolveError;
    expect(error.code).toBe('E_CHECKSUM');
    expect(error.exitCode).toBe(1);
    expect(error.message).toBe(
      `the file that came has SHA-256 ${sha256}, expected ${'0'.repeat(64)}; it was removed`,
    );
    expect(readdirSync(dir)).toEqual([]);
  });

  it('does not repeat what is refused: 404', async () => {
    server.routes.set('/gone', (response) => response.writeHead(404).end());
    const error = await failure({}, server.url('/gone'));
    expect(error).toBeInstanceOf(HttpStatusError);
    expect(error.message).toBe('the server answered 404 (not found)');
    expect(server.requests.length).toBe(1);
  });

  it('repeats what may pass: 503', async () => {
    let answers = 0;
    server.routes.set('/busy', (response) => {
      if (++answers < 3) response.writeHead(503).end();
      else response.end(content);
    });
    await download(server.url('/busy'), file, { ...quick, sha256 });
    expect(answers).toBe(3);
  });

  it('repeats as often as there are pauses, and then says what it met', async () => {
    const retries: string[] = [];
    server.routes.set('/down', (response) => response.writeHead(503).end());
    const error = await failure({ onRetry: (why) => retries.push(why) }, server.url('/down'));
    expect(server.requests).toHaveLength(3);
    expect(retries).toHaveLength(2);
    expect(error.message).toMatch(/^the download failed: the server answered 503/);
  });

  it('asks by https where the address says so', async () => {
    // Plain text is no handshake: what matters is that the address is not refused before anybody is asked.
    const secure = server.url().replace('http:', 'https:');
    const error = await failure({ retryAfterMs: [] }, secure);
    expect(error.message).toMatch(/^the download failed: /);
    expect(error.message).not.toContain('only http and https');
  });

  it('gives up on a server that falls silent', async () => {
    server.routes.set('/silent', (response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('x');
    });
    const error = await failure({ retryAfterMs: [], idleMs: 100 }, server.url('/silent'));
    expect(error.message).toBe('the download failed: no answer for 0.1 s');
    server.routes.set('/mute', () => undefined);
    const mute = await failure({ retryAfterMs: [], idleMs: 100 }, server.url('/mute'));
    expect(mute.message).toBe('the download failed: no answer for 0.1 s');
  });

  it('follows redirects, without credentials to another host', async () => {
    server.routes.set('/here', (response) => response.writeHead(302, { location: '/same' }).end());
    server.routes.set('/same', (response) =>
      response.writeHead(302, { location: server.url('/file', 'localhost') }).end(),
    );
    await download(server.url('/here'), file, { sha256, headers: { authorization: 'Basic secret' } });
    expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/here', 'Basic secret'],
      ['/same', 'Basic secret'],
      ['/file', undefined],
    ]);
  });

  it('stops at redirects without end, and at addresses that are not fetched', async () => {
    server.routes.set('/loop', (response) => response.writeHead(302, { location: '/loop' }).end());
    expect((await failure({}, server.url('/loop'))).message).toBe(
      'the download failed: more than 5 redirects',
    );
    server.routes.set('/local', (response) =>
      response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    );
    expect((await failure({}, server.url('/local'))).message).toBe(
      'the download failed: only http and https can be fetched, not file://',
    );
  });

  it('says when nobody answers', async () => {
    const url = server.url();
    await server.close();
    const error = (await failure({ retryAfterMs: [] }, url)) as InvolveError;
    expect(error.exitCode).toBe(1);
    expect(error.message).toMatch(/^the download failed: .*ECONNREFUSED/);
    server = await FileServer.start(content);
  });
});
