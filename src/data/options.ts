import { z } from 'zod';
import { count } from '../util/schema-parts.js';
import { dataSetNames, dataSets, type OwnOptions } from './sets/index.js';

const limit = z.strictObject({
  train: count.nullable().default(null),
  validation: count.nullable().default(null),
  test: count.nullable().default(null),
});

/** Named one by one: a bundle leaves out the rest of zod. */
const parts = {
  z: {
    boolean: z.boolean,
    enum: z.enum,
    int: z.int,
    literal: z.literal,
    number: z.number,
    strictObject: z.strictObject,
    string: z.string,
    union: z.union,
  },
  count,
};

/** The keys that belong to one set each; for any other they mean nothing. */
const own = Object.assign({}, ...dataSets.map((set) => set.options?.(parts))) as OwnOptions;

/** What the model is trained on. */
export const data = z
  .strictObject({
    name: z.enum(dataSetNames).describe('Which data set.'),
    dir: z.string().nullable().default(null).describe('Folder of the data; null: datasets/<name>.'),
    inputSize: z.int().min(8).max(1024).describe('Height and width of the images the model sees.'),
    resize: z
      .enum(['squeeze', 'crop', 'pad'])
      .default('squeeze')
      .describe(
        'How an image becomes a square: squeeze it; resize it and crop its centre; pad it with black.',
      ),
    cropFraction: z
      .number()
      .min(0.1)
      .max(1)
      .default(0.875)
      .describe("Side of the centre crop over the resized shorter side, with resize crop (timm's crop_pct)."),
    cache: z
      .union([z.enum(['whole', 'none']), z.number().gt(0).max(1_000_000)])
      .default('whole')
      .describe('Decoded images kept on disk: all of them, none, or at most so many gigabytes.'),
    workers: z
      .union([z.literal('auto'), z.int().min(1).max(256)])
      .default('auto')
      .describe('Threads that make batches ahead of the step; the batches are the same for any number.'),
    validation: z
      .union([z.number().gt(0).lt(1), z.literal('test')])
      .default(0.1)
      .describe("Share of train held out for validation (stratified); 'test' repeats what the articles did."),
    splitSeed: z
      .int()
      .min(0)
      .default(0)
      .describe('Seed of the hold-out; it does not change with train.seed.'),
    limit: limit.default({ train: null, validation: null, test: null }).describe('Class-balanced subsets.'),
    skipBadImages: z.boolean().default(false).describe('Skip undecodable images instead of stopping.'),
    ...own,
  })
  .describe('What the model is trained on.');

export type DataConfig = Readonly<z.infer<typeof data>>;
