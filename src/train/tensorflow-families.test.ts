import { beforeAll, describe, expect, it } from 'vitest';
import { openTestKernels } from '../engine/tensorflow/kernels/testing.js';
import { hasOneDnn } from '../engine/tensorflow/kernels/one-dnn.js';
import { registerTensorflowKernels } from '../engine/tensorflow/kernels/register.js';
import { NO_TENSORFLOW, openTestTensorflow } from '../engine/tensorflow/testing.js';
import { uniform } from '../engine/testing.js';
import { scalar, tensor2d, tensor4d, tidy } from '../engine/tf.js';
import { SMALL_NETWORKS } from '../models/engines.testing.js';
import { taskOfCount } from '../tasks/task-of.js';
import { parametersOf } from './parameters.js';
import { computeGradients } from './step/step.js';
import { planGradients } from './step/runner.js';

const BATCH = 2;

describe.skipIf(NO_TENSORFLOW)(
  `networks of every family are recorded on TensorFlow, and replayed to the bits of eager execution${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`,
  () => {
    let customNames: ReadonlySet<string> = new Set();
    beforeAll(async () => {
      customNames = (await openTestKernels()).customOps?.names ?? customNames;
    });

    it.each(SMALL_NETWORKS)('%s', async (_, designed) => {
      for (const customOps of [new Set<string>(), customNames]) {
        await openTestTensorflow('eager');
        registerTensorflowKernels('tensorflow', { onGpu: false, customOps, oneDnn: hasOneDnn() });
        const net = designed();
        const [, inputSize] = net.input.shape as number[];
        const model = net.build(0, 'small');
        const classes = model.outputs[0].shape[1]!;
        const parameters = parametersOf(model);
        const task = taskOfCount(classes);
        const parts = { model, parameters, task, inputSize };
        const images = Float32Array.from(uniform([BATCH, inputSize, inputSize, 3], 1, -2, 2));
        const targets = Float32Array.from({ length: BATCH * classes }, (_, i) => Number(i % classes === 1));
        const eager = new Map<string, Float32Array>();
        tidy(() => {
          const { outputs, losses, gradients } = computeGradients(parts, {
            images: tensor4d(images, [BATCH, inputSize, inputSize, 3]),
            targets: tensor2d(targets, [BATCH, classes]),
            seed: scalar(3, 'int32'),
          });
          for (const [name, tensor] of [['outputs', outputs], ['losses', losses], ...gradients] as const)
            eager.set(name, tensor.dataSync<'float32'>().slice());
        });
        const engine = await openTestTensorflow('replay');
        const program = planGradients(engine, parts, BATCH);
        const replayed = await program.run({ images, targets, seed: Int32Array.of(3) });
        program.dispose();
        await openTestTensorflow('eager');
        const names = [...eager.keys()].sort();
        expect(Object.keys(replayed).sort()).toEqual(names);
        for (const name of names) expect(replayed[name], name).toEqual(eager.get(name));
      }
    });
  },
);
