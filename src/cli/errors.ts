import { andMore, ExitCode, InvolveError, SHOWN_PROBLEMS, type Problem } from '../util/errors.js';
import { oneLine } from '../util/one-line.js';
import { explainSystemError } from '../util/system-error.js';

/** The lines of one problem: `error: what`, `  at where`, `  try: …`; each stays one, whatever the names in it hold. */
export function problemLines(problem: Problem): string[] {
  const lines = [`error: ${problem.what}`];
  if (problem.where !== undefined) lines.push(`  at ${problem.where}`);
  if (problem.try !== undefined) lines.push(`  try: ${problem.try}`);
  return lines.map(oneLine);
}

/**
 * What the user reads of an error, and the exit code. An `InvolveError` is shown by its problems; any
 * other error is a defect of ours, so it is short and points to the stack.
 *
 * @param again the command line that shows the stack
 */
export function renderError(
  error: unknown,
  debug: boolean,
  again: string,
): { lines: string[]; exitCode: ExitCode } {
  const known = error instanceof InvolveError ? error : explainSystemError(error);
  if (known !== undefined) {
    const { problems } = known;
    const lines = [...problems.slice(0, SHOWN_PROBLEMS).flatMap(problemLines), ...andMore(problems)];
    return { lines: debug ? [...lines, ...stackLines(known)] : lines, exitCode: known.exitCode };
  }
  const message = error instanceof Error ? error.message : String(error);
  const problem = { what: message.split('\n')[0] || 'something unexpected', try: again };
  const lines = problemLines(debug ? { what: problem.what } : problem);
  return { lines: debug ? [...lines, ...stackLines(error)] : lines, exitCode: ExitCode.failed };
}

function stackLines(error: unknown): string[] {
  const lines: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    lines.push(...(cause.stack ?? cause.message).split('\n'));
  }
  return lines;
}
