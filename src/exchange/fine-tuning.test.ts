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
import { CLASSES, storedFor } from './timm.testing.js';
import { timmNames } from './timm/index.js';

/** Losses of twenty steps of timm's network with PyTorch's SGD: scripts/timm-golden.py. */
const golden = JSON.parse(
  readFileSync(new URL('fine-tuning.golden.json', import.meta.url), 'utf8'),
) as Record<'sgd', number[]>;
const [COUNT, SIZE] = [8, 64];

beforeAll(async () => {
  (await openEngine({ name: 'wasm', device: 'cpu', threads: 2 })).use();
});
afterAll(() => void removeBackend('involve-wasm'));

/** Images whose brightness tells their class, as the script makes them. */
function batch(step: number): { images: Float32Array; labels: number[] } {
  const labels = Array.from({ length: COUNT }, (_, n) => (n + step) % CLASSES);
  const each = SIZE * SIZE * 3;
  const images = Float32Array.from({ length: COUNT * each }, (_, i) => {
    const wave = Math.sin(0.013 * i * (1 + (step % 3)) + step) + 0.5 * Math.sin(0.37 * i + step * step);
    return wave + (labels[Math.floor(i / each)] - 3) * 0.5;
  });
  return { images, labels };
}

describe('twenty steps from the weights of timm’s tf_efficientnet_b0', () => {
  it.each([['sgd', { name: 'sgd', learningRate: 0.01, momentum: 0.9 }, 2e-4]] as const)(
    'by %s have the losses of PyTorch',
    (name, options, tolerance) => {
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
          const targets = labels.map((label) =>
            Array.from({ length: CLASSES }, (_, c) => Number(c === label)),
          );
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
      losses.forEach((loss, step) =>
        expect(Math.abs(loss - golden[name][step]) / golden[name][step], `step ${step}`).toBeLessThan(
          tolerance,
        ),
      );
      optimizer.dispose();
      model.dispose();
    },
  );
});
