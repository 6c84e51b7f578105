import { z } from 'zod';
import { augment } from '../data/augment/options.js';
import { data } from '../data/options.js';
import { engine } from '../engine/options.js';
import { model } from '../models/options.js';
import { log } from '../runs/options.js';
import { PRIMARY_COLUMN } from '../tasks/options.js';
import { checkpoint, train } from '../train/options.js';
import { folderName } from '../util/schema-parts.js';
import { refuseContradictions } from './contradictions.js';
import { source } from './source.js';

/**
 * The schema of an experiment: everything that changes a result. Strict at every level, so that a
 * typing mistake is an error and never silently ignored. Keys are the TypeScript names; the options of each part
 * stand beside what they describe.
 */
export const experimentSchema = z
  .strictObject({
    $schema: z.string().optional().describe('Address of the JSON Schema, for editors.'),
    name: folderName.describe('Name of the experiment and of its folder under runs/.'),
    description: z.string().default(''),
    source: source.optional(),
    extends: z.string().optional().describe('A config that this one changes; deep-merged, arrays replaced.'),
    data,
    augment: augment.default(() => augment.parse({})),
    model,
    train,
    checkpoint: checkpoint.default({ every: { epochs: 1 }, best: PRIMARY_COLUMN, keep: null }),
    log: log.default({ every: { steps: 10 }, tensorboard: false }),
    engine: engine.default({
      name: 'auto',
      device: 'auto',
      mode: 'replay',
      threads: null,
      deterministic: true,
      mixedPrecision: false,
      layoutOptimizer: true,
      customOps: true,
    }),
  })
  .superRefine(refuseContradictions);

/** A validated experiment, every default filled in. */
export type Experiment = Readonly<z.infer<typeof experimentSchema>>;
