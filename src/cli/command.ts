import type { ExitCode } from '../util/errors.js';

/** What a command may touch of the process: tests hand in their own. */
export interface CommandContext {
  /** Writes one line of results to stdout. */
  readonly print: (line: string) => void;
  /** Writes one line of progress or warning to stderr. */
  readonly note: (line: string) => void;
  /** stderr is a terminal: progress bars may be drawn. */
  readonly interactive: boolean;
  readonly cwd: string;
}

/** The options of a command as commander parsed them, camelCase. */
export type CommandOptions = Readonly<Record<string, unknown>>;

/**
 * The body of a command, loaded only when it is called. Throws `InvolveError` for what the user can act on.
 * `operands` are the positional arguments in order (a variadic one is flattened into the list).
 */
export type CommandRun = (
  operands: readonly string[],
  options: CommandOptions,
  context: CommandContext,
) => Promise<ExitCode>;
