import { spawn } from 'node:child_process';

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Ends the child. */
  readonly signal?: AbortSignal;
  /** Sees every line of stdout as it comes. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a program to its end, without a terminal and with nothing to read, so that it cannot ask for a password.
 * @throws the system's error (`ENOENT`) where there is no such program, an AbortError when `signal` fires
 */
export function runChild(
  command: string,
  args: readonly string[],
  { env, cwd, signal, onLine }: ChildOptions = {},
): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let pending = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const lines = (pending + text).split('\n');
      pending = lines.pop()!;
      lines.forEach((line) => onLine?.(line));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, end) => {
      if (pending !== '') onLine?.(pending);
      resolve({ code, signal: end, stdout, stderr });
    });
  });
}
