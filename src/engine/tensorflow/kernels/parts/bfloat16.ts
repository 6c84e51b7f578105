import type { backend_util, Tensor, TensorInfo } from '../../../tf-core.js';
import { attr } from '../../attributes.js';
import type { KernelOptions } from '../kernel.js';
import { call, ensureShape, reshape } from '../stock.js';

type ConvInfo = backend_util.Conv2DInfo;
type Shape4D = [number, number, number, number];

/** Channels, on both sides, from which on products in bfloat16 are faster than in float32. */
const LEAST_CHANNELS = 32;

/**
 * Whether this convolution, its gradients included, is computed by products in bfloat16 and sums in float32 of the custom
 * operations: they are there (`engine.mixedPrecision`, on a processor with tiles for them), and it is dense and square,
 * with channels enough.
 */
export function isForBfloat16(info: ConvInfo, { customOps }: KernelOptions): boolean {
  if (!customOps.has('InvolveBfloat16Convolution')) return false;
  if (info.filterHeight !== info.filterWidth || info.strideHeight !== info.strideWidth) return false;
  if (info.dilationHeight !== 1 || info.dilationWidth !== 1) return false;
  return Math.min(info.inChannels, info.outChannels) >= LEAST_CHANNELS;
}

/** x [B,H,W,I], filter [F,F,I,O] → y [B,H',W',O]. */
export function convolveBfloat16(x: TensorInfo, filter: TensorInfo, info: ConvInfo): Tensor {
  const { input, output } = imagesOf(info);
  const attributes = { ...steps(info), size: attr.int([output[1], output[2]]) };
  return whole(
    call('InvolveBfloat16Convolution', attributes, shaped(x, input), filter),
    output,
    info.outShape,
  );
}

/** dy [B,H',W',O], filter [F,F,I,O] → dx [B,H,W,I]. */
export function bfloat16InputGrad(dy: TensorInfo, filter: TensorInfo, info: ConvInfo): Tensor {
  const { input, output } = imagesOf(info);
  const attributes = { ...steps(info), size: attr.int([input[1], input[2]]) };
  return whole(call('InvolveBfloat16InputGrad', attributes, shaped(dy, output), filter), input, info.inShape);
}

/** x [B,H,W,I], dy [B,H',W',O] → gradient to the filter [F,F,I,O]. */
export function bfloat16FilterGrad(x: TensorInfo, dy: TensorInfo, info: ConvInfo): Tensor {
  const { input, output } = imagesOf(info);
  const attributes = { ...steps(info), size: attr.int([info.filterHeight, info.filterWidth]) };
  const gradient = call('InvolveBfloat16FilterGrad', attributes, shaped(x, input), shaped(dy, output));
  return ensureShape(gradient, info.filterShape);
}

// --- internal ---

function steps({ padInfo, strideHeight }: ConvInfo) {
  return { before: attr.int([padInfo.top, padInfo.left]), stride: attr.int(strideHeight) };
}

/** The maps as the operations take them: those of single places as one row. */
function imagesOf({ inShape, outShape, filterHeight, strideHeight, padInfo }: ConvInfo): {
  input: Shape4D;
  output: Shape4D;
} {
  const { top, bottom, left, right } = padInfo;
  const isPlain =
    filterHeight === 1 && strideHeight === 1 && [top, bottom, left, right].every((zeros) => zeros === 0);
  const joined = ([batch, height, width, channels]: Shape4D): Shape4D =>
    isPlain ? [1, 1, batch * height * width, channels] : [batch, height, width, channels];
  return { input: joined(inShape), output: joined(outShape) };
}

const isSame = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();

function shaped(x: TensorInfo, shape: Shape4D): TensorInfo {
  return isSame(x.shape, shape) ? x : reshape(x, shape);
}

function whole(y: Tensor, shape: Shape4D, wanted: Shape4D): Tensor {
  return isSame(shape, wanted) ? ensureShape(y, wanted) : reshape(y, wanted);
}
