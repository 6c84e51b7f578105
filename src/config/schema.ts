import { z } from 'zod';
import { model } from './model-schema.js';
import { count, duration, fraction, positive, saying } from './schema-parts.js';

export type * from './model-schema.js';

/**
 * The schema of an experiment: everything that changes a result. Strict at every level, so that a
 * typing mistake is an error and never silently ignored. Keys are the TypeScript names.
 */

const source = z
  .strictObject({
    article: z.string().describe('Title, authors, year or address of the article.'),
    claim: z
      .strictObject({
        accuracy: fraction.nullable().default(null).describe('Top-1 accuracy the article reports, 0…1.'),
        parametersMillions: positive
          .nullable()
          .default(null)
          .describe('Parameters the article prints, in millions.'),
        classes: count
          .nullable()
          .default(null)
          .describe('Classes that those figures are of; cost is counted with them where the data is absent.'),
      })
      .default({ accuracy: null, parametersMillions: null, classes: null }),
    notes: z.array(z.string()).default([]).describe('Where the article is vague, and what was chosen.'),
  })
  .describe('Where the experiment comes from and what was claimed there.');

const limit = z.strictObject({
  train: count.nullable().default(null),
  validation: count.nullable().default(null),
  test: count.nullable().default(null),
});

const data = z
  .strictObject({
    name: z.enum(['intel', 'cifar10', 'image-folder', 'scenes']).describe('Which data set.'),
    dir: z.string().nullable().default(null).describe('Folder of the data; null: datasets/<name>.'),
    inputSize: z.int().min(8).max(1024).describe('Height and width of the images the model sees.'),
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
    scenes: z
      .strictObject({ train: count.default(3000), test: count.default(600), seed: z.int().min(0).default(0) })
      .optional()
      .describe('How many images of the drawn scenes there are (data.name scenes).'),
  })
  .describe('What the model is trained on.');

const augment = z
  .strictObject({
    flip: z.boolean().default(true).describe('Mirror left and right with probability ½.'),
    shiftCrop: z.int().min(0).default(0).describe('Shift by up to this many pixels, zero padded.'),
    randomResizedCrop: z
      .strictObject({
        scale: z.tuple([fraction, fraction]).default([0.35, 1]),
        ratio: z.tuple([positive, positive]).default([0.75, 1.3333]),
      })
      .nullable()
      .default(null)
      .describe('Crop of random area and aspect ratio, resized to the input size (Szegedy et al. 2015).'),
    normalize: z
      .enum(['unit', 'imagenet', 'symmetric'])
      .default('imagenet')
      .describe('unit: 0…1; imagenet: minus mean, over deviation of ImageNet; symmetric: −1…1.'),
  })
  .describe('Augmentation of training images and the normalisation of all.');

const optimizer = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.enum(['adam', 'adamw']),
    learningRate: positive.default(0.001),
    weightDecay: z.number().min(0).default(0.01).describe('Decoupled.'),
    beta1: fraction.default(0.9),
    beta2: fraction.default(0.999),
    epsilon: positive.default(1e-8),
    decayNormAndBias: z.boolean().default(false).describe('Decay batch norm parameters and biases too.'),
  }),
  z.strictObject({
    name: z.literal('sgd'),
    learningRate: positive.default(0.1),
    weightDecay: z.number().min(0).default(0).describe('Decoupled.'),
    momentum: fraction.default(0.9),
    nesterov: z.boolean().default(false),
    decayNormAndBias: z.boolean().default(false),
  }),
  z.strictObject({
    name: z.literal('rmsprop'),
    learningRate: positive.default(0.001),
    weightDecay: z.number().min(0).default(0).describe('Decoupled.'),
    decay: fraction.default(0.9),
    momentum: fraction.default(0.9),
    epsilon: positive.default(1e-3),
    decayNormAndBias: z.boolean().default(false),
  }),
]);

const schedule = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('constant'), warmUp: duration.nullable().default(null) }),
  z.strictObject({
    name: z.literal('plateau'),
    factor: z.number().gt(0).lt(1).default(0.1),
    patience: z.int().min(1).default(10).describe('Epochs without a lower val_loss.'),
    threshold: z
      .number()
      .min(0)
      .default(1e-4)
      .describe('Relative: an epoch counts as better below best·(1 − threshold).'),
    maxReductions: z.int().min(0).default(3).describe('Reductions before `until: plateau` stops.'),
    minimum: z.number().min(0).default(0),
    warmUp: duration.nullable().default(null),
  }),
  z.strictObject({
    name: z.literal('step'),
    factor: z.number().gt(0).lt(1).default(0.1),
    at: z.array(duration).min(1).describe('When to multiply by the factor.'),
    warmUp: duration.nullable().default(null),
  }),
  z.strictObject({
    name: z.literal('cosine'),
    minimum: z.number().min(0).default(0),
    warmUp: duration.nullable().default(null),
  }),
]);

