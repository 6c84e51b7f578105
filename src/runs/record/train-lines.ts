import { z } from 'zod';
import { declaredMetrics, type DeclaredMetrics } from './declared-metrics.js';
import { epochShape } from './epoch.js';
import { measured } from './measured.js';
import { checkpointName, count, number, numberOrNull, open } from './parts.js';
import { divergence, summaryShape } from './summary.js';

/**
 * What `involve train --json` prints: an object a line, by `type`. Keys are only ever added; `begin` says the version.
 */
export const TRAIN_LINES_VERSION = 1;

const LINES = {
  note: open({ text: z.string() }),
  begin: open({
    name: z.string(),
    seed: count,
    run: z.string(),
    engine: z.string(),
    classes: z.array(z.string()),
    trainImages: count,
    validationImages: count,
    parameters: count,
    macs: count,
    resumedAt: count.optional(),
    workers: count.optional(),
    version: z.int().optional(),
    metrics: declaredMetrics.optional(),
  }),
  plan: open({
    /** Absent: a step. */
    of: z.literal('statistics').optional(),
    batch: count,
    plannedBytes: number,
    calls: count,
    recomputes: z.boolean(),
    inOrder: z.boolean(),
  }),
  'epoch-start': open({ epoch: count, step: count, batches: count, batch: count }),
  /** Beside these the means over the epoch so far, each under the name of its metric. */
  step: open({
    epoch: count,
    step: count,
    batch: count,
    learningRate: number,
    imagesPerSecond: numberOrNull,
  }),
  epoch: measured(epochShape),
  plateau: open({ epoch: count, reductions: count, learningRate: number }),
  checkpoint: open({ name: checkpointName, step: count }),
  divergence: open({ divergence }),
  interrupted: open({ run: z.string() }),
  end: open({ run: z.string(), ...summaryShape }),
};

type Fields<Read> = Omit<Read, 'metrics'> & { readonly metrics?: DeclaredMetrics };

/** A line as it is read. */
export type TrainLine = {
  [Type in keyof typeof LINES]: { readonly type: Type } & z.output<(typeof LINES)[Type]>;
}[keyof typeof LINES];

/** The text of a line. */
export function trainLine<Type extends keyof typeof LINES>(
  type: Type,
  fields: Fields<z.output<(typeof LINES)[Type]>>,
): string {
  return JSON.stringify({ type, ...fields });
}

/** Undefined where the text is no line of these, such as one of a later version. */
export function readTrainLine(text: string): TrainLine | undefined {
  let line: { type?: unknown } | null;
  try {
    line = JSON.parse(text) as typeof line;
  } catch {
    return undefined;
  }
  const type = String(line?.type);
  if (!Object.hasOwn(LINES, type)) return undefined;
  return LINES[type as keyof typeof LINES].safeParse(line).data as TrainLine | undefined;
}
