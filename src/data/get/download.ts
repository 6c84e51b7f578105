import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvolveError, runFailed } from '../../util/errors.js';
import { diskProblem } from './disk-problem.js';
import { request, RequestRefused } from './request.js';
import { makeFolder } from '../../util/writing/make-folder.js';

export interface DownloadOptions {
  readonly sha256?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** `total` is null where the server does not say. */
  readonly onProgress?: (done: number, total: number | null) => void;
  /** Called when a cut connection is taken up again. */
  readonly onRetry?: (why: string) => void;
  /** A connection silent for so long is given up (default 60 s). */
  readonly idleMs?: number;
  /** Pauses between attempts; their number is that of the retries. */
  readonly retryAfterMs?: readonly number[];
  /** What else the user can do when it fails. */
  readonly advice?: string;
}

/** The server answered, and no repetition will change the answer. */
export class HttpStatusError extends RequestRefused {
  constructor(readonly status: number) {
    super(`the server answered ${status}${meanings[status] === undefined ? '' : ` (${meanings[status]})`}`);
  }
}

const meanings: Readonly<Record<number, string>> = {
  401: 'not logged in',
  403: 'not allowed',
  404: 'not found',
  410: 'gone',
  429: 'too many requests',
  500: 'server error',
  503: 'not available now',
};

/** What is known of a file that is half here. */
interface Partial {
  readonly url: string;
  /** What tells the server which version we have the beginning of. */
  readonly validator: string;
}

/**
 * Downloads to `<file>.part`, verifies, and renames. A later call goes on where an earlier one stopped, if the
 * server still has the same version.
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  const pauses = options.retryAfterMs ?? [1000, 3000, 10_000, 30_000];
  const part = `${file}.part`;
  try {
    await makeFolder(dirname(file));
    for (let attempt = 0; ; attempt++) {
      try {
        await fetchRest(url, part, options);
        break;
      } catch (error) {
        if (error instanceof RequestRefused || isDiskError(error) || attempt >= pauses.length) throw error;
        options.onRetry?.((error as Error).message);
        await sleep(pauses[attempt]);
      }
    }
    if (options.sha256 != null) await verify(part, options.sha256, url, options.advice);
    await rename(part, file);
    rmSync(`${part}.json`, { force: true });
  } catch (error) {
    throw explain(error, url, part, options.advice);
  }
}

/** SHA-256 of a file, in hexadecimal. */
export async function fileSha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function fetchRest(url: string, part: string, options: DownloadOptions): Promise<void> {
  const known = readPartial(part, url);
  const have = known === null ? 0 : sizeOf(part);
  const resume: Record<string, string> =
    known !== null && have > 0 ? { range: `bytes=${have}-`, 'if-range': known.validator } : {};
  const response = await request(url, { ...options.headers, ...resume }, options.idleMs ?? 60_000);
  const status = response.statusCode ?? 0;
  if (
    status === 416 &&
    have > 0 &&
    Number(/\/(\d+)$/.exec(response.headers['content-range'] ?? '')?.[1]) === have
  ) {
    response.destroy();
    return;
  }
  const goesOn =
    status === 206 && Number(/^bytes (\d+)-/.exec(response.headers['content-range'] ?? '')?.[1]) === have;
  if (status !== 200 && !goesOn) {
    response.destroy();
    if (status === 206 || status === 416) rmSync(part, { force: true });
    const temporary = status === 206 || status === 416 || status === 408 || status === 429 || status >= 500;
    const refusal = new HttpStatusError(status);
    throw temporary ? new Error(refusal.message) : refusal;
  }
  await store(url, part, goesOn ? have : 0, response, options);
}

async function store(
  url: string,
  part: string,
  start: number,
  response: IncomingMessage,
  { onProgress }: DownloadOptions,
): Promise<void> {
  const length = response.headers['content-length'];
  const total = length === undefined ? null : start + Number(length);
  rmSync(`${part}.json`, { force: true });
  const out = await open(part, start > 0 ? 'r+' : 'w');
  // A weak ETag does not promise the same bytes.
  const etag = response.headers.etag;
  const validator = etag !== undefined && !etag.startsWith('W/') ? etag : response.headers['last-modified'];
  if (validator !== undefined)
    writeFileSync(`${part}.json`, JSON.stringify({ url, validator } satisfies Partial));
  let at = start;
  try {
    onProgress?.(at, total);
    for await (const chunk of response as AsyncIterable<Buffer>) {
      for (let from = 0; from < chunk.length;) {
        const { bytesWritten } = await out.write(chunk, from, chunk.length - from, at);
        from += bytesWritten;
        at += bytesWritten;
      }
      onProgress?.(at, total);
    }
    await out.sync();
  } finally {
    await out.close();
    response.destroy();
  }
  if (total !== null && at !== total) throw new Error(`the connection was cut after ${at} of ${total} bytes`);
}

function readPartial(part: string, url: string): Partial | null {
  try {
    const known = JSON.parse(readFileSync(`${part}.json`, 'utf8')) as Partial;
    return known.url === url ? known : null;
  } catch {
    return null;
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

async function verify(part: string, expected: string, url: string, advice?: string): Promise<void> {
  const actual = await fileSha256(part);
  if (actual === expected) return;
  rmSync(part, { force: true });
  rmSync(`${part}.json`, { force: true });
  throw runFailed('E_CHECKSUM', {
    what: `the file that came has SHA-256 ${actual}, expected ${expected}; it was removed`,
    where: url,
    try: advice ?? 'try again; if it stays so, the file at this address has changed',
  });
}

function isDiskError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EACCES' || code === 'EROFS' || code === 'EISDIR';
}

function explain(error: unknown, url: string, part: string, advice?: string): unknown {
  if (error instanceof InvolveError || error instanceof HttpStatusError) return error;
  const onDisk = diskProblem(error, dirname(part));
  if (onDisk !== null) return onDisk;
  const kept = sizeOf(part);
  const again =
    kept > 0 ? `the same command again goes on after the ${kept} bytes that are here` : 'try again';
  return runFailed(
    'E_DOWNLOAD',
    {
      what: `the download failed: ${(error as Error).message}`,
      where: url,
      try: advice === undefined ? again : `${again}; or ${advice}`,
    },
    { cause: error },
  );
}
