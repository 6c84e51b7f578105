import { InvolveError, runFailed } from '../util/errors.js';
import type { ExitCode, Problem } from '../util/errors.js';
import type { AssembledBatch } from './assemble-batch.js';

export interface BatchRequest {
  readonly id: number;
  readonly epoch: number;
  readonly index: number;
}

export type BatchReply =
  ({ readonly id: number } & AssembledBatch) | { readonly id: number; readonly error: PackedError };

/** An error that survives a structured clone with its code and its problems. */
export interface PackedError {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly problems: readonly Problem[];
  readonly stack: string | undefined;
}

export function packError(error: unknown): PackedError {
  const known =
    error instanceof InvolveError
      ? error
      : runFailed('E_DATA_WORKER', { what: `preparing a batch failed: ${String(error)}` });
  return {
    code: known.code,
    exitCode: known.exitCode,
    problems: known.problems,
    stack: error instanceof Error ? error.stack : undefined,
  };
}

export function unpackError(packed: PackedError): InvolveError {
  const error = new InvolveError(packed.code, packed.exitCode, packed.problems);
  if (packed.stack !== undefined) error.stack = packed.stack;
  return error;
}
