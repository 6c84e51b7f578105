import { z } from 'zod';
import { epoch } from './epoch.js';
import { measured } from './measured.js';
import { count, open } from './parts.js';

/**
 * What `involve sweep --json` prints: an object a line, by `type`; `job` is the run folder within that of the sweep.
 * Keys are only ever added; `begin` says the version.
 */
export const SWEEP_LINES_VERSION = 1;

const LINES = {
  begin: open({ total: count, open: count, version: z.int().optional() }),
  /** A process of an earlier call still writes to the job's run. */
  wait: open({ job: z.string(), pid: count }),
  /** Slurm took jobs as an array. */
  submit: open({ jobs: z.array(z.string()), array: z.string(), script: z.string() }),
  start: open({ job: z.string(), resumed: z.boolean(), by: z.string() }),
  /** Once an epoch. Beside the training loss, under its name, what counts on validation, under its key. */
  progress: open({ job: z.string(), epoch: count, step: count }),
  requeue: open({ job: z.string(), reason: z.string(), attempt: count }),
  end: open({
    job: z.string(),
    state: z.string(),
    attempts: count,
    failure: open({
      exitCode: z.int().nullable(),
      signal: z.string().nullable(),
      reason: z.string().optional(),
      stderr: z.array(z.string()).readonly(),
    }).optional(),
    best: measured({ epoch: count }).nullable().optional(),
    final: epoch.nullable().optional(),
  }),
  /** The last line. */
  sweep: open({ sweep: z.string(), folder: z.string(), done: count, failed: count, open: count }),
};

type Kind = keyof typeof LINES;

export type SweepLine = {
  [Type in Kind]: { readonly type: Type } & z.output<(typeof LINES)[Type]>;
}[Kind];

/** The text of a line. */
export function sweepLine(line: SweepLine): string {
  return JSON.stringify(line);
}

/** @throws ZodError when the text is no line of these */
export function readSweepLine(text: string): SweepLine {
  const line = open({ type: z.string() }).parse(JSON.parse(text));
  const fields = z
    .enum(Object.keys(LINES) as Kind[])
    .transform((type) => LINES[type])
    .parse(line.type);
  return { ...line, ...(fields.parse(line) as object) } as SweepLine;
}
