import { type NamedAttrMap, type TensorInfo, backend_util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import type { Image } from './winograd.js';

export type ConvInfo = backend_util.Conv2DInfo;
type Shape4D = [number, number, number, number];

/** What a convolution of tf.js's is; undefined where the kernels here do not compute it. */
export function convInfoOf(
  attrs: NamedAttrMap,
  inputShape: number[],
  filterShape: number[],
): ConvInfo | undefined {
  if (attrs.dataFormat !== undefined && attrs.dataFormat !== 'NHWC') return undefined;
  const info = backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    attrs.strides as [number, number],
    (attrs.dilations ?? 1) as number,
    attrs.pad as 'same',
    attrs.dimRoundingMode as 'floor' | undefined,
  );
  // Strides that differ are rare enough to be left to the CPU kernels, and so are grouped convolutions.
  if (info.strideHeight !== info.strideWidth || info.inChannels !== filterShape[2]) return undefined;
  return info;
}

/** One weight matrix for every pixel, and the pixels one behind the other: a plain product. */
export function isPointwise(info: ConvInfo): boolean {
  const { padInfo, filterHeight, filterWidth, strideHeight } = info;
  const hasPadding = padInfo.top + padInfo.bottom + padInfo.left + padInfo.right > 0;
  return filterHeight * filterWidth === 1 && strideHeight === 1 && !hasPadding;
}

/** The map that a convolution reads, or its gradient, at `tensor`. */
export function inputImage(backend: WasmBackend, tensor: TensorInfo, info: ConvInfo): Image {
  const { inHeight: height, inWidth: width, inChannels: channels } = info;
  return { pointer: backend.pointer(tensor), height, width, channels };
}

/** The map that it writes, or its gradient, at `tensor`. */
export function outputImage(backend: WasmBackend, tensor: TensorInfo, info: ConvInfo): Image {
  const { outHeight: height, outWidth: width, outChannels: channels } = info;
  return { pointer: backend.pointer(tensor), height, width, channels };
}
