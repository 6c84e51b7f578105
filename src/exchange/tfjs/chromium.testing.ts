import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Chromium of this machine, or undefined where there is none; `INVOLVE_BROWSER` names another. */
export const CHROMIUM = [process.env.INVOLVE_BROWSER ?? NAMES]
  .flat()
  .find((name) => spawnSync(name, ['--version']).status === 0);

/** Why tests in a browser do not run here, or undefined where they do: for `describe.skipIf`. */
export const NO_CHROMIUM =
  CHROMIUM === undefined ? `skipped: none of ${NAMES.join(', ')} is here` : undefined;

/** Only a hang takes that long. */
const HANG_MS = 120_000;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.bin': 'application/octet-stream',
};

/** Serves the files of a folder, as any server of files does, on a port of this machine. */
export async function serveFolder(
  folder: string,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(({ url = '/' }, response) => {
    const name = url === '/' ? 'index.html' : url.slice(1);
    try {
      const content = readFileSync(join(folder, name));
      response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'text/plain' }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

interface Answer {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A Chromium without a window, driven by its own protocol over a pipe. */
export class Browser {
  readonly #child: ChildProcess;
  readonly #profile = mkdtempSync(join(tmpdir(), 'involve-chromium-'));
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #session: string | undefined;
  #rest = '';
  #sent = 0;

  constructor() {
    this.#child = spawn(
      CHROMIUM!,
      [
        ...['--headless=new', '--disable-gpu', '--no-first-run', '--remote-debugging-pipe'],
        // Shared memory of a container may be too small for a page.
        '--disable-dev-shm-usage',
        // A camera that films a test picture, and that nobody has to allow.
        ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
        // Its sandbox refuses to be root's.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        `--user-data-dir=${this.#profile}`,
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    (this.#child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.#child.on('exit', () => {
      for (const answer of this.#waiting.values()) answer({ error: { message: 'Chromium has ended' } });
    });
  }

  /** Opens a page in the place of the one before. */
  async open(url: string): Promise<void> {
    const { targetId } = await this.#send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId, flatten: true });
    this.#session = sessionId as string;
    // Answered when the page has taken the place of the empty one.
    await this.#send('Page.navigate', { url });
  }

  /** The value of an expression in the page, once it is there. */
  async evaluate<T>(expression: string): Promise<T> {
    const given = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', given);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** Waits until an expression is true in the page. */
  async until(expression: string): Promise<void> {
    const asked = `new Promise((done) => { const look = () => ((${expression}) ? done(true) : setTimeout(look, 20)); look() })`;
    await this.evaluate(asked);
  }

  /** Chooses a file in a field of the page. */
  async choose(selector: string, path: string): Promise<void> {
    const { root } = await this.#send('DOM.getDocument', {});
    const { nodeId } = await this.#send('DOM.querySelector', {
      nodeId: (root as { nodeId: number }).nodeId,
      selector,
    });
    await this.#send('DOM.setFileInputFiles', { nodeId, files: [path] });
  }

  async close(): Promise<void> {
    const ended = new Promise((end) => this.#child.once('exit', end));
    this.#session = undefined;
    await this.#send('Browser.close', {}).catch(() => undefined);
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }

  async #send(method: string, params: object): Promise<Record<string, unknown>> {
    const id = ++this.#sent;
    const answered = new Promise<Answer>((answer) => {
      this.#waiting.set(id, answer);
      const timer = setTimeout(() => answer({ error: { message: 'no answer' } }), HANG_MS);
      timer.unref();
    });
    const isOfPage = !/^(Target|Browser)\./.test(method);
    const message = { id, method, params, ...(isOfPage && { sessionId: this.#session }) };
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    const { result, error } = await answered;
    this.#waiting.delete(id);
    if (result === undefined) throw new Error(`${method}: ${error?.message}`);
    return result;
  }

  #take(text: string): void {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop()!;
    for (const message of messages) {
      const answer = JSON.parse(message) as Answer;
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    }
  }
}
