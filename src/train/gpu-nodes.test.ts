import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import golden from '../engine/tensorflow/gpu-nodes.golden.json' with { type: 'json' };
import { REFUSALS } from '../engine/tensorflow/gpu-refusals.testing.js';
import { watchNodes, type SeenNodes } from '../engine/tensorflow/graph/graph-nodes.testing.js';
import { registerTensorflowKernels } from '../engine/tensorflow/kernels/register.js';
import { TENSORFLOW_BACKEND } from '../engine/tensorflow/node-kernels.js';
import { NO_TENSORFLOW, openTestTensorflow, type TestTensorflow } from '../engine/tensorflow/testing.js';
import type { StepEngine } from '../engine/engine.js';
import { SMALL_NETWORKS } from '../models/engines.testing.js';
import { model as modelOptions } from '../models/options.js';
import { designFor } from '../tasks/design.js';
import { taskOf } from '../tasks/task-of.js';
import { optimizer as optimizerOptions, optimizerNames } from './optimizer-options.js';
import type { TrainConfig } from './options.js';
import { parametersOf } from './parameters.js';
import { createPredictor } from './predictor.js';
import { trained, values } from './replay.testing.js';
import { planGradients } from './step/runner.js';
import { RECOMPUTED, runTiny } from './testing.js';

const KNOWN = new Set(Object.keys(golden));

/** What training can be asked for, beside its optimizers. */
const VARIANTS: readonly Partial<TrainConfig>[] = [
  ...optimizerNames.map((name) => ({ optimizer: optimizerOptions.parse({ name }) })),
  { accumulate: 3, ema: 0.9, clipNorm: 0.1 },
  { ema: { decay: 0.8, warmUp: true, validateRaw: true }, clipNorm: null },
  { ...RECOMPUTED, ema: 0.5 },
];

const RECORDED = 'recorded, and that is all';

/** An engine that records programs and runs none. */
function recordingOnly({ mode, record }: TestTensorflow): StepEngine {
  const run = (): Promise<never> => Promise.reject(new Error(RECORDED));
  return {
    mode,
    record: (spec) => {
      const program = record(spec);
      return { plan: program.plan, run, dispose: () => program.dispose() };
    },
  };
}

describe.skipIf(NO_TENSORFLOW)(
  `what a GPU is asked to compute, asked of the processor${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`,
  () => {
    let opened: TestTensorflow;
    const seen = { recorded: new Set<string>(), eager: new Set<string>() };
    beforeAll(async () => {
      opened = await openTestTensorflow('replay');
    });
    afterAll(() => registerTensorflowKernels(TENSORFLOW_BACKEND, opened.kernels));

    /** The kernels are those of a GPU; TensorFlow's operations run on the processor, with the same nodes. */
    function asOnGpu(deterministic: boolean): void {
      const kernels = { onGpu: true, customOps: new Set<string>(), oneDnn: false, deterministic };
      registerTensorflowKernels(TENSORFLOW_BACKEND, kernels);
    }

    /** Every node is listed; none is one that TensorFlow refuses on a GPU where bits are to repeat. */
    function expectKnown({ recorded, eager }: SeenNodes, deterministic: boolean): void {
      for (const text of recorded.keys()) seen.recorded.add(text);
      for (const text of eager.keys()) seen.eager.add(text);
      expect([...recorded.keys()].filter((text) => !KNOWN.has(text))).toEqual([]);
      // At once executed operations are given fewer types: TensorFlow completes them.
      const known = [...KNOWN].map((text) => new Set(text.split(' ')));
      const isKnown = (text: string): boolean =>
        known.some((each) => text.split(' ').every((part) => each.has(part)));
      expect([...eager.keys()].filter((text) => !isKnown(text))).toEqual([]);
      const refused = new Set(REFUSALS.flatMap(({ ops }) => ops));
      const asked = [...recorded.values(), ...eager.values()].map(({ op }) => op);
      if (deterministic) expect(asked.filter((op) => refused.has(op))).toEqual([]);
    }

    it.each([true, false])('networks of every family, deterministic %s', { timeout: 600_000 }, async (is) => {
      asOnGpu(is);
      const nodes = await watchNodes(async () => {
        const engine = recordingOnly(opened);
        // One network has all that depends on it.
        for (const [, designed] of is ? SMALL_NETWORKS : SMALL_NETWORKS.slice(0, 1)) {
          const net = designed();
          const [, size] = net.input.shape as number[];
          const model = net.build(0, 'small');
          const classes = model.outputs[0].shape[1]!;
          const { runner } = trained(engine, model, { size, classes });
          await expect(runner.run(values(2, 0, size, classes))).rejects.toThrow(RECORDED);
          runner.dispose();
          const predictor = createPredictor(engine, model);
          await expect(predictor.outputs(values(2, 0, size).images, 2, size)).rejects.toThrow(RECORDED);
          predictor.dispose();
          model.dispose();
        }
      });
      expectKnown(nodes, is);
      expect(nodes.recorded.size).toBeGreaterThan(50);
    });

    it('a class for each pixel, weighted, of the hardest alone', async () => {
      asOnGpu(true);
      const [size, batch] = [32, 2];
      const task = taskOf(
        { classes: ['sky', 'sea', 'ship'], target: 'mask' },
        { labelSmoothing: 0, classWeights: [1, 2, 1], onlineHardPixels: { minKept: 9, thresh: 0.7 } },
      );
      const config = { family: 'resnet', blocks: [1, 1, 1, 1], width: 4, decoder: { type: 'semantic-fpn' } };
      const model = designFor(task, modelOptions.parse(config), size).build(0, 'masks');
      const parts = { model, parameters: parametersOf(model), task, inputSize: size };
      const nodes = await watchNodes(async () => {
        const program = planGradients(recordingOnly(opened), parts, batch);
        await expect(
          program.run({
            images: new Float32Array(batch * size * size * 3),
            targets: new Int32Array(batch * size * size),
            seed: Int32Array.of(3),
          }),
        ).rejects.toThrow(RECORDED);
        program.dispose();
      });
      expectKnown(nodes, true);
      expect([...nodes.recorded.values()].map(({ op }) => op)).toContain('TopKV2');
    });

    it.each(['replay', 'eager'] as const)(
      'everything that training does, %s',
      { timeout: 600_000 },
      async (mode) => {
        asOnGpu(true);
        const nodes = await watchNodes(async () => {
          for (const config of VARIANTS) await runTiny({ engine: { ...opened, mode }, config });
        });
        expectKnown(nodes, true);
        expect(nodes[mode === 'eager' ? 'eager' : 'recorded'].size).toBeGreaterThan(30);
      },
    );

    it('and nothing that is listed is never asked for', () => {
      expect([...KNOWN].filter((text) => !seen.recorded.has(text))).toEqual([]);
    });
  },
);