const train = z
  .strictObject({
    seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    batchSize: count.default(32),
    epochs: count
      .nullable()
      .default(null)
      .describe('Length of training; with until: plateau the upper bound.'),
    steps: count.nullable().default(null).describe('Length of training in steps, instead of epochs.'),
    until: z.enum(['end', 'plateau']).default('end'),
    optimizer: optimizer.default({
      name: 'adamw',
      learningRate: 0.001,
      weightDecay: 0.01,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      decayNormAndBias: false,
    }),
    schedule: schedule.default({ name: 'constant', warmUp: null }),
    labelSmoothing: z.number().min(0).lt(1).default(0),
    clipNorm: positive
      .nullable()
      .default(null)
      .describe('Global gradient norm above which gradients are scaled.'),
    ema: z
      .number()
      .gt(0)
      .lt(1)
      .nullable()
      .default(null)
      .describe('Decay of the moving average of the weights.'),
  })
  .superRefine((value, context) => {
    if ((value.epochs === null) === (value.steps === null)) {
      const given = value.epochs === null ? 'neither is given' : 'both are given';
      context.addIssue({
        code: 'custom',
        path: ['epochs'],
        message: `give exactly one of train.epochs and train.steps; ${given}`,
      });
    }
    if (value.until === 'plateau' && value.schedule.name !== 'plateau') {
      context.addIssue({
        code: 'custom',
        path: ['until'],
        message: `until "plateau" needs train.schedule.name "plateau", received "${value.schedule.name}"`,
      });
    }
  })
  .describe('How it is trained.');

const checkpoint = z.strictObject({
  every: duration.default({ epochs: 1 }).describe('How often last.safetensors is written.'),
  best: z
    .enum(['val_top1', 'val_loss'])
    .default('val_top1')
    .describe('What best.safetensors maximises or minimises.'),
});

const log = z.strictObject({
  every: duration.default({ steps: 10 }).describe('How often progress is reported within an epoch.'),
  tensorboard: z
    .boolean()
    .default(false)
    .describe('Write event files into the run folder, for `tensorboard --logdir runs`.'),
});

const engine = z.strictObject({
  name: z.enum(['auto', 'tensorflow', 'wasm', 'reference']).default('auto'),
  device: z.enum(['auto', 'cuda', 'cpu']).default('auto'),
  mode: z.enum(['replay', 'eager']).default('replay'),
  threads: count.max(64).nullable().default(null).describe('null: as many as the machine has cores.'),
  deterministic: z
    .boolean()
    .default(true)
    .describe(
      'tensorflow: ask for operations that give the same bits every time; without, no resume is exact.',
    ),
  mixedPrecision: z
    .boolean()
    .default(false)
    .describe('tensorflow on CUDA: compute in float16 where it is thought safe.'),
  layoutOptimizer: z.boolean().default(true).describe('tensorflow on CUDA: lay graphs out channels first.'),
  customOps: z
    .boolean()
    .default(true)
    .describe('tensorflow on the processor: use our own operations where a compiler could build them.'),
});

export const experimentSchema = z.strictObject({
  $schema: z.string().optional().describe('Address of the JSON Schema, for editors.'),
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
      saying('use letters, digits, dot, dash and underscore, since it names a folder'),
    )
    .describe('Name of the experiment and of its folder under runs/.'),
  description: z.string().default(''),
  source: source.optional(),
  extends: z.string().optional().describe('A config that this one changes; deep-merged, arrays replaced.'),
  data,
  augment: augment.default({
    flip: true,
    shiftCrop: 0,
    randomResizedCrop: null,
    normalize: 'imagenet',
  }),
  model,
  train,
  checkpoint: checkpoint.default({ every: { epochs: 1 }, best: 'val_top1' }),
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
});

/** A validated experiment, every default filled in. */
export type Experiment = Readonly<z.infer<typeof experimentSchema>>;
export type DataConfig = Experiment['data'];
export type AugmentConfig = Experiment['augment'];
export type ModelConfig = Experiment['model'];
export type TrainConfig = Experiment['train'];
export type OptimizerConfig = TrainConfig['optimizer'];
export type ScheduleConfig = TrainConfig['schedule'];
export type EngineConfig = Experiment['engine'];
export type Duration = z.infer<typeof duration>;
