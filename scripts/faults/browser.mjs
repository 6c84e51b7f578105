// A real browser, told what to do over the two pipes of Chromium's DevTools protocol: no port, and no package.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What Chromium is called where it is installed. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Only a hang takes that long. */
const HANG_MS = 120_000;

/** The first of them that answers; undefined where there is none. `INVOLVE_BROWSER` names another. */
export function findBrowser() {
  const given = process.env.INVOLVE_BROWSER;
  return (given === undefined ? NAMES : [given]).find(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
  );
}

export class Browser {
  #profile = mkdtempSync(join(tmpdir(), 'involve-browser-'));
  #child;
  #answers = new Map();
  #listeners = new Set();
  #sent = 0;

  constructor(program) {
    const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update'];
    // The sandbox asks for rights that root in a container has not; the pages are our own.
    const contained = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    this.#child = spawn(
      program,
      ['--headless', '--remote-debugging-pipe', `--user-data-dir=${this.#profile}`, ...quiet, ...contained],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    let text = '';
    this.#child.stdio[4].setEncoding('utf8').on('data', (more) => {
      const messages = (text + more).split('\0');
      text = messages.pop();
      for (const message of messages) this.#receive(JSON.parse(message));
    });
  }

  /**
   * Opens an address in a page of its own, waits until it is loaded, and looks at it.
   * @param look an expression that is evaluated in the page once everything there has run
   * @returns its value; what the page asked for, its own address left out; what it called by the name `binding`; the
   * dialogs that it opened
   */
  async look(address, look, binding) {
    const { targetId } = await this.#send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId, flatten: true });
    const send = (method, parameters) => this.#send(method, parameters, sessionId);
    const [requests, calls, dialogs] = [[], [], []];
    let loaded;
    const isLoaded = new Promise((done) => (loaded = done));
    const listener = ({ sessionId: of, method, params }) => {
      if (of !== sessionId) return;
      if (method === 'Network.requestWillBeSent') requests.push(params.request.url);
      if (method === 'Runtime.bindingCalled') calls.push(params.payload);
      if (method === 'Page.javascriptDialogOpening') {
        dialogs.push(params.message);
        void send('Page.handleJavaScriptDialog', { accept: false });
      }
      if (method === 'Page.loadEventFired') loaded();
    };
    this.#listeners.add(listener);
    try {
      for (const part of ['Page', 'Network', 'Runtime']) await send(`${part}.enable`);
      await send('Runtime.addBinding', { name: binding });
      await send('Page.navigate', { url: address });
      await isLoaded;
      // Two frames later handlers of errors and of what is shown have run too.
      const expression = `new Promise((done) => setTimeout(() => done(${look}), 100))`;
      const { result, exceptionDetails } = await send('Runtime.evaluate', {
        ...{ expression, awaitPromise: true, returnByValue: true },
      });
      if (exceptionDetails) throw new Error(`${address}: ${exceptionDetails.exception.description}`);
      const others = requests.filter((url) => url !== address && !url.startsWith('data:'));
      return { value: result.value, requests: others, calls, dialogs };
    } finally {
      this.#listeners.delete(listener);
      await this.#send('Target.closeTarget', { targetId });
    }
  }

  async close() {
    const ended = new Promise((done) => this.#child.on('exit', done));
    await this.#send('Browser.close');
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  // --- internal ---

  #send(method, params = {}, sessionId = undefined) {
    const id = ++this.#sent;
    this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#child.kill('SIGKILL');
        reject(new Error(`the browser did not answer ${method}`));
      }, HANG_MS);
      this.#answers.set(id, ({ result, error }) => {
        clearTimeout(timer);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
    });
  }

  #receive(message) {
    this.#answers.get(message.id)?.(message);
    this.#answers.delete(message.id);
    for (const listener of this.#listeners) listener(message);
  }
}
