import { batchNormInference, batchNormTraining, batchNormTrainingGrad } from './batch-norm.js';
import { channelScale, channelScaleGrad } from './channel-scale.js';
import { convolutionAdd } from './convolution-add.js';
import { globalAveragePool, globalAveragePoolGrad } from './global-average-pool.js';
import { involution, involutionBackpropInput, involutionBackpropKernel } from './involution.js';
import type { WasmKernel } from './kernel.js';
import { mirrorPadGrad } from './mirror-pad-grad.js';
import { neighbourhoodSoftmax, neighbourhoodSoftmaxGrad } from './neighbourhood-softmax.js';
import { reluGradient } from './relu-gradient.js';
import { resizeNearestGrad } from './resize-nearest-grad.js';
import { seededDropout } from './seeded-dropout.js';
import { sigmoidGradient } from './sigmoid-gradient.js';
import { softmaxCrossEntropy } from './softmax-cross-entropy.js';
import { softmaxGrad } from './softmax-grad.js';
import { swish, swishGrad } from './swish.js';
import { TFJS_KERNELS } from './tfjs/index.js';
import { adamUpdate } from './updates/adam.js';
import { movingAverageUpdate } from './updates/moving-average.js';
import { rmsPropUpdate } from './updates/rms-prop.js';
import { sgdUpdate } from './updates/sgd.js';

/** The kernels that this engine has of its own; all others run on tf.js's CPU code. */
export const WASM_KERNELS: readonly WasmKernel[] = [
  ...TFJS_KERNELS,
  batchNormInference,
  batchNormTraining,
  batchNormTrainingGrad,
  channelScale,
  channelScaleGrad,
  convolutionAdd,
  globalAveragePool,
  globalAveragePoolGrad,
  involution,
  involutionBackpropInput,
  involutionBackpropKernel,
  mirrorPadGrad,
  neighbourhoodSoftmax,
  neighbourhoodSoftmaxGrad,
  reluGradient,
  resizeNearestGrad,
  seededDropout,
  sigmoidGradient,
  softmaxCrossEntropy,
  softmaxGrad,
  swish,
  swishGrad,
  adamUpdate,
  movingAverageUpdate,
  rmsPropUpdate,
  sgdUpdate,
];
