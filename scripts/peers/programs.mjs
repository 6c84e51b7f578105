// Runs programs for the benchmark, and finds or makes a Python that has PyTorch.
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { defaultCacheDir } from '../../dist/util/cache-dir.js';

const TORCH = 'torch==2.9.1';

/** A problem told as the command line tells it, with its exit code. */
export class Failure extends Error {
  constructor(what, exitCode, help) {
    super(what);
    this.exitCode = exitCode;
    this.help = help;
  }
}

/** The program that runs now; it must not outlive this one. */
let running;
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
  process.on(signal, () => {
    running?.kill(signal);
    process.exit(code);
  });
}

/** Runs a program to its end; what it printed. `show` lets it print to our stderr instead. */
export function run(program, args, { show = false, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      stdio: show ? ['ignore', process.stderr, process.stderr] : ['ignore', 'pipe', 'pipe'],
    });
    running = child;
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      const said = stderr.trim().split('\n').at(-1);
      reject(new Failure(`${program} ended with ${signal ?? `exit code ${code}`}${said && `: ${said}`}`, 1));
    });
  });
}

async function works(program, args) {
  try {
    await run(program, args);
    return true;
  } catch {
    return false;
  }
}

/** What `bench:peers` runs. */
const TIMED = { folder: TORCH.replace('==', '-'), packages: [TORCH, 'numpy'], modules: ['torch'] };

/** A Python with peers, by default PyTorch: the one named in INVOLVE_PEERS_PYTHON, or one in a virtual environment made here. */
export async function preparePython({ folder: name, packages, modules } = TIMED) {
  const given = process.env.INVOLVE_PEERS_PYTHON;
  const imports = ['-c', `import ${modules.join(', ')}`];
  const list = packages.join(' ');
  if (given) {
    if (await works(given, imports)) return given;
    throw new Failure(
      `INVOLVE_PEERS_PYTHON (${given}) lacks one of ${modules.join(', ')}`,
      3,
      `${given} -m pip install ${list}`,
    );
  }
  const folder = join(defaultCacheDir(), 'peers', name);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (existsSync(python) && (await works(python, imports))) return python;

  const names = ['python3', 'python'];
  const usable = await Promise.all(names.map((name) => works(name, ['-c', 'import venv, ensurepip'])));
  const system = names[usable.indexOf(true)];
  if (!system) {
    const help = 'install Python 3.10 or later with venv and pip, or name one in INVOLVE_PEERS_PYTHON';
    throw new Failure('no python3 with venv and pip on this machine, so there is no peer to run', 3, help);
  }
  process.stderr.write(`installing ${list} into ${folder}\n`);
  try {
    await run(system, ['-m', 'venv', folder], { show: true });
    await run(python, ['-m', 'pip', 'install', '--quiet', ...packages], { show: true });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const help = `pip's message is above; or INVOLVE_PEERS_PYTHON=<a python that has ${modules.join(', ')}>`;
    throw new Failure(`${list} could not be installed: ${error.message}`, 3, help);
  }
  return python;
}
