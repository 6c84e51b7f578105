import { util } from '@tensorflow/tfjs-core';
import {
  AdamUpdate,
  MovingAverageUpdate,
  RmsPropUpdate,
  SeededDropout,
  SgdUpdate,
  type AdamUpdateAttrs,
  type MovingAverageUpdateAttrs,
  type RmsPropUpdateAttrs,
  type SeededDropoutAttrs,
  type SgdUpdateAttrs,
} from '../../kernels.js';
import type { WasmBackend } from '../backend.js';
import { type Inputs, itemsOf, kernel } from './kernel.js';

/** Runs a kernel over the named inputs, into `outputs` new tensors of the shape of the first. */
function update(
  backend: WasmBackend,
  routine: string,
  inputs: Inputs,
  names: readonly string[],
  outputs: number,
  numbers: readonly number[],
) {
  const { shape } = inputs[names[0]];
  const count = util.sizeFromShape(shape);
  const made = Array.from({ length: outputs }, () => backend.output(shape));
  const pointers = [...names.map((name) => inputs[name]), ...made].map((tensor) => backend.pointer(tensor));
  backend.pool.run(routine, itemsOf(count), ...pointers, count, ...numbers);
  return made;
}

export const updateKernels = [
  kernel<AdamUpdateAttrs>(AdamUpdate, (backend, inputs, { beta1, beta2, epsilon, weightDecay }) => {
    const names = ['parameter', 'gradient', 'firstMoment', 'secondMoment'];
    const scalars = ['learningRate', 'beta1Power', 'beta2Power'];
    const numbers = [beta1, 1 - beta1, beta2, 1 - beta2, epsilon, weightDecay];
    return update(backend, 'adam', inputs, [...names, ...scalars], 3, numbers);
  }),

  kernel<SgdUpdateAttrs>(SgdUpdate, (backend, inputs, { momentum, nesterov, weightDecay }) => {
    const names = ['parameter', 'gradient', 'velocity', 'learningRate'];
    return update(backend, 'sgd', inputs, names, 2, [momentum, Number(nesterov), weightDecay]);
  }),

  kernel<RmsPropUpdateAttrs>(RmsPropUpdate, (backend, inputs, { decay, momentum, epsilon, weightDecay }) => {
    const names = ['parameter', 'gradient', 'meanSquare', 'velocity', 'learningRate'];
    return update(backend, 'rmsProp', inputs, names, 3, [decay, 1 - decay, momentum, epsilon, weightDecay]);
  }),

  kernel<MovingAverageUpdateAttrs>(
    MovingAverageUpdate,
    (backend, inputs, { decay }) =>
      update(backend, 'movingAverage', inputs, ['average', 'value'], 1, [decay, 1 - decay])[0],
  ),

  kernel<SeededDropoutAttrs>(SeededDropout, (backend, { x, seed }, { rate, stream, perSample }) => {
    const out = backend.output(x.shape);
    const count = util.sizeFromShape(x.shape);
    const samples = perSample ? x.shape[0] : 1;
    const single = Math.fround(rate);
    backend.pool.run(
      perSample ? 'dropoutSamples' : 'dropout',
      perSample ? samples : itemsOf(count),
      ...[x, seed, out].map((tensor) => backend.pointer(tensor)),
      ...[count / samples, stream, single, Math.fround(1 / (1 - single))],
    );
    return out;
  }),
];
