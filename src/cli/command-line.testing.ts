import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { badAdvice } from './advice.testing.js';

const INVOLVE = fileURLToPath(new URL('../../bin/involve.js', import.meta.url));
/** The shipped configs. */
export const CONFIGS = fileURLToPath(new URL('../../configs/', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own to run the built command line in, with a cache of its own. */
export class Workspace {
  readonly dir = mkdtempSync(join(tmpdir(), 'involve-cli-'));

  /** Writes a file and gives its name back. */
  write(name: string, content: object | string | Uint8Array): string {
    const path = join(this.dir, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(
      path,
      typeof content === 'string' || content instanceof Uint8Array
        ? content
        : JSON.stringify(content, null, 2),
    );
    return name;
  }

  path(...parts: readonly string[]): string {
    return join(this.dir, ...parts);
  }

  /**
   * Starts `node bin/involve.js …`; `watch` sees stdout as it comes, `watchErrors` stderr; `env` is added.
   * @param under what starts it: `mpirun -n 2`
   */
  start(
    args: readonly string[],
    watch?: (text: string, child: ChildProcess) => void,
    watchErrors?: (text: string, child: ChildProcess) => void,
    env: NodeJS.ProcessEnv = {},
    under: readonly string[] = [],
  ): Promise<Finished> {
    const [program, ...rest] = [...under, process.execPath, INVOLVE, ...args];
    const child = spawn(program!, rest, {
      cwd: this.dir,
      // `auto` is wasm in it, whatever the machine has.
      env: { ...process.env, INVOLVE_CACHE_DIR: join(this.dir, 'cache'), INVOLVE_ENGINE_DIR: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      watch?.(stdout, child);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      watchErrors?.(stderr, child);
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        const bad = badAdvice(args, stderr);
        if (bad.length > 0) reject(new Error(`Advice that leads nowhere:\n${bad.join('\n')}`));
        else resolve({ code, signal, stdout, stderr });
      });
    });
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** exp4's model on a few drawn scenes: an epoch takes a second or two. */
export function tinyExperiment(changes: { readonly train?: object; readonly model?: object } = {}): object {
  return {
    name: 'tiny',
    data: { name: 'scenes', inputSize: 32, scenes: { train: 80, test: 20 } },
    model: {
      family: 'efficientnet',
      attention: { type: 'involution', followedBy: 'bn-swish' },
      removeStages: [6, 7, 8],
      ...changes.model,
    },
    train: { batchSize: 10, epochs: 3, ema: 0.9, ...changes.train },
    checkpoint: { every: { steps: 3 } },
  };
}
