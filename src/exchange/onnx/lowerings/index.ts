import type { KernelName } from '../../../engine/kernels/index.js';
import * as convolutions from './convolution.js';
import * as values from './elementwise.js';
import type { Lowering } from './lowering.js';
import * as shapes from './shapes.js';
import * as windows from './windows.js';

/** Kernels that only training calls. */
const TRAINING = null;

/** What each of our kernels is in ONNX; one that is missing here does not compile. */
const ours: Readonly<Record<KernelName, Lowering | typeof TRAINING>> = {
  BatchNormInference: values.batchNorm,
  ChannelScale: values.channelScale,
  ConvolutionAdd: convolutions.convolutionAdd,
  DilatedConvolution: convolutions.dilatedConvolution,
  GlobalAveragePool: convolutions.globalAveragePool,
  Involution: windows.involution,
  InvolutionBackpropKernel: windows.neighbourhoodProduct,
  MapResize: convolutions.mapResize,
  NeighbourhoodSoftmax: windows.neighbourhoodSoftmax,
  Swish: values.swish,
  AllReduceMean: TRAINING,
  AllReduceMoments: TRAINING,
  Gelu: values.gelu,
  BatchNormTraining: TRAINING,
  BatchNormTrainingGrad: TRAINING,
  ChannelScaleGrad: TRAINING,
  DilatedConvolutionFilterGrad: TRAINING,
  DilatedConvolutionInputGrad: TRAINING,
  GlobalAveragePoolGrad: TRAINING,
  HardExamples: TRAINING,
  InvolutionBackpropInput: TRAINING,
  MapResizeGrad: TRAINING,
  MirrorPadGrad: TRAINING,
  NeighbourhoodSoftmaxGrad: TRAINING,
  ReluGradient: TRAINING,
  ResizeNearestGrad: TRAINING,
  SeededDropout: TRAINING,
  SigmoidGradient: TRAINING,
  SoftmaxCrossEntropy: TRAINING,
  SoftmaxGrad: TRAINING,
  SwishGrad: TRAINING,
  GeluGrad: TRAINING,
  AdamUpdate: TRAINING,
  LambUpdate: TRAINING,
  LionUpdate: TRAINING,
  MovingAverageUpdate: TRAINING,
  MuonUpdate: TRAINING,
  RmsPropUpdate: TRAINING,
  SgdUpdate: TRAINING,
  WeightedSum: TRAINING,
};

/** Those of tf.js that layers call; that none is missing is tested on all networks and operators. */
const tfjs: Readonly<Record<string, Lowering>> = {
  Conv2D: convolutions.convolution,
  FusedConv2D: convolutions.convolution,
  DepthwiseConv2dNative: convolutions.depthwise,
  MaxPool: convolutions.maxPool,
  AvgPool: convolutions.averagePool,
  ResizeNearestNeighbor: convolutions.resizeNearest,
  Add: values.binary('Add'),
  Sub: values.binary('Sub'),
  Multiply: values.binary('Mul'),
  RealDiv: values.binary('Div'),
  AddN: values.sumOfAll,
  Neg: values.unary('Neg'),
  Abs: values.unary('Abs'),
  Relu: values.unary('Relu'),
  Elu: values.unary('Elu'),
  Sigmoid: values.unary('Sigmoid'),
  Tanh: values.unary('Tanh'),
  Square: values.square,
  Rsqrt: values.rsqrt,
  Softmax: values.softmax,
  Identity: values.identity,
  // Pooling makes sure of float32, which all is.
  Cast: values.identity,
  OnesLike: values.filledLike(1),
  ZerosLike: values.filledLike(0),
  Reshape: shapes.reshape,
  Transpose: shapes.transpose,
  Concat: shapes.concat,
  Pack: shapes.pack,
  SplitV: shapes.split,
  Slice: shapes.slice,
  Reverse: shapes.reverse,
  PadV2: shapes.pad,
  MirrorPad: shapes.mirrorPad,
  BatchMatMul: shapes.matMul,
  Sum: shapes.reduction('ReduceSum'),
};

/** By the name of the kernel. */
export const lowerings: ReadonlyMap<string, Lowering> = new Map(
  [...Object.entries(ours), ...Object.entries(tfjs)].filter(
    (entry): entry is [string, Lowering] => entry[1] !== TRAINING,
  ),
);
