import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { useBackend } from '../engine/current-backend.js';
import { TF } from '../engine/tensorflow/c-api/data-types.js';
import { newTensor } from '../engine/tensorflow/c-api/native-tensor.js';
import { EagerExecutor } from '../engine/tensorflow/eager.js';
import {
  logOf,
  NO_FAKE_GPU,
  openOnFakeGpu,
  placementsIn,
  type Placement,
} from '../engine/tensorflow/fake-gpu.testing.js';
import { PreparedRun } from '../engine/tensorflow/graph/session.js';
import { TENSORFLOW_BACKEND } from '../engine/tensorflow/node-kernels.js';
import type { OpenTensorflow } from '../engine/tensorflow/open.js';
import { SMALL_NETWORKS } from '../models/engines.testing.js';
import { createPredictor } from './predictor.js';
import { trained, values } from './replay.testing.js';

describe.skipIf(NO_FAKE_GPU)(
  `TensorFlow places graphs on a GPU${NO_FAKE_GPU ? ` (${NO_FAKE_GPU})` : ' that is none'}`,
  () => {
    let opened: OpenTensorflow;
    beforeAll(async () => {
      opened = await openOnFakeGpu();
      useBackend(TENSORFLOW_BACKEND);
      // The slots of an optimizer begin with this one operation that runs at once, and which nobody can run here.
      vi.spyOn(EagerExecutor.prototype, 'execute').mockImplementation(function (
        this: EagerExecutor,
        op,
        _,
        [{ shape, type }],
      ) {
        expect(op).toBe('ZerosLike');
        const zeros = new Float32Array(shape.reduce((product, length) => product * length, 1));
        return [this.createTensor(shape, type, zeros)];
      });
      // TensorFlow looks at what it is fed when a graph is placed, optimised, and its kernels are made, but before one runs.
      const runAsync = PreparedRun.prototype.runAsync;
      vi.spyOn(PreparedRun.prototype, 'runAsync').mockImplementation(function (
        this: PreparedRun,
        [images, ...others],
      ) {
        const { api } = opened.backend.binding.eager;
        api.TF_DeleteTensor(images);
        return runAsync.call(this, [newTensor(api, [1], TF.int32, Int32Array.of(0)), ...others]);
      });
    });
    afterAll(() => vi.restoreAllMocks());

    it('which it takes for one', () => {
      expect(opened.device.type).toBe('GPU');
      expect(opened.kernels).toMatchObject({ onGpu: true, oneDnn: false, deterministic: true });
      expect([...opened.customOps]).toEqual([]);
      expect(opened.customOpsNote).toBe('operations of TensorFlow alone: our own compute on the CPU');
    });

    it.each(SMALL_NETWORKS)('whole: %s', async (_, designed) => {
      const engine = { mode: 'replay', record: opened.record } as const;
      const net = designed();
      const [, size] = net.input.shape as number[];
      const model = net.build(0, 'small');
      const classes = model.outputs[0].shape[1]!;
      const placements: Placement[] = [];
      const refused = async (work: () => Promise<unknown>): Promise<void> => {
        const log = await logOf(() =>
          expect(work()).rejects.toThrow(/Expects arg\[0\] to be float but int32/),
        );
        for (const placement of placementsIn(log)) placements.push(placement);
      };
      const { runner } = trained(engine, model, { size, classes });
      await refused(() => runner.run(values(2, 0, size, classes)));
      runner.dispose();
      const predictor = createPredictor(engine, model);
      await refused(() => predictor.outputs(values(2, 0, size).images, 2, size));
      predictor.dispose();
      model.dispose();
      const ops = new Set(placements.map(({ op }) => op));
      expect([...ops]).toEqual(expect.arrayContaining(['AssignVariableOp', 'Sum', 'IsFinite']));
      expect(placements.filter(({ device }) => device !== 'GPU:0')).toEqual([]);
    });
  },
);
