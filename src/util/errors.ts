/** Exit codes of the command line; shell scripts and CI depend on them. */
export const ExitCode = {
  ok: 0,
  /** The run itself failed: it diverged, ran out of memory or disk, or a job of a sweep failed. */
  failed: 1,
  /** Bad input: a config, an argument, data. */
  badInput: 2,
  /** This machine lacks something. */
  missing: 3,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Of more problems or notes at once only these are told; nobody reads a thousand. */
export const SHOWN_PROBLEMS = 20;

/** One problem: what is wrong, where, and what to do about it. */
export interface Problem {
  /** One sentence: what is wrong, with the value received. */
  readonly what: string;
  /** Where: `file:line: path`, a file name, or a config path. */
  readonly where?: string;
  /** What to do: a sentence or a command. */
  readonly try?: string;
}

/**
 * An error that the user can act on. The command line prints each problem as `error: what`,
 * `  at where`, `  try: …`, and exits with `exitCode`; the stack is shown only with `--debug`.
 */
export class InvolveError extends Error {
  override readonly name = 'InvolveError';
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly problems: readonly Problem[];

  /**
   * @param code stable identifier such as `E_CONFIG_UNKNOWN_KEY`
   * @param problems one problem or all of them at once
   */
  constructor(
    code: string,
    exitCode: ExitCode,
    problems: Problem | readonly Problem[],
    options?: ErrorOptions,
  ) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(
      [...list.slice(0, SHOWN_PROBLEMS).map((problem) => problem.what), ...andMore(list)].join('\n'),
      options,
    );
    this.code = code;
    this.exitCode = exitCode;
    this.problems = list;
  }
}

/** Notes as they are told: some of many, and how many more there are. */
export function toldNotes(notes: readonly string[]): string[] {
  return [...notes.slice(0, SHOWN_PROBLEMS), ...andMore(notes)];
}

/** What stands in the place of those beyond the ones that are told. */
export function andMore(all: readonly unknown[]): string[] {
  const more = all.length - SHOWN_PROBLEMS;
  return more > 0 ? [`… and ${more.toLocaleString('en-US')} more`] : [];
}

/** Bad input (exit code 2). */
export function badInput(
  code: string,
  problems: Problem | readonly Problem[],
  options?: ErrorOptions,
): InvolveError {
  return new InvolveError(code, ExitCode.badInput, problems, options);
}

/** Something this machine lacks (exit code 3). */
export function missing(
  code: string,
  problems: Problem | readonly Problem[],
  options?: ErrorOptions,
): InvolveError {
  return new InvolveError(code, ExitCode.missing, problems, options);
}

/** The run failed (exit code 1). */
export function runFailed(
  code: string,
  problems: Problem | readonly Problem[],
  options?: ErrorOptions,
): InvolveError {
  return new InvolveError(code, ExitCode.failed, problems, options);
}
