import {
  BatchNormInference,
  BatchNormTraining,
  BatchNormTrainingGrad,
  type BatchNormAttrs,
  type FusedActivation,
} from '../kernels.js';
import { plainKernel, sizeOf, type Numbers } from './plain-kernel.js';

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

function activate(activation: FusedActivation, z: number): number {
  if (activation === 'relu') return Math.max(0, z);
  return activation === 'swish' ? z * sigmoid(z) : z;
}

function derivative(activation: FusedActivation, z: number): number {
  if (activation === 'relu') return z > 0 ? 1 : 0;
  if (activation === 'none') return 1;
  const s = sigmoid(z);
  return s * (1 + z * (1 - s));
}

function apply(
  x: Numbers,
  channels: number,
  at: (c: number) => { mean: number; factor: number; offset: number },
  activation: FusedActivation,
): Float32Array {
  const y = new Float32Array(x.length);
  const terms = Array.from({ length: channels }, (_, c) => at(c));
  for (let i = 0; i < x.length; i++) {
    const { mean, factor, offset } = terms[i % channels];
    y[i] = activate(activation, (x[i] - mean) * factor + offset);
  }
  return y;
}

/** Batch normalisation by the definition (Ioffe and Szegedy 2015, algorithm 1); sums in float64. */
export const batchNormKernels = [
  plainKernel<BatchNormAttrs>(BatchNormTraining, ({ inputs, attrs, values, output }) => {
    const x = values('x');
    const scale = values('scale');
    const offset = values('offset');
    const shape = inputs.x.shape;
    const channels = shape[shape.length - 1];
    const places = sizeOf(shape) / channels;
    const mean = new Float64Array(channels);
    const variance = new Float64Array(channels);
    for (let i = 0; i < x.length; i++) mean[i % channels] += x[i] / places;
    for (let i = 0; i < x.length; i++) variance[i % channels] += (x[i] - mean[i % channels]) ** 2 / places;
    const y = apply(
      x,
      channels,
      (c) => ({
        mean: mean[c],
        factor: scale[c] / Math.sqrt(variance[c] + attrs.epsilon),
        offset: offset[c],
      }),
      attrs.activation,
    );
    return [
      output(shape, y),
      output([channels], Float32Array.from(mean)),
      output([channels], Float32Array.from(variance)),
    ];
  }),

  plainKernel<BatchNormAttrs>(BatchNormTrainingGrad, ({ inputs, attrs, values, output }) => {
    const dy = values('dy');
    const x = values('x');
    const [scale, offset, mean, variance] = ['scale', 'offset', 'mean', 'variance'].map(values);
    const shape = inputs.x.shape;
    const channels = shape[shape.length - 1];
    const places = sizeOf(shape) / channels;
    // dz: gradient before the activation; x̂: the normalised input.
    const dz = new Float64Array(x.length);
    const normalised = new Float64Array(x.length);
    const dScale = new Float64Array(channels);
    const dOffset = new Float64Array(channels);
    for (let i = 0; i < x.length; i++) {
      const c = i % channels;
      normalised[i] = (x[i] - mean[c]) / Math.sqrt(variance[c] + attrs.epsilon);
      dz[i] = dy[i] * derivative(attrs.activation, normalised[i] * scale[c] + offset[c]);
      dScale[c] += dz[i] * normalised[i];
      dOffset[c] += dz[i];
    }
    const dx = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const c = i % channels;
      const inner = dz[i] - dOffset[c] / places - (normalised[i] * dScale[c]) / places;
      dx[i] = (scale[c] / Math.sqrt(variance[c] + attrs.epsilon)) * inner;
    }
    return [
      output(shape, dx),
      output([channels], Float32Array.from(dScale)),
      output([channels], Float32Array.from(dOffset)),
    ];
  }),

  plainKernel<BatchNormAttrs>(BatchNormInference, ({ inputs, attrs, values, output }) => {
    const [x, scale, offset, mean, variance] = ['x', 'scale', 'offset', 'mean', 'variance'].map(values);
    const shape = inputs.x.shape;
    return output(
      shape,
      apply(
        x,
        shape[shape.length - 1],
        (c) => ({
          mean: mean[c],
          factor: scale[c] / Math.sqrt(variance[c] + attrs.epsilon),
          offset: offset[c],
        }),
        attrs.activation,
      ),
    );
  }),
];
