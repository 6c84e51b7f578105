import { InvolveError } from './errors.js';
import type { ExitCode, Problem } from './errors.js';

/** An error that survives a structured clone with its code and its problems. */
export interface PackedError {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly problems: readonly Problem[];
  readonly stack: string | undefined;
}

/** For another thread or process; `stack` may be that of the error behind this one. */
export function packError(error: InvolveError, stack: string | undefined = error.stack): PackedError {
  return { code: error.code, exitCode: error.exitCode, problems: error.problems, stack };
}

export function unpackError(packed: PackedError): InvolveError {
  const error = new InvolveError(packed.code, packed.exitCode, packed.problems);
  if (packed.stack !== undefined) error.stack = packed.stack;
  return error;
}
