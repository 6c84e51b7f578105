import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../engine/engine.js';
import { removeBackend, scalar, tensor2d, tensor4d, tidy } from '../engine/tf.js';
import { model as modelSchema } from '../models/options.js';
import { designWithHead } from '../tasks/design.js';
import { taskOfCount } from '../tasks/task-of.js';
import { createOptimizer } from '../train/optimizer.js';
import { optimizer as optimizerSchema } from '../train/optimizer-options.js';
import { learnersOf } from '../train/parameters.js';
import { putWeights } from '../train/state.js';
import { trainStep } from '../train/step/step.js';
import { fitWeights } from './fit-weights.js';
import { ownWeightsOf } from './own-weights.js';
import { CLASSES, storedFor, valueOf } from './timm.testing.js';
import { timmNames } from './timm/index.js';

/** Losses of twenty steps of timm's network with PyTorch's optimizers: scripts/timm-golden.py. */
const golden = JSON.parse(
  readFileSync(new URL('fine-tuning.golden.json', import.meta.url), 'utf8'),
) as Record<'sgd' | 'adamw', number[]>;
const [COUNT, SIZE] = [8, 64];

beforeAll(async () => {
  (await openEngine({ name: 'wasm', device: 'cpu', threads: 2 })).use();
});
afterAll(() => void removeBackend('involve-wasm'));

/** Images whose brightness tells their class, as the script makes them. */
function batch(step: number): { images: Float32Array; labels: number[] } {
  const labels = Array.from({ length: COUNT }, (_, n) => (n + step) % CLASSES);
  const each = SIZE * SIZE * 3;
  // Noise in −1 … 1: as weights of one input each, whose range is √6.
  const noise = valueOf(`image ${step}`, [COUNT * each, 1, 1]);
  const images = noise.map((value, i) => value / Math.sqrt(6) + (labels[Math.floor(i / each)] - 3) * 0.5);
  return { images, labels };
}

describe('twenty steps from the weights of timm’s tf_efficientnet_b0', () => {
  it.each([
    ['sgd', { name: 'sgd', learningRate: 0.001, momentum: 0.9 }, 5e-5],
    ['adamw', { name: 'adamw', learningRate: 1e-4, weightDecay: 0.05 }, 5e-5],
  ] as const)('by %s have the losses of PyTorch', (name, options, early) => {
    const config = modelSchema.parse({ family: 'efficientnet', dropout: 0, dropConnect: 0 });
    const task = taskOfCount(CLASSES);
    const { net, head } = designWithHead(task, config, SIZE);
    const model = net.build(0, 'tuned');
    const names = timmNames(config)!;
    const weights = ownWeightsOf(model);
    const fit = { head: 'auto', partial: false, partially: '--partial' } as const;
    const { tensors } = fitWeights({ weights, head, foreign: [names] }, storedFor(weights, names), fit);
    putWeights(model, tensors, 'model.safetensors');
    const parameters = learnersOf(model);
    const optimizer = createOptimizer(optimizerSchema.parse(options), parameters);
    const losses = golden[name].map((_, step) =>
      tidy(() => {
        const { images, labels } = batch(step);
        const targets = labels.map((label) => Array.from({ length: CLASSES }, (_, c) => Number(c === label)));
        const result = trainStep(
          { model, parameters, task, optimizer, clipNorm: null },
          {
            images: tensor4d(images, [COUNT, SIZE, SIZE, 3]),
            targets: tensor2d(targets),
            learningRate: scalar(options.learningRate),
            seed: scalar(step, 'int32'),
          },
        );
        return scalar(result.losses.reduce((sum, loss) => sum + loss, 0) / COUNT).dataSync<'float32'>()[0];
      }),
    );
    console.log(
      losses
        .map((loss, step) => ((loss - golden[name][step]) / golden[name][step]).toExponential(2))
        .join(' '),
    );
    // Rounding grows from step to step: PyTorch's own losses move by up to 9e-4 within these steps, where its weights are
    // moved by 1e-6 of themselves at the start.
    losses.forEach((loss, step) => {
      const difference = Math.abs(loss - golden[name][step]) / golden[name][step];
      expect(difference, `step ${step}`).toBeLessThan(step < 10 ? early : 1e-3);
    });
    optimizer.dispose();
    model.dispose();
  });
});
