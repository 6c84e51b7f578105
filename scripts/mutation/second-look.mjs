// A second look at what StrykerJS's run did not notice: the change is made in a copy of the project, and all tests of its
// part run there as they do in `npm test`, each file in a process of its own. So may notice what threads cannot run: tests
// of engines that are installed, of processes that are killed, and of the built command line.
import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
/** What the tests of a change may take beyond thrice of what they take without one; who is cut off hangs. */
const PATIENCE_MS = 60_000;

/** A copy of the project in which one place at a time is changed. */
export class SecondLook {
  #root;
  #folder;
  /** How long tests take that pass without a change, by what is tested and by which. */
  #sound = new Map();

  /**
   * @param root the project
   * @param folder where the copy is made; what lies there is removed
   */
  constructor(root, folder) {
    this.#root = root;
    this.#folder = folder;
    rmSync(folder, { recursive: true, force: true });
    const files = [
      ...listed(root, '--cached', '--others', '--exclude-standard'),
      // What the build writes among the sources.
      ...listed(root, '--others', '--ignored', '--exclude-standard', '--', 'src'),
    ];
    for (const file of files.filter((name) => existsSync(join(root, name)))) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      cpSync(join(root, file), join(folder, file));
    }
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  }

  /**
   * @param change as in StrykerJS's report: file, location (from 1, the end left out) and replacement
   * @param tests.within the folder whose tests may notice, where they import what is changed
   * @param tests.built files of tests that start the built command line
   * @returns the test that failed, or that they hung; undefined where none does
   * @throws where they fail without a change
   */
  async failureOf(change, tests) {
    const path = join(this.#folder, change.file);
    const before = readFileSync(path, 'utf8');
    const suite = JSON.stringify([change.file, tests]);
    if (!this.#sound.has(suite)) {
      const started = Date.now();
      const failure = await this.#run(change.file, tests);
      if (failure !== undefined) throw new Error(`tests of ${change.file} fail without a change: ${failure}`);
      this.#sound.set(suite, Date.now() - started);
    }
    try {
      writeFileSync(path, changed(before, change));
      return await this.#run(change.file, tests, 3 * this.#sound.get(suite) + PATIENCE_MS);
    } finally {
      writeFileSync(path, before);
    }
  }

  close() {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(file, { within, built }, limitMs) {
    const part = ['--config', 'vitest.mutation.config.ts', '--pool', 'forks', '--maxWorkers', '2'];
    const env = { ...process.env, INVOLVE_MUTATION_TESTS: `${within}/**/*.test.ts` };
    const related = await this.#vitest(['related', file, '--run', ...part], limitMs, env);
    if (related !== undefined || built.length === 0) return related;
    // The kernels of WebAssembly are not what is changed.
    const { code } = await this.#node(['scripts/build.mjs', '--keep-kernels']);
    return code === 0 ? this.#vitest(['run', ...built], limitMs) : 'the build';
  }

  async #vitest(args, limitMs, env = process.env) {
    const manifest = require.resolve('vitest/package.json', { paths: [this.#root] });
    const vitest = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.vitest);
    const { code, isCutOff, text } = await this.#node(
      [vitest, ...args, '--bail', '1', '--reporter', 'json'],
      limitMs,
      env,
    );
    if (isCutOff) return 'ran into the limit of time';
    const start = text.indexOf('{"numTotalTestSuites"');
    if (start < 0 && !text.includes('No test files found'))
      return `vitest without a report: ${text.trim().split('\n')[0]}`;
    if (code === 0) return undefined;
    const { testResults } = JSON.parse(text.slice(start, text.lastIndexOf('}') + 1));
    const failed = testResults.find(({ status }) => status === 'failed');
    const test = failed?.assertionResults.find(({ status }) => status === 'failed');
    return test?.fullName ?? failed?.message.split('\n')[0] ?? 'vitest failed';
  }

  /** Runs Node in the copy; who is cut off is ended with all that it started. */
  #node(args, limitMs, env = process.env) {
    const child = spawn(process.execPath, args, {
      ...{ cwd: this.#folder, env },
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    let isCutOff = false;
    const end = () => {
      isCutOff = true;
      process.kill(-child.pid, 'SIGKILL');
    };
    const timer = limitMs === undefined ? undefined : setTimeout(end, limitMs);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        clearTimeout(timer);
        resolve({ code, isCutOff, text });
      });
    });
  }
}

function listed(root, ...which) {
  const { status, stdout, stderr } = spawnSync('git', ['ls-files', '-z', ...which], {
    ...{ cwd: root, encoding: 'utf8' },
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`git does not list the project's files: ${stderr}`);
  return stdout.split('\0').filter(Boolean);
}

/** A text with one place of it replaced. */
export function changed(text, { location, replacement }) {
  const lines = text.split('\n');
  const offset = ({ line, column }) =>
    lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  return text.slice(0, offset(location.start)) + replacement + text.slice(offset(location.end));
}
