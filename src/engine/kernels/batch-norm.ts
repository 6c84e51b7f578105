import { add, div, mul, sqrt, sub, sum } from '../tf-core.js';
import { callKernel } from './call-kernel.js';
import { attributes, defineKernel, float32 } from './define-kernel.js';
import { GeluGrad, geluSlope } from './activations/gelu.js';
import type { Numbers } from './kernel.js';
import { sigmoid } from './activations/logistic.js';
import { normalCumulative } from './activations/normal.js';
import { ReluGradient } from './activations/relu-gradient.js';
import { sizeOf } from './size-of.js';
import { SwishGrad } from './activations/swish.js';

/** Activations fused into batch normalisation: `swish` is x·σ(x) (SiLU), `gelu` x·Φ(x). */
export const FUSED_ACTIVATIONS = ['none', 'relu', 'swish', 'gelu'] as const;
export type FusedActivation = (typeof FUSED_ACTIVATIONS)[number];
/** One that does something. */
export type Nonlinearity = Exclude<FusedActivation, 'none'>;

export interface BatchNormAttrs {
  readonly epsilon: number;
  readonly activation: FusedActivation;
}

/**
 * Batch normalisation in training (Ioffe and Szegedy 2015, algorithm 1), the activation fused:
 * y = activation(scale·(x − mean)/√(variance + ε) + offset), statistics over all axes but the last.
 *
 * `x` [..., C], `scale`, `offset` [C] → `y` like x, `mean` [C], `variance` [C] (biased, ÷n).
 */
export const BatchNormTraining = defineKernel({
  name: 'BatchNormTraining',
  inputs: { x: float32(), scale: float32(1), offset: float32(1) },
  attributes: attributes<BatchNormAttrs>(),
  outputs: { y: ({ x }) => x, mean: ({ scale }) => scale, variance: ({ scale }) => scale },
  gradient: {
    keeps: ['x', 'scale', 'offset', 'mean', 'variance'],
    // One kernel gives all three, so it runs here and not in the closures.
    of: (dy, kept, attrs) => {
      const { dx, dScale, dOffset } = callKernel(BatchNormTrainingGrad, { dy, ...kept }, attrs);
      return { x: () => dx, scale: () => dScale, offset: () => dOffset };
    },
  },
  // Sums in float64.
  reference: ({ shapes, values: { x, scale, offset }, attrs }) => {
    const channels = shapes.x[shapes.x.length - 1];
    const places = sizeOf(shapes.x) / channels;
    const mean = new Float64Array(channels);
    const variance = new Float64Array(channels);
    for (let i = 0; i < x.length; i++) mean[i % channels] += x[i] / places;
    for (let i = 0; i < x.length; i++) variance[i % channels] += (x[i] - mean[i % channels]) ** 2 / places;
    return {
      y: apply({ x, scale, offset, mean, variance }, channels, attrs),
      mean: Float32Array.from(mean),
      variance: Float32Array.from(variance),
    };
  },
  tolerance: 2e-5,
});

/**
 * `dy`, `x` of one shape, `scale`, `offset`, `mean`, `variance` [C] (as put out by BatchNormTraining) → `dx` like x,
 * `dScale`, `dOffset` [C]. The activation's derivative is computed anew from x, so y is never kept. Mean and variance
 * get no gradient from outside.
 */
export const BatchNormTrainingGrad = defineKernel({
  name: 'BatchNormTrainingGrad',
  inputs: {
    dy: float32(),
    x: float32(),
    scale: float32(1),
    offset: float32(1),
    mean: float32(1),
    variance: float32(1),
  },
  attributes: attributes<BatchNormAttrs>(),
  outputs: { dx: ({ x }) => x, dScale: ({ scale }) => scale, dOffset: ({ offset }) => offset },
  reference: ({ shapes, values: { dy, x, scale, offset, mean, variance }, attrs }) => {
    const channels = shapes.x[shapes.x.length - 1];
    const places = sizeOf(shapes.x) / channels;
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
    return { dx, dScale: Float32Array.from(dScale), dOffset: Float32Array.from(dOffset) };
  },
  tolerance: 3e-5,
});

/**
 * Batch normalisation by given statistics: y = activation(scale·(x − mean)/√(variance + ε) + offset).
 * `x` [..., C], `scale`, `offset`, `mean`, `variance` [C] → like x.
 */
export const BatchNormInference = defineKernel({
  name: 'BatchNormInference',
  inputs: { x: float32(), scale: float32(1), offset: float32(1), mean: float32(1), variance: float32(1) },
  attributes: attributes<BatchNormAttrs>(),
  outputs: { y: ({ x }) => x },
  gradient: {
    keeps: ['x', 'scale', 'offset', 'mean', 'variance'],
    // Moving statistics are constants here: training is not done through this one, explaining is.
    of: (dy, { x, scale, offset, mean, variance }, { epsilon, activation }) => {
      const normalised = div(sub(x, mean), sqrt(add(variance, epsilon)));
      const z = add(mul(normalised, scale), offset);
      let dz = dy;
      if (activation === 'relu') dz = callKernel(ReluGradient, { dy: dz, y: z });
      if (activation === 'swish') dz = callKernel(SwishGrad, { dy: dz, x: z });
      if (activation === 'gelu') dz = callKernel(GeluGrad, { dy: dz, x: z });
      const places = x.shape.map((_, axis) => axis).slice(0, -1);
      return {
        x: () => mul(dz, div(scale, sqrt(add(variance, epsilon)))),
        scale: () => sum(mul(dz, normalised), places),
        offset: () => sum(dz, places),
      };
    },
  },
  reference: ({ shapes, values, attrs }) => apply(values, shapes.x[shapes.x.length - 1], attrs),
  tolerance: 2e-5,
});

// --- internal ---

function apply(
  values: Readonly<Record<'x' | 'scale' | 'offset' | 'mean' | 'variance', Numbers | Float64Array>>,
  channels: number,
  { epsilon, activation }: BatchNormAttrs,
): Float32Array {
  const { x, scale, offset, mean, variance } = values;
  const y = new Float32Array(x.length);
  const factors = Array.from({ length: channels }, (_, c) => scale[c] / Math.sqrt(variance[c] + epsilon));
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    y[i] = activate(activation, (x[i] - mean[c]) * factors[c] + offset[c]);
  }
  return y;
}

function activate(activation: FusedActivation, z: number): number {
  if (activation === 'relu') return Math.max(0, z);
  if (activation === 'gelu') return z * normalCumulative(z);
  return activation === 'swish' ? z * sigmoid(z) : z;
}

function derivative(activation: FusedActivation, z: number): number {
  if (activation === 'relu') return z > 0 ? 1 : 0;
  if (activation === 'none') return 1;
  if (activation === 'gelu') return geluSlope(z);
  const s = sigmoid(z);
  return s * (1 + z * (1 - s));
}
