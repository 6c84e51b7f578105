import { z } from 'zod';
import { claimSchema } from './claim-schema.js';
import { folderName } from '../util/schema-parts.js';

/** The schema of a sweep file: which experiments, times which seeds. Strict, like that of a config. */

const config = z.string();
const values = z.array(z.unknown()).min(1, 'give at least one value');

export const sweepSchema = z
  .strictObject({
    $schema: z.string().optional().describe('Address of the JSON Schema, for editors.'),
    name: folderName
      .optional()
      .describe('Name of the sweep and of its folder under runs/; by default that of the file.'),
    description: z.string().default(''),
    base: config.optional().describe('The config that every job changes; relative to this file.'),
    configs: z
      .array(config)
      .min(1, 'give at least one config')
      .optional()
      .describe('Several configs in the place of base; each takes part in every combination.'),
    set: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('Values that every job has, by config path: { train.epochs: 3 }.'),
    grid: z
      .record(z.string(), values)
      .default({})
      .describe('Config paths and their values; every combination is a job.'),
    zip: z
      .record(z.string(), values)
      .default({})
      .describe('Config paths whose values go together: the first of each, the second of each …'),
    list: z
      .array(z.strictObject({ name: folderName, set: z.record(z.string(), z.unknown()) }))
      .min(1, 'give at least one item')
      .optional()
      .describe('Named sets of values, a job each.'),
    seeds: z
      .array(z.int().min(0).max(Number.MAX_SAFE_INTEGER))
      .min(1, 'give at least one seed')
      .optional()
      .describe("Seeds of every job; by default the config's own train.seed."),
    claims: z
      .array(claimSchema)
      .default([])
      .describe('What is claimed of the jobs; a report says of each whether it was confirmed.'),
  })
  .superRefine((value, context) => {
    if ((value.base === undefined) === (value.configs === undefined)) {
      const given = value.base === undefined ? 'neither is given' : 'both are given';
      context.addIssue({
        code: 'custom',
        path: value.base === undefined ? [] : ['configs'],
        message: `give exactly one of base and configs; ${given}`,
      });
    }
  });

/** A sweep file as it was written, every default filled in. */
export type SweepFile = Readonly<z.infer<typeof sweepSchema>>;
