import type { z } from 'zod';
import { measured } from './measured.js';
import { count, number } from './parts.js';

/** An epoch in JSON: of events.jsonl, of summary.json and of the lines that `train --json` prints. */
export const epochShape = {
  epoch: count,
  /** Steps taken since the start of the run. */
  step: count,
  learningRate: number,
  imagesPerSecond: number,
  dataMs: number,
  stepMs: number,
  epochSeconds: number,
};

export const epoch = measured(epochShape);

export type EpochFields = z.output<typeof epoch>;
