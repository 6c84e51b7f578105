import type { Problem } from '../util/errors.js';
import { oneLine, steadyLines } from '../util/one-line.js';
import { errorCode } from '../util/system-error.js';
import { requestStop } from '../util/interruption.js';

/** Codes of a reader that has gone: a pipe that was closed, a terminal that is no more. */
const GONE = ['EPIPE', 'EIO', 'ECONNRESET'];

/** What commands print results to. */
export interface Output {
  /** Lines of results, or a text for another program; neither steers a terminal. */
  print(text: string): void;
  /** Why results could not be written, for those who want them; a reader that has gone wants none. */
  readonly problem: Problem | undefined;
}

/**
 * Watches a stream that results go to. The first line that cannot be written asks a training to save and end, once, and
 * ends any other command at once: quietly where the reader has gone (`involve … | head -1`), else with a sentence.
 *
 * @param end ends the process; with the problem, where there is one to tell
 */
export function watchedOutput(stream: NodeJS.WriteStream, end: (problem?: Problem) => void): Output {
  let closed = false;
  let problem: Problem | undefined;
  stream.on('error', (error) => {
    if (closed) return;
    closed = true;
    if (!GONE.includes(errorCode(error))) problem = explain(error);
    if (!requestStop('SIGPIPE')) end(problem);
  });
  return {
    print(text) {
      if (!closed) stream.write(`${steadyLines(text)}\n`);
    },
    get problem() {
      return problem;
    },
  };
}

/** Writes lines of progress, warnings and errors; each stays one, whatever the names in it hold. */
export function lineWriter(stream: Pick<NodeJS.WriteStream, 'write'>): (line: string) => void {
  return (line) => void stream.write(`${oneLine(line)}\n`);
}

/** Whether a line can be taken back: not by a file, nor by a dumb terminal or what only looks like one (Emacs, CI). */
export function isInteractive(
  { isTTY }: { readonly isTTY?: boolean },
  { TERM }: { readonly TERM?: string },
): boolean {
  return isTTY === true && TERM !== 'dumb';
}

// --- internal ---

function explain(error: unknown): Problem {
  const code = errorCode(error);
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const why = isFull ? 'the disk that it goes to is full' : (error as Error).message;
  return {
    what: `the results cannot be written to standard output: ${why}`,
    try: 'send the output to a place with room',
  };
}
