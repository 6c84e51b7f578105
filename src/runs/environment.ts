import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, hostname, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Environment } from './record/environment.js';

/** What only the caller knows. */
export type EnvironmentOptions = Pick<
  Environment,
  | 'engine'
  | 'device'
  | 'threads'
  | 'data'
  | 'seed'
  | 'classes'
  | 'metrics'
  | 'workers'
  | 'mpi'
  | 'startedFrom'
> & {
  /** As typed; by default that of this process. */
  readonly commandLine?: readonly string[];
};

/** What environment.json says of this machine and this process. Never fails. */
export function describeEnvironment(options: EnvironmentOptions): Environment {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    commandLine: [...(options.commandLine ?? process.argv)],
    ...describeProgram(),
    engine: options.engine,
    device: options.device,
    threads: options.threads,
    workers: options.workers,
    mpi: options.mpi,
    seed: options.seed,
    data: options.data,
    machine: {
      host: hostname(),
      system: `${type()} ${release()} ${process.arch}`,
      cpu: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      // What a container or taskset leaves of them.
      usableCores: availableParallelism(),
      memoryMb: Math.round(totalmem() / 2 ** 20),
    },
    classes: options.classes,
    metrics: options.metrics,
    startedFrom: options.startedFrom,
  };
}

/** The part of it that is of this program alone. Never fails. */
export function describeProgram(): Pick<Environment, 'involve' | 'node' | 'tfjs' | 'git'> {
  return {
    involve: packageVersion('../../package.json'),
    node: process.versions.node,
    tfjs: packageVersion('@tensorflow/tfjs-core/package.json'),
    git: gitState(),
  };
}

/** The state of the checkout this program belongs to; of the current folder if it is in none; else null. */
export function gitState(
  folders: readonly string[] = [fileURLToPath(new URL('.', import.meta.url)), process.cwd()],
): Environment['git'] {
  for (const folder of folders) {
    try {
      const commit = git(folder, 'rev-parse', 'HEAD').trim();
      // Tracked files only: run folders and data beside the code do not change what was run.
      const dirty = git(folder, 'status', '--porcelain', '--untracked-files=no') !== '';
      return { commit, dirty };
    } catch {
      // No git, no repository, or one that belongs to somebody else.
    }
  }
  return null;
}

// --- internal ---

/** Without optional locks a status never disturbs a commit that runs at the same time. */
function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', ['--no-optional-locks', '-C', folder, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 5000,
  });
}

function packageVersion(file: string): string | null {
  try {
    const path = createRequire(import.meta.url).resolve(file);
    return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  } catch {
    return null;
  }
}
