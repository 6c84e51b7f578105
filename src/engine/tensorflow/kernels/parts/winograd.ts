import type { backend_util, Tensor, TensorInfo } from '../../../tf-core.js';
import { attr } from '../../attributes.js';
import type { KernelOptions } from '../kernel.js';
import { call, ensureShape } from '../stock.js';

type ConvInfo = backend_util.Conv2DInfo;

/**
 * Channels, on both sides, from which on Winograd's algorithm is faster than oneDNN's direct convolutions: 0.78 to 0.94
 * of their time at 32, the same at 24, 1.4 to 1.6 at 16 (images of 16² to 112², gradients included).
 */
const LEAST_CHANNELS = 32;
/** Products a pair of channels: of a transformed tile of 4×4 outputs, and of each place of a direct convolution. */
const [OF_TILE, OF_PLACE] = [36, 9];
/** By how much the products must become fewer for the transforms to pay. */
const LEAST_GAIN = 1.8;

/**
 * Whether Winograd's F(4×4, 3×3) of the custom operations computes this convolution, its gradients included: 3×3,
 * stride 1, on the processor, and the image not so small that it fills its tiles badly. The batch does not matter, so
 * that an image has the same bits in every batch.
 */
export function isForWinograd(info: ConvInfo, { onGpu, customOps }: KernelOptions): boolean {
  if (onGpu || !customOps.has('InvolveWinograd')) return false;
  const ones = [info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth];
  if (info.filterHeight !== 3 || info.filterWidth !== 3 || ones.some((step) => step !== 1)) return false;
  if (Math.min(info.inChannels, info.outChannels) < LEAST_CHANNELS) return false;
  const tiles = Math.ceil(info.outHeight / 4) * Math.ceil(info.outWidth / 4);
  return OF_TILE * tiles * LEAST_GAIN <= OF_PLACE * info.outHeight * info.outWidth;
}

/** x [B,H,W,I], filter [3,3,I,O] → y [B,H',W',O]. */
export function winograd(x: TensorInfo, filter: TensorInfo, info: ConvInfo): Tensor {
  const attributes = { ...before(info), size: attr.int([info.outHeight, info.outWidth]) };
  return ensureShape(call('InvolveWinograd', attributes, x, filter), info.outShape);
}

/** dy [B,H',W',O], filter [3,3,I,O] → dx [B,H,W,I]. */
export function winogradInputGrad(dy: TensorInfo, filter: TensorInfo, info: ConvInfo): Tensor {
  const attributes = { ...before(info), size: attr.int([info.inHeight, info.inWidth]) };
  return ensureShape(call('InvolveWinogradInputGrad', attributes, dy, filter), info.inShape);
}

/** x [B,H,W,I], dy [B,H',W',O] → gradient to the filter [3,3,I,O]. */
export function winogradFilterGrad(x: TensorInfo, dy: TensorInfo, info: ConvInfo): Tensor {
  return ensureShape(call('InvolveWinogradFilterGrad', before(info), x, dy), info.filterShape);
}

// --- internal ---

function before({ padInfo }: ConvInfo) {
  return { before: attr.int([padInfo.top, padInfo.left]) };
}
