import { join } from 'node:path';
import { z } from 'zod';
import type { Metric } from '../../metrics/metric.js';
import { writeFileAtomic } from '../../util/writing/atomic-write.js';
import { readRecord } from './json-record.js';
import { checkpointName, count, number, numberOrNull, open } from './parts.js';

/**
 * evaluation-<split>.json: how a run does on a split, as `eval` measured it. Each metric stands under its name.
 *
 * Version 1 says its version.
 */
const VERSION = 1;

const shape = {
  /** The folder of the run as it was typed. */
  run: z.string(),
  split: z.string(),
  images: count,
  checkpoint: checkpointName,
  epoch: count,
  /** Whether mirror images were asked about too. */
  flips: z.boolean().optional(),
  /** By how many pixels each was moved, to be asked about once more; absent where there is only one form. */
  shift: count.optional(),
  /** Of a classifier: means over the classes, and each class. */
  macro: z.object({ precision: numberOrNull, recall: numberOrNull, f1: numberOrNull }).optional(),
  classes: z
    .array(
      open({
        name: z.string(),
        images: count,
        precision: number,
        recall: numberOrNull,
        f1: numberOrNull,
      }),
    )
    .optional(),
  /** Tells whether two runs were measured on the same images. */
  data: open({ name: z.string(), fingerprint: z.string() }).optional(),
  engine: z.string(),
};

const schema = open(shape);

/** Without the metrics. */
export type EvaluationFields = z.output<typeof schema>;

export interface Evaluation extends EvaluationFields {
  /** By name; null where it overflowed, absent where it was not measured yet. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** @param of what was measured: `test`, or `test-averaged` where that is not what counts */
export function evaluationPath(dir: string, of: string): string {
  return join(dir, `evaluation-${of}.json`);
}

/**
 * Undefined where the run was not evaluated on that split.
 * @param metrics what is measured of it
 */
export async function readEvaluation(
  dir: string,
  split: string,
  metrics: readonly Metric[],
): Promise<Evaluation | undefined> {
  const names = metrics.map(({ name }) => name);
  const measured = Object.fromEntries(names.map((name) => [name, numberOrNull.optional()]));
  const found = await readRecord(evaluationPath(dir, split), {
    version: VERSION,
    schema: schema.extend(measured) as unknown as typeof schema,
  });
  if (found === undefined) return undefined;
  const values = names.flatMap((name) => {
    const value = (found as unknown as Readonly<Record<string, unknown>>)[name] as number | null | undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...found, values: Object.fromEntries(values) };
}

/**
 * @param evaluation with each metric under its name
 * @param of as in `evaluationPath`
 */
export async function writeEvaluation(
  dir: string,
  evaluation: EvaluationFields,
  of: string = evaluation.split,
): Promise<void> {
  const text = JSON.stringify({ ...evaluation, version: VERSION }, null, 2);
  await writeFileAtomic(evaluationPath(dir, of), `${text}\n`);
}
