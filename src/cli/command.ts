import type { ExitCode } from '../util/errors.js';
import type { Flags, FlagValues } from './flags.js';
import type { Operands, OperandValues } from './operands.js';

/** What a command may touch of the process: tests hand in their own. */
export interface CommandContext {
  /** Writes a line of results to stdout, or a text for another program; what steers a terminal is escaped. */
  readonly print: (line: string) => void;
  /** Writes one line of progress or warning to stderr; what would break it, or steers a terminal, is escaped. */
  readonly note: (line: string) => void;
  /** stderr is a terminal: progress bars may be drawn. */
  readonly interactive: boolean;
  readonly cwd: string;
}

/** One command, declared once: parser, help, completion and docs/commands.md are made of it. */
export interface Command<O extends Operands = Operands, F extends Flags = Flags> {
  /** `train`, or `data get` for a command within a group. */
  readonly name: string;
  readonly description: string;
  /** In the order in which they are typed. */
  readonly operands: O;
  /** By name, camelCase; in the order of the help. */
  readonly flags: F;
  readonly example: string;
  /**
   * The body. All that is heavy it imports when it is called, since every command's file is loaded by each start.
   * @throws InvolveError for what the user can act on
   */
  run(operands: OperandValues<O>, flags: FlagValues<F>, context: CommandContext): Promise<ExitCode>;
}

/** A command whose body knows the types of its operands and flags. */
export function command<const O extends Operands, const F extends Flags>(row: Command<O, F>): Command<O, F> {
  return row;
}
