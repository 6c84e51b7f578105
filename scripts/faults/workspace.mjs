// What the fault suite runs: the built command line on a network that trains a step in milliseconds.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const INVOLVE = fileURLToPath(new URL('../../bin/involve.js', import.meta.url));
const INJECT = new URL('inject.mjs', import.meta.url).href;
/** What no fault may make longer than this is a hang. */
const HANG_MS = 180_000;

const CONFIG = {
  name: 'tiny',
  data: { name: 'scenes', inputSize: 32, scenes: { train: 36, test: 12 } },
  model: { family: 'efficientnet', attention: { type: 'none' }, removeStages: [4, 5, 6, 7, 8] },
  train: { batchSize: 8, epochs: 2, ema: 0.9 },
  checkpoint: { every: { steps: 2 } },
};

export class FaultWorkspace {
  dir = mkdtempSync(join(tmpdir(), 'involve-faults-'));

  constructor() {
    this.write('tiny.json', JSON.stringify(CONFIG));
    this.write('sweep.yaml', 'name: pair\nbase: tiny.json\nseeds: [0, 1]\nlist: [{ name: a, set: {} }]\n');
  }

  path(...parts) {
    return join(this.dir, ...parts);
  }

  write(name, content) {
    const path = this.path(name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
  }

  copy(from, to) {
    rmSync(this.path(to), { recursive: true, force: true });
    cpSync(this.path(from), this.path(to), { recursive: true });
  }

  remove() {
    rmSync(this.dir, { recursive: true, force: true });
  }

  /**
   * Runs a command line.
   * @param options.fault see inject.mjs
   * @param options.killAfterMs kill -9 then, or send `signal`
   * @param options.from the file that is there from when on that time counts: how long a program takes to start says
   * nothing of how long what it does will take; by default from the start
   * @returns how it ended; `ranMs` is how long it ran from then on
   */
  async run(args, { fault, log, killAfterMs, from, signal, env = {}, cwd = this.dir } = {}) {
    const child = spawn(process.execPath, [...(fault ? ['--import', INJECT] : []), INVOLVE, ...args], {
      cwd,
      env: {
        ...process.env,
        INVOLVE_CACHE_DIR: this.path('cache'),
        ...(fault ? { INVOLVE_FAULT: fault, INVOLVE_FAULT_ROOT: this.dir } : {}),
        ...(log ? { INVOLVE_FAULT_LOG: log } : {}),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out = { stdout: '', stderr: '', hung: false };
    child.stdout.setEncoding('utf8').on('data', (text) => (out.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (out.stderr += text));
    const timers = [setTimeout(() => ((out.hung = true), child.kill('SIGKILL')), HANG_MS)];
    let begun = performance.now();
    const begin = () => {
      begun = performance.now();
      if (killAfterMs !== undefined)
        timers.push(setTimeout(() => child.kill(signal ?? 'SIGKILL'), killAfterMs));
    };
    let looks;
    if (from === undefined) begin();
    else
      looks = setInterval(() => {
        if (!existsSync(this.path(from))) return;
        clearInterval(looks);
        begin();
      }, 2);
    const [code, ended] = await new Promise((done) => child.on('close', (...how) => done(how)));
    const ranMs = performance.now() - begun;
    clearInterval(looks);
    for (const timer of timers) clearTimeout(timer);
    return { ...out, code, signal: ended, ranMs };
  }

  train(out, more = [], options = {}) {
    return this.run(
      ['train', 'tiny.json', '--out', out, '--engine', 'wasm', '--threads', '1', '--quiet', ...more],
      options,
    );
  }

  /** What must not depend on whether a run was stopped: tensors of both checkpoints, and the columns that are no times. */
  result(out) {
    const file = (name) => {
      const path = this.path(out, name);
      return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    };
    const rows = file('metrics.csv').toString().trim().split('\n');
    const hash = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    return JSON.stringify({
      last: hash(file('checkpoints/last.safetensors')),
      best: hash(file('checkpoints/best.safetensors')),
      rows: rows.map((row) => row.split(',').slice(0, 8).join()),
    });
  }
}

/** Why an ended command was not as it should be; undefined where it was: done, or stopped with words. */
export function complaint({ code, signal, stderr, hung }) {
  if (hung) return 'hung';
  if (signal !== null) return `died of ${signal}`;
  if (/^ {4}at .*:\d+:\d+/m.test(stderr)) return 'printed a stack';
  if (code === 0) return undefined;
  if (![1, 2, 3].includes(code)) return `exit code ${code}`;
  if (!/^error: \S/m.test(stderr)) return `exit code ${code} without a word`;
  return /--debug/.test(stderr) ? 'an error that nobody explained' : undefined;
}

/** Goes on until the run is done, and says what differs from the run that was never stopped. */
export async function resumed(work, out, straight) {
  const end = await work.train(out, ['--resume']);
  const bad =
    complaint(end) ?? (end.code === 0 ? undefined : `resume ends with ${end.code}: ${end.stderr.trim()}`);
  return (
    bad ?? (work.result(out) === straight ? undefined : 'other numbers than a run that was never stopped')
  );
}
