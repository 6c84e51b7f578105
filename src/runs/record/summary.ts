import { z } from 'zod';
import { writeFileAtomic } from '../../util/writing/atomic-write.js';
import { epoch } from './epoch.js';
import { readRecord, type JsonRecord } from './json-record.js';
import { toJson } from './json-text.js';
import { measured } from './measured.js';
import { count, number, open } from './parts.js';

/**
 * summary.json: how a run ended. What `final` and `best` measure is said in environment.json.
 *
 * Version 1 says its version.
 */
const VERSION = 1;

/** Where the loss was not a finite number any more. */
export const divergence = open({
  step: count,
  epoch: count,
  /** The layer it first appears in; absent where that is none: the validation loss. */
  layer: z.string().optional(),
});

export const summaryShape = {
  name: z.string(),
  seed: count,
  outcome: z.enum(['done', 'plateau', 'early-stop', 'interrupted', 'diverged']),
  epochs: count,
  steps: count,
  /** The last epoch; null where none came to its end. */
  final: epoch.nullable(),
  /** The best weights on validation once more, and the epoch they are of. */
  best: measured({ epoch: count }).nullable(),
  /** What the mean of the weights of the best epochs does on validation, where a run keeps them. */
  averaged: measured({ epochs: z.array(count) }).optional(),
  parameters: count,
  macs: count,
  engine: z.string(),
  /** Of all epochs, those before a resume too. */
  seconds: number,
  peakMemoryMb: number,
  divergence: divergence.optional(),
};

const record = { version: VERSION, schema: open(summaryShape) } satisfies JsonRecord<z.ZodType>;

export type RunSummary = z.output<typeof record.schema>;

/** Undefined until the run has ended. */
export function readSummary(path: string): Promise<RunSummary | undefined> {
  return readRecord(path, record);
}

export async function writeSummary(path: string, summary: RunSummary): Promise<void> {
  await writeFileAtomic(path, `${toJson({ ...summary, version: VERSION }, 2)}\n`);
}

/** Of the length that was asked for, or by `train.until`. */
const ENDS: ReadonlySet<RunSummary['outcome']> = new Set(['done', 'plateau', 'early-stop']);

/** Whether the run reached its end; one that diverged did not. */
export function reachedEnd(summary: Pick<RunSummary, 'outcome'> | undefined): boolean {
  return summary !== undefined && ENDS.has(summary.outcome);
}
