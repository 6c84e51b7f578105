import { z } from 'zod';
import { refuseUnevenShares } from './workers-options.js';
import { count, duration, epochs, refuseDisorder, representable, steps } from '../util/schema-parts.js';
import { BEST_COLUMNS, PRIMARY_COLUMN, taskTraining } from '../tasks/options.js';
import { ema } from './ema-options.js';
import { momentumOptimizers, optimizer } from './optimizer-options.js';
import { schedule } from './schedule-options.js';
import { start, type StartConfig } from './start-options.js';

const isRepresentable = (value: number): boolean => representable.safeParse(value).success;

/** How it is trained. */
export const train = z
  .strictObject({
    seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    batchSize: count.default(32),
    accumulate: count
      .default(1)
      .describe('Batches whose gradients are accumulated before one update, which is a step.'),
    workers: count
      .max(64)
      .default(1)
      .describe('Processes of this machine that share each batch; one alone is the process itself.'),
    synchronisedBatchNorm: z
      .boolean()
      .default(false)
      .describe(
        'Several workers: batch norm takes the statistics of the whole batch, exchanged in every layer; else of each ' +
          "worker's share.",
      ),
    epochs: epochs
      .nullable()
      .default(null)
      .describe('Length of training; the upper bound where `until` may end it earlier.'),
    steps: steps.nullable().default(null).describe('Length of training in steps, instead of epochs.'),
    until: z
      .union([
        z.enum(['end', 'plateau']),
        z.strictObject({
          patience: epochs.describe('Epochs without a better value of `checkpoint.best`.'),
          minDelta: z
            .number()
            .min(0)
            .default(0)
            .describe('Better is what betters it by more than this, in its own units.'),
        }),
      ])
      .default('end')
      .describe(
        'plateau: when its schedule is used up; patience: when no epoch has been better for so long.',
      ),
    optimizer: optimizer.default(() => optimizer.parse({ name: 'adamw' })),
    schedule: schedule.default(() => schedule.parse({ name: 'constant' })),
    ...taskTraining,
    progressive: z
      .array(z.strictObject({ size: z.int().min(8).max(1024), until: duration }))
      .min(1)
      .superRefine((stages, context) =>
        refuseDisorder(
          stages.map(({ until }) => until),
          context,
          (i) => [i, 'until'],
        ),
      )
      .nullable()
      .default(null)
      .describe('Smaller training images at first, each size up to a time; then data.inputSize.'),
    clipNorm: representable
      .nullable()
      .default(null)
      .describe('Global gradient norm above which gradients are scaled.'),
    ema,
    ...start,
    batchNormStatistics: z
      .enum(['moving', 'recomputed'])
      .default('moving')
      .describe(
        'What batch norm validates with. moving: averages over the last steps; recomputed: measured before each ' +
          'validation, on training images with the weights as they are.',
      ),
    batchNormImages: count
      .max(10_000_000)
      .default(1000)
      .describe('recomputed: training images that statistics are measured on, or all there are.'),
    batchNormBatch: count
      .max(65_536)
      .default(200)
      .describe('recomputed: images that are measured at once; each such batch is normalised by itself.'),
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
    refuseUnevenShares(value, context);
    if (value.until === 'plateau' && value.schedule.name !== 'plateau') {
      context.addIssue({
        code: 'custom',
        path: ['until'],
        message: `until "plateau" needs train.schedule.name "plateau", received "${value.schedule.name}"`,
      });
    }
    const { optimizer: chosen } = value;
    const { learningRate, weightDecay } = chosen;
    // A decay that is a part of the step takes off no such share.
    const isApart = !('decoupledDecay' in chosen) || chosen.decoupledDecay;
    const highest = Math.max(learningRate, chosen.name === 'muon' ? chosen.adamw.learningRate : 0);
    if (isApart && highest * weightDecay >= 1) {
      context.addIssue({
        code: 'custom',
        path: ['optimizer', 'weightDecay'],
        message:
          'learningRate × weightDecay is what each step takes off every weight, and must stay below 1, ' +
          `received ${highest} × ${weightDecay}`,
      });
    }
    if (chosen.name === 'muon' && !isRepresentable(chosen.adamw.learningRate / learningRate)) {
      context.addIssue({
        code: 'custom',
        path: ['optimizer', 'adamw', 'learningRate'],
        message:
          'the two rates of muon are too far apart for the 32 bits that are computed with, ' +
          `received ${chosen.adamw.learningRate} beside ${learningRate}`,
      });
    }
    if (
      value.schedule.name === 'one-cycle' &&
      value.schedule.cycleMomentum &&
      !momentumOptimizers.includes(chosen.name)
    ) {
      context.addIssue({
        code: 'custom',
        path: ['schedule', 'cycleMomentum'],
        message:
          `only the momentum of ${momentumOptimizers.join(', ')} goes through a cycle, ` +
          `train.optimizer.name is "${chosen.name}"`,
      });
    }
    if ('minimum' in value.schedule && value.schedule.minimum > learningRate) {
      context.addIssue({
        code: 'custom',
        path: ['schedule', 'minimum'],
        message:
          `the lowest rate must not be above train.optimizer.learningRate (${learningRate}), since the rate would climb, ` +
          `received ${value.schedule.minimum}`,
      });
    }
  })
  .describe('How it is trained.');

/** When checkpoints are written, and which one is the best. */
export const checkpoint = z.strictObject({
  every: duration.default({ epochs: 1 }).describe('How often last.safetensors is written.'),
  best: z
    .enum(BEST_COLUMNS)
    .default(PRIMARY_COLUMN)
    .describe('What best.safetensors maximises or minimises.'),
  keep: count
    .max(1000)
    .nullable()
    .default(null)
    .describe('So many of the best epochs are kept as epoch-<n>.safetensors, and averaged at the end.'),
});

/** What the loop knows: where the weights come from, and which learn, is settled before it starts. */
export type TrainConfig = Readonly<Omit<z.infer<typeof train>, keyof StartConfig>>;
export type CheckpointConfig = Readonly<z.infer<typeof checkpoint>>;
