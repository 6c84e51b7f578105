import { AllReduceMean, AllReduceMoments } from './all-reduce.js';
import { BatchNormInference, BatchNormTraining, BatchNormTrainingGrad } from './batch-norm.js';
import { ChannelScale, ChannelScaleGrad } from './channel-scale.js';
import { ConvolutionAdd } from './convolution-add.js';
import {
  DilatedConvolution,
  DilatedConvolutionFilterGrad,
  DilatedConvolutionInputGrad,
} from './dilated-convolution.js';
import { Gelu, GeluGrad } from './activations/gelu.js';
import { GlobalAveragePool, GlobalAveragePoolGrad } from './global-average-pool.js';
import { HardExamples } from './hard-examples.js';
import { Involution, InvolutionBackpropInput, InvolutionBackpropKernel } from './involution.js';
import { MapResize, MapResizeGrad } from './map-resize.js';
import { MirrorPadGrad } from './mirror-pad-grad.js';
import { NeighbourhoodSoftmax, NeighbourhoodSoftmaxGrad } from './neighbourhood-softmax.js';
import { ReluGradient } from './activations/relu-gradient.js';
import { ResizeNearestGrad } from './resize-nearest-grad.js';
import { SeededDropout } from './seeded-dropout.js';
import { SigmoidGradient } from './activations/sigmoid-gradient.js';
import { SoftmaxCrossEntropy } from './softmax-cross-entropy.js';
import { SoftmaxGrad } from './softmax-grad.js';
import { Swish, SwishGrad } from './activations/swish.js';
import { AdamUpdate } from './updates/adam.js';
import { LambUpdate } from './updates/lamb.js';
import { LionUpdate } from './updates/lion.js';
import { MovingAverageUpdate } from './updates/moving-average.js';
import { MuonUpdate } from './updates/muon.js';
import { RmsPropUpdate } from './updates/rms-prop.js';
import { SgdUpdate } from './updates/sgd.js';
import { WeightedSum } from './updates/weighted-sum.js';

/**
 * The kernels that `involve` adds to those of tf.js. Tensors are float32 and NHWC unless it says otherwise; in the
 * declarations B is the batch, H×W the input's size, C its channels, OH×OW the output's size, K the size of a window
 * and G groups.
 */
export const KERNELS = [
  AllReduceMean,
  AllReduceMoments,
  BatchNormInference,
  BatchNormTraining,
  BatchNormTrainingGrad,
  ChannelScale,
  ChannelScaleGrad,
  ConvolutionAdd,
  DilatedConvolution,
  DilatedConvolutionFilterGrad,
  DilatedConvolutionInputGrad,
  Gelu,
  GeluGrad,
  GlobalAveragePool,
  GlobalAveragePoolGrad,
  HardExamples,
  Involution,
  InvolutionBackpropInput,
  InvolutionBackpropKernel,
  MapResize,
  MapResizeGrad,
  MirrorPadGrad,
  NeighbourhoodSoftmax,
  NeighbourhoodSoftmaxGrad,
  ReluGradient,
  ResizeNearestGrad,
  SeededDropout,
  SigmoidGradient,
  SoftmaxCrossEntropy,
  SoftmaxGrad,
  Swish,
  SwishGrad,
  AdamUpdate,
  LambUpdate,
  LionUpdate,
  MovingAverageUpdate,
  MuonUpdate,
  RmsPropUpdate,
  SgdUpdate,
  WeightedSum,
] as const;

/** Their names: what an engine must have. */
export type KernelName = (typeof KERNELS)[number]['name'];
