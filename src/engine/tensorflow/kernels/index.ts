import { allReduceMean, allReduceMoments } from './all-reduce.js';
import { batchNormInference, batchNormTraining, batchNormTrainingGrad } from './batch-norm.js';
import { channelScale, channelScaleGrad } from './channel-scale.js';
import { convolutionAdd } from './convolution-add.js';
import {
  dilatedConvolution,
  dilatedConvolutionFilterGrad,
  dilatedConvolutionInputGrad,
} from './dilated-convolution.js';
import { gelu, geluGrad } from './activations/gelu.js';
import { globalAveragePool, globalAveragePoolGrad } from './global-average-pool.js';
import { hardExamples } from './hard-examples.js';
import { involution, involutionBackpropInput, involutionBackpropKernel } from './involution.js';
import { mapResize, mapResizeGrad } from './map-resize.js';
import type { KernelName } from '../../kernels/index.js';
import type { TensorflowKernel } from './kernel.js';
import { mirrorPadGrad } from './mirror-pad-grad.js';
import { neighbourhoodSoftmax, neighbourhoodSoftmaxGrad } from './neighbourhood-softmax.js';
import { reluGradient } from './activations/relu-gradient.js';
import { resizeNearestGrad } from './resize-nearest-grad.js';
import { seededDropout } from './seeded-dropout.js';
import { sigmoidGradient } from './activations/sigmoid-gradient.js';
import { softmaxCrossEntropy } from './softmax-cross-entropy.js';
import { softmaxGrad } from './softmax-grad.js';
import { swish, swishGrad } from './activations/swish.js';
import { TFJS_KERNELS } from './tfjs/index.js';
import { adamUpdate } from './updates/adam.js';
import { lambUpdate } from './updates/lamb.js';
import { lionUpdate } from './updates/lion.js';
import { movingAverageUpdate } from './updates/moving-average.js';
import { muonUpdate } from './updates/muon.js';
import { rmsPropUpdate } from './updates/rms-prop.js';
import { sgdUpdate } from './updates/sgd.js';
import { weightedSum } from './updates/weighted-sum.js';

/** The kernels of the contract on this engine. The reference's own code cannot stand in: it has no tensors of TensorFlow's. */
const CONTRACT: { readonly [Name in KernelName]: TensorflowKernel<Name> } = {
  AllReduceMean: allReduceMean,
  AllReduceMoments: allReduceMoments,
  BatchNormInference: batchNormInference,
  BatchNormTraining: batchNormTraining,
  BatchNormTrainingGrad: batchNormTrainingGrad,
  ChannelScale: channelScale,
  ChannelScaleGrad: channelScaleGrad,
  ConvolutionAdd: convolutionAdd,
  DilatedConvolution: dilatedConvolution,
  DilatedConvolutionFilterGrad: dilatedConvolutionFilterGrad,
  DilatedConvolutionInputGrad: dilatedConvolutionInputGrad,
  Gelu: gelu,
  GeluGrad: geluGrad,
  GlobalAveragePool: globalAveragePool,
  GlobalAveragePoolGrad: globalAveragePoolGrad,
  HardExamples: hardExamples,
  Involution: involution,
  InvolutionBackpropInput: involutionBackpropInput,
  InvolutionBackpropKernel: involutionBackpropKernel,
  MapResize: mapResize,
  MapResizeGrad: mapResizeGrad,
  MirrorPadGrad: mirrorPadGrad,
  NeighbourhoodSoftmax: neighbourhoodSoftmax,
  NeighbourhoodSoftmaxGrad: neighbourhoodSoftmaxGrad,
  ReluGradient: reluGradient,
  ResizeNearestGrad: resizeNearestGrad,
  SeededDropout: seededDropout,
  SigmoidGradient: sigmoidGradient,
  SoftmaxCrossEntropy: softmaxCrossEntropy,
  SoftmaxGrad: softmaxGrad,
  Swish: swish,
  SwishGrad: swishGrad,
  AdamUpdate: adamUpdate,
  LambUpdate: lambUpdate,
  LionUpdate: lionUpdate,
  MovingAverageUpdate: movingAverageUpdate,
  MuonUpdate: muonUpdate,
  RmsPropUpdate: rmsPropUpdate,
  SgdUpdate: sgdUpdate,
  WeightedSum: weightedSum,
};

/** The kernels that this engine has of its own; all others are tfjs-node's. */
export const TENSORFLOW_KERNELS: readonly TensorflowKernel[] = [...TFJS_KERNELS, ...Object.values(CONTRACT)];
