/**
 * The kernels that `involve` adds to those of tf.js: their names, inputs, attributes and outputs.
 *
 * Every engine registers each of them (`tf.registerKernel`) under these names: `reference/` defines
 * the numbers in plain TypeScript, the others are fast and agree with it within a stated tolerance.
 * `ops.ts` calls them and holds their gradients. Tensors are float32 and NHWC unless it says otherwise;
 * B batch, H×W input size, C channels, OH×OW output size, K kernel size, G groups.
 */

/** Activation fused into batch normalisation. `swish` is x·σ(x) (SiLU). */
export type FusedActivation = 'none' | 'relu' | 'swish';

/**
 * Involution (Li et al. 2021, section 3.1): Y(i,j,k) = Σ_uv H(i,j,u,v,⌈kG/C⌉) · X(s·i+d·u, s·j+d·v, k),
 * with zero padding d·(K−1)/2 on each side.
 *
 * Inputs `x` [B,H,W,C], `kernel` [B,OH,OW,G·K·K] (group-major: index g·K² + u·K + v);
 * OH = ⌊(H−1)/s⌋+1. Output [B,OH,OW,C]. K is odd, G divides C.
 */
export const Involution = 'Involution';
/** Gradient to `x`. Inputs `dy` [B,OH,OW,C], `kernel` as above; attributes with `inputShape`. Output like x. */
export const InvolutionBackpropInput = 'InvolutionBackpropInput';
/** Gradient to `kernel`. Inputs `dy` [B,OH,OW,C], `x` [B,H,W,C]. Output [B,OH,OW,G·K·K]. */
export const InvolutionBackpropKernel = 'InvolutionBackpropKernel';

export interface InvolutionAttrs {
  readonly kernelSize: number;
  readonly groups: number;
  readonly stride: number;
  readonly dilation: number;
}
export interface InvolutionBackpropInputAttrs extends InvolutionAttrs {
  readonly inputShape: readonly [number, number, number, number];
}

/**
 * Softmax over the K² taps of each group, where `mask` over those alone that lie inside of the map of keys; taps
 * outside get weight 0. What stands between the product of queries and keys and the sum of the values in local
 * attention.
 *
 * Input `logits` [B,OH,OW,G·K·K], laid out as involution takes its kernel; output like it. With `mask` K is odd and
 * the map of keys is `height`×`width`, seen with `stride` and `dilation` as involution sees x.
 */
export const NeighbourhoodSoftmax = 'NeighbourhoodSoftmax';
/** Inputs `dy`, `y` (the output of NeighbourhoodSoftmax); output dx = y·(dy − Σ y·dy), the sum over a group's taps. */
export const NeighbourhoodSoftmaxGrad = 'NeighbourhoodSoftmaxGrad';

export interface NeighbourhoodSoftmaxAttrs extends InvolutionAttrs {
  readonly mask: boolean;
  /** Of the map of keys. */
  readonly height: number;
  readonly width: number;
}

/**
 * Batch normalisation in training (Ioffe and Szegedy 2015), the activation fused:
 * y = activation(scale·(x − mean)/√(variance + ε) + offset), statistics over all axes but the last.
 *
 * Inputs `x` [..., C], `scale` [C], `offset` [C]. Outputs `y` like x, `mean` [C], `variance` [C] (biased, ÷n).
 */
export const BatchNormTraining = 'BatchNormTraining';
/**
 * Inputs `dy`, `x` like x, `scale`, `offset`, `mean`, `variance` [C] (as put out by BatchNormTraining).
 * The activation's derivative is computed anew from x, so y is never kept.
 * Outputs `dx` like x, `dScale` [C], `dOffset` [C]. Mean and variance get no gradient from outside.
 */
export const BatchNormTrainingGrad = 'BatchNormTrainingGrad';
/** y = activation(scale·(x − mean)/√(variance + ε) + offset). Inputs x, scale, offset, mean, variance. */
export const BatchNormInference = 'BatchNormInference';

export interface BatchNormAttrs {
  readonly epsilon: number;
  readonly activation: FusedActivation;
}

/** y = x·σ(x). Input `x`, output like x. */
export const Swish = 'Swish';
/** Inputs `dy`, `x`; output dx = dy·σ(x)(1 + x(1 − σ(x))). */
export const SwishGrad = 'SwishGrad';
/** Inputs `dy`, `y` (the output of relu); output dx = y > 0 ? dy : 0. */
export const ReluGradient = 'ReluGradient';
/** Inputs `dy`, `y` (the output of sigmoid); output dx = dy·y·(1 − y). */
export const SigmoidGradient = 'SigmoidGradient';

/** Gradient of softmax over the last axis. Inputs `dy`, `y` (the output of softmax); output dx = y·(dy − Σ dy·y). */
export const SoftmaxGrad = 'SoftmaxGrad';

/**
 * Gradient of tf.js's MirrorPad: every place of the padded tensor adds to the value that was mirrored there.
 * Input `dy` like the padded tensor; output [inputShape].
 */
export const MirrorPadGrad = 'MirrorPadGrad';
export interface MirrorPadAttrs {
  readonly paddings: readonly (readonly [before: number, after: number])[];
  readonly mode: 'reflect' | 'symmetric';
}
export interface MirrorPadGradAttrs extends MirrorPadAttrs {
  readonly inputShape: readonly number[];
}

/**
 * Gradient of tf.js's ResizeNearestNeighbor: each value gets the sum of dy over the places that repeat it.
 * Input `dy` [B,OH,OW,C]; output [inputShape].
 */
