import { runCommandLine } from './main.js';

/** What a command line came to. */
export interface Result {
  readonly code: number;
  /** Its lines on stdout. */
  readonly out: string;
  /** Its lines on stderr. */
  readonly err: string;
}

/** Runs a command line in this process and in a folder, as in no terminal. */
export async function runHere(cwd: string, argv: readonly string[]): Promise<Result> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine(argv, {
    print: (line) => void out.push(line),
    note: (line) => void err.push(line),
    interactive: false,
    cwd,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
