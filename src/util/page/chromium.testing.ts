import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Chromium of this machine, or undefined where there is none; `INVOLVE_BROWSER` names another. */
export const CHROMIUM = [process.env.INVOLVE_BROWSER ?? NAMES]
  .flat()
  .find((name) => spawnSync(name, ['--version']).status === 0);

/** Why nothing is tried in a browser here, or undefined where it is: for `describe.skipIf`. */
export const NO_CHROMIUM =
  CHROMIUM === undefined
    ? `none of ${NAMES.join(', ')} is on the PATH (apt-get install chromium; INVOLVE_BROWSER names another)`
    : undefined;

/** Only a hang takes that long. */
const HANG_MS = 120_000;

const FLAGS = [
  ...['--headless', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
  // The sandbox asks for rights that root in a container has not, as shared memory for more than it has; the pages are our own.
  ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  // A camera that films a test picture, and that nobody has to allow.
  ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
];

type Values = Readonly<Record<string, unknown>>;

interface Answer {
  readonly id?: number;
  readonly result?: Values;
  readonly error?: { readonly message: string };
}

interface Event {
  readonly sessionId: string;
  readonly method: string;
  readonly params: Values;
}

type Send = (method: string, params?: Values) => Promise<Values>;

/** What is to be in a page before its own scripts run. */
interface Preparation {
  /** The name of a function that the page may call with a text: the calls are kept. */
  readonly binding?: string;
  readonly script?: string;
}

/** A Chromium without a window, with a profile of its own, driven by its DevTools protocol over a pipe: no port, no package. */
export class Browser {
  readonly #child: ChildProcess;
  readonly #profile = mkdtempSync(join(tmpdir(), 'involve-chromium-'));
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #pages = new Map<string, Page>();
  #rest = '';
  #sent = 0;

  constructor() {
    this.#child = spawn(
      CHROMIUM!,
      [...FLAGS, '--remote-debugging-pipe', `--user-data-dir=${this.#profile}`],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    (this.#child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.#child.on('exit', () => {
      for (const answer of this.#waiting.values()) answer({ error: { message: 'Chromium has ended' } });
    });
  }

  /** Opens an address in a page of its own, and waits until it is loaded. */
  async open(url: string, { binding, script }: Preparation = {}): Promise<Page> {
    const { targetId } = await this.#send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId, flatten: true });
    const send: Send = (method, params = {}) => this.#send(method, params, sessionId as string);
    const page = new Page(url, send, async () => {
      this.#pages.delete(sessionId as string);
      await this.#send('Target.closeTarget', { targetId });
    });
    this.#pages.set(sessionId as string, page);
    for (const part of ['Page', 'Network', 'Runtime']) await send(`${part}.enable`);
    if (binding !== undefined) await send('Runtime.addBinding', { name: binding });
    if (script !== undefined) await send('Page.addScriptToEvaluateOnNewDocument', { source: script });
    await send('Page.navigate', { url });
    await page.isLoaded;
    return page;
  }

  async close(): Promise<void> {
    const ended = new Promise((end) => this.#child.once('exit', end));
    await this.#send('Browser.close').catch(() => undefined);
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }

  async #send(method: string, params: Values = {}, sessionId?: string): Promise<Values> {
    const id = ++this.#sent;
    const answered = new Promise<Answer>((answer) => this.#waiting.set(id, answer));
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), HANG_MS);
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await answered;
    clearTimeout(timer);
    this.#waiting.delete(id);
    if (result === undefined) throw new Error(`${method}: ${error?.message}`);
    return result;
  }

  #take(text: string): void {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop()!;
    for (const message of messages) {
      const said = JSON.parse(message) as Answer & Event;
      if (said.id === undefined) this.#pages.get(said.sessionId)?.take(said);
      else this.#waiting.get(said.id)?.(said);
    }
  }
}

/** A page of a browser, and what it did since it was opened. */
export class Page {
  /** Addresses that it asked for, but for its own and those that hold what they stand for. */
  readonly requests: string[] = [];
  /** Texts with which it called the binding. */
  readonly calls: string[] = [];
  /** What the dialogs said that it opened. */
  readonly dialogs: string[] = [];
  readonly isLoaded: Promise<void>;
  readonly #url: string;
  readonly #send: Send;
  #loaded!: () => void;

  constructor(
    url: string,
    send: Send,
    readonly close: () => Promise<void>,
  ) {
    this.#url = url;
    this.#send = send;
    this.isLoaded = new Promise((loaded) => (this.#loaded = loaded));
  }

  take({ method, params }: Event): void {
    if (method === 'Network.requestWillBeSent') {
      const { url } = params.request as { url: string };
      if (url !== this.#url && !url.startsWith('data:')) this.requests.push(url);
    }
    if (method === 'Runtime.bindingCalled') this.calls.push(params.payload as string);
    if (method === 'Page.javascriptDialogOpening') {
      this.dialogs.push(params.message as string);
      // A page that has been closed meanwhile has no dialog either.
      void this.#send('Page.handleJavaScriptDialog', { accept: false }).catch(() => undefined);
    }
    if (method === 'Page.loadEventFired') this.#loaded();
  }

  /** The value of an expression in the page; what it promises, once that is there. */
  async evaluate<T>(expression: string): Promise<T> {
    const given = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', given);
    if (exceptionDetails !== undefined) throw new Error(`${this.#url}: ${JSON.stringify(exceptionDetails)}`);
    return (result as { value: T }).value;
  }

  /** Waits until an expression is true in the page. */
  async until(expression: string): Promise<void> {
    const asked = `new Promise((done) => { const look = () => ((${expression}) ? done(true) : setTimeout(look, 20)); look() })`;
    await this.evaluate(asked);
  }

  /** Chooses a file in a field of the page. */
  async choose(selector: string, path: string): Promise<void> {
    const { root } = await this.#send('DOM.getDocument');
    const { nodeId } = await this.#send('DOM.querySelector', {
      nodeId: (root as { nodeId: number }).nodeId,
      selector,
    });
    await this.#send('DOM.setFileInputFiles', { nodeId, files: [path] });
  }
}