export const ResizeNearestGrad = 'ResizeNearestGrad';
export interface ResizeNearestGradAttrs {
  readonly inputShape: readonly [number, number, number, number];
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/**
 * A convolution and a map that is added to it: y = x ∗ filter + addend, stride 1, SAME padding. Where `repeat` is 2
 * each value of the addend stands for 2×2 places, cut to H×W. Two paths of an octave convolution end in this sum
 * (Chen et al. 2019, section 3), and none of them needs a map of its own at full resolution.
 *
 * Inputs `x` [B,H,W,C], `filter` [kh,kw,C,F], `addend` [B,⌈H/repeat⌉,⌈W/repeat⌉,F]. Output [B,H,W,F].
 */
export const ConvolutionAdd = 'ConvolutionAdd';
export interface ConvolutionAddAttrs {
  readonly repeat: 1 | 2;
}

/** Mean over height and width. Input `x` [B,H,W,C]; output [B,C]. */
export const GlobalAveragePool = 'GlobalAveragePool';
/** Input `dy` [B,C]; attribute `inputShape`; output [B,H,W,C], dy/(H·W) at each place. */
export const GlobalAveragePoolGrad = 'GlobalAveragePoolGrad';
export interface GlobalAveragePoolGradAttrs {
  readonly inputShape: readonly [number, number, number, number];
}

/** Scales each channel of each image. Inputs `x` [B,H,W,C], `scale` [B,C]; output like x. */
export const ChannelScale = 'ChannelScale';
/** Inputs `dy`, `x` [B,H,W,C], `scale` [B,C]; outputs `dx` like x, `dScale` [B,C]. */
export const ChannelScaleGrad = 'ChannelScaleGrad';

/**
 * Inverted dropout from a fed seed. Inputs `x` [B, ...], `seed` (int32 scalar).
 * Draw i keeps its value, divided by 1 − rate, when u ≥ rate, where
 * u = uniformAt(mix32(seed ^ mix32(stream)), i) of `util/random.ts` (and the threshold is the float32
 * of rate); i is the flat index of the element, or the index in the batch when `perSample`
 * (stochastic depth, Huang et al. 2016). It is its own gradient: applied to dy with the same seed.
 */
export const SeededDropout = 'SeededDropout';
export interface SeededDropoutAttrs {
  readonly rate: number;
  /** Tells apart the dropout layers of a model: an integer below 2³¹. */
  readonly stream: number;
  readonly perSample: boolean;
}

/**
 * Softmax cross-entropy with soft labels. Inputs `logits` [B,N], `labels` [B,N] (rows sum to 1).
 * Outputs `loss` [B] and `gradient` [B,N] = softmax(logits) − labels.
 */
export const SoftmaxCrossEntropy = 'SoftmaxCrossEntropy';

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), PyTorch's definition:
 * θ ← θ(1 − lr·wd); m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; θ ← θ − lr·(m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε).
 *
 * Inputs `parameter`, `gradient`, `firstMoment`, `secondMoment` of one shape; scalars `learningRate`,
 * `beta1Power`, `beta2Power` (β₁ᵗ and β₂ᵗ of *this* step, t counted from 1).
 * Outputs new `parameter`, `firstMoment`, `secondMoment`.
 */
export const AdamUpdate = 'AdamUpdate';
export interface AdamUpdateAttrs {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/**
 * SGD as PyTorch defines it, with decoupled weight decay: θ ← θ(1 − lr·wd); v ← μv + g;
 * θ ← θ − lr·(nesterov ? g + μv : v).
 * Inputs `parameter`, `gradient`, `velocity`, scalar `learningRate`. Outputs `parameter`, `velocity`.
 */
export const SgdUpdate = 'SgdUpdate';
export interface SgdUpdateAttrs {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/**
 * RMSProp as PyTorch defines it, with decoupled weight decay: θ ← θ(1 − lr·wd); s ← ρs + (1−ρ)g²;
 * v ← μv + g/(√s + ε); θ ← θ − lr·v.
 * Inputs `parameter`, `gradient`, `meanSquare`, `velocity`, scalar `learningRate`.
 * Outputs `parameter`, `meanSquare`, `velocity`.
 */
export const RmsPropUpdate = 'RmsPropUpdate';
export interface RmsPropUpdateAttrs {
  readonly decay: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** average ← decay·average + (1 − decay)·value. Inputs `average`, `value`; output like them. */
export const MovingAverageUpdate = 'MovingAverageUpdate';
export interface MovingAverageUpdateAttrs {
  readonly decay: number;
}

/** All of the above: what an engine must register. */
export const INVOLVE_KERNELS: readonly string[] = [
  Involution,
  InvolutionBackpropInput,
  InvolutionBackpropKernel,
  NeighbourhoodSoftmax,
  NeighbourhoodSoftmaxGrad,
  BatchNormTraining,
  BatchNormTrainingGrad,
  BatchNormInference,
  Swish,
  SwishGrad,
  ReluGradient,
  SigmoidGradient,
  SoftmaxGrad,
  MirrorPadGrad,
  ResizeNearestGrad,
  ConvolutionAdd,
  GlobalAveragePool,
  GlobalAveragePoolGrad,
  ChannelScale,
  ChannelScaleGrad,
  SeededDropout,
  SoftmaxCrossEntropy,
  AdamUpdate,
  SgdUpdate,
  RmsPropUpdate,
  MovingAverageUpdate,
];
