import { shareMatrix } from '../../../engine/resize-shares.js';
import { backend_util } from '../../../engine/tf.js';
import type { MapResizeAttrs } from '../../../engine/kernels/map-resize.js';
import type { ConvolutionAddAttrs } from '../../../engine/kernels/convolution-add.js';
import type { DilationAttrs } from '../../../engine/kernels/dilated-convolution.js';
import type { Emitter } from '../emitter.js';
import { Operand } from '../operand.js';
import { attributesOf, type Lowering } from './lowering.js';

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: Padding;
  readonly dilations?: number | [number, number];
}

interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: Padding;
}

interface ResizeAttributes {
  readonly size: readonly [number, number];
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

type Padding = 'same' | 'valid' | number | backend_util.ExplicitPadding;

/** `filter` [kh,kw,C,F] is [F,C,kh,kw] in ONNX; padding is what TensorFlow's SAME comes to at this size. */
export const convolution: Lowering = (call, emitter) => {
  const { x, filter, bias } = call.inputs;
  const attrs = attributesOf<ConvolutionAttributes & { activation?: string }>(call);
  if ((attrs.activation ?? 'linear') !== 'linear') throw new Error('a convolution with an activation fused');
  return convolved(emitter, x!, filter!, bias, attrs, false);
};

/** `filter` [kh,kw,C,M] is [C·M,1,kh,kw] in ONNX, with a group a channel. */
export const depthwise: Lowering = (call, emitter) => {
  const { x, filter } = call.inputs;
  return convolved(emitter, x!, filter!, undefined, attributesOf<ConvolutionAttributes>(call), true);
};

/** The filter's places apart, which ONNX's convolution has as well. */
export const dilatedConvolution: Lowering = (call, emitter) => {
  const { x, filter } = call.inputs;
  const { dilation, depthwise } = attributesOf<DilationAttrs>(call);
  const attrs = { strides: 1, pad: 'same', dilations: dilation } as const;
  return convolved(emitter, x!, filter!, undefined, attrs, depthwise);
};

/** A convolution and the sum after it, whose other side may stand for 2×2 places each. */
export const convolutionAdd: Lowering = (call, emitter) => {
  const { x, filter, addend } = call.inputs;
  const { repeat } = attributesOf<ConvolutionAddAttrs>(call);
  const y = convolved(emitter, x!, filter!, undefined, { strides: 1, pad: 'same' }, false);
  const other = repeat === 1 ? addend! : cropped(emitter, enlarged(emitter, addend!, repeat), y.shape);
  const sum = emitter.node('Add', [emitter.named(y, 'first'), emitter.named(other, 'first')]);
  return new Operand(y.shape, { first: sum });
};

export const maxPool: Lowering = (call, emitter) =>
  pooled('MaxPool', call.inputs.x!, attributesOf(call), emitter);

/** A mean over the part of a window that lies inside. */
export const averagePool: Lowering = (call, emitter) =>
  pooled('AveragePool', call.inputs.x!, attributesOf(call), emitter);

export const globalAveragePool: Lowering = ({ inputs }, emitter) => {
  const [batch, , , channels] = inputs.x!.shape as [number, number, number, number];
  const means = emitter.node('GlobalAveragePool', [emitter.named(inputs.x!, 'first')]);
  return new Operand([batch, channels], { last: emitter.reshaped(means, [batch, channels]) });
};

/** By whole numbers alone, which is all that octave convolution asks for. */
export const resizeNearest: Lowering = (call, emitter) => {
  const { size, alignCorners, halfPixelCenters } = attributesOf<ResizeAttributes>(call);
  const { images } = call.inputs;
  const [, height, width] = images!.shape as [number, number, number, number];
  const times = size[0] / height;
  if (alignCorners || halfPixelCenters || !Number.isInteger(times) || size[1] !== times * width) {
    throw new Error(`resizing ${height}×${width} to ${size.join('×')} has no lowering to ONNX`);
  }
  return enlarged(emitter, images!, times);
};

/** Means of bins, which may share places, are a product with a matrix an axis. */
export const mapResize: Lowering = (call, emitter) => {
  const { height, width, rule } = attributesOf<MapResizeAttrs>(call);
  const { x } = call.inputs;
  const [batch, rows, columns, channels] = x!.shape as [number, number, number, number];
  const from = emitter.named(x!, 'first');
  const bilinear = (): string => {
    const scales = emitter.floats([4], [1, 1, factorFor(rows, height), factorFor(columns, width)]);
    return emitter.node('Resize', [from, '', scales], {
      mode: 'linear',
      coordinate_transformation_mode: 'half_pixel',
    });
  };
  const means = (): string => {
    const ofColumns = emitter.floats([columns, width], shareMatrix(columns, width, rule, true));
    const ofRows = emitter.floats([height, rows], shareMatrix(rows, height, rule));
    return emitter.node('MatMul', [ofRows, emitter.node('MatMul', [from, ofColumns])]);
  };
  return new Operand([batch, height, width, channels], { first: rule === 'mean' ? means() : bilinear() });
};

/**
 * The float32 that `Resize` takes for an axis: readers round `factor · from` down, in single or in double precision, and
 * what was rounded to the nearest may lack a place then (31 / 7).
 */
export function factorFor(from: number, to: number): number {
  const bits = new Float32Array([to / from]);
  const asWhole = new Uint32Array(bits.buffer);
  while (bits[0] * from < to || Math.fround(bits[0] * from) < to) asWhole[0]++;
  return bits[0];
}

// --- internal ---

function convolved(
  emitter: Emitter,
  x: Operand,
  filter: Operand,
  bias: Operand | undefined,
  { strides, pad, dilations = 1 }: ConvolutionAttributes,
  isDepthwise: boolean,
): Operand {
  const info = backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number, number],
    strides,
    dilations,
    pad,
    undefined,
    isDepthwise,
  );
  const { top, left, bottom, right } = info.padInfo;
  const inputs = [emitter.named(x, 'first'), storedFilter(emitter, filter, isDepthwise)];
  if (bias) inputs.push(emitter.named(bias));
  const y = emitter.node('Conv', inputs, {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [top, left, bottom, right],
    group: isDepthwise ? info.inChannels : 1,
  });
  return new Operand(info.outShape, { first: y });
}

function storedFilter(emitter: Emitter, { shape, values }: Operand, isDepthwise: boolean): string {
  if (values === undefined) throw new Error('a filter that depends on the images has no lowering to ONNX');
  const [height, width, from, to] = shape as [number, number, number, number];
  const taps = height * width;
  const turned = new Float32Array(values.length);
  for (let tap = 0; tap < taps; tap++)
    for (let c = 0; c < from; c++)
      for (let f = 0; f < to; f++) {
        const at = isDepthwise ? c * to + f : f * from + c;
        turned[at * taps + tap] = values[(tap * from + c) * to + f]!;
      }
  const dims = isDepthwise ? [from * to, 1] : [to, from];
  return emitter.floats([...dims, height, width], turned);
}

function pooled(
  op: string,
  x: Operand,
  { filterSize, strides, pad }: PoolAttributes,
  emitter: Emitter,
): Operand {
  const shape = x.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
  const { top, left, bottom, right } = info.padInfo;
  const y = emitter.node(op, [emitter.named(x, 'first')], {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    pads: [top, left, bottom, right],
  });
  return new Operand(info.outShape, { first: y });
}

function enlarged(emitter: Emitter, x: Operand, times: number): Operand {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const scales = emitter.floats([4], [1, 1, times, times]);
  const y = emitter.node('Resize', [emitter.named(x, 'first'), '', scales], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
  return new Operand([batch, times * height, times * width, channels], { first: y });
}

/** The upper left part, of the height and width of a shape. */
function cropped(emitter: Emitter, x: Operand, [batch, height, width]: readonly number[]): Operand {
  if (x.shape[1] === height && x.shape[2] === width) return x;
  const ends = emitter.ints(height!, width!);
  const inputs = [emitter.named(x, 'first'), emitter.ints(0, 0), ends, emitter.ints(2, 3)];
  return new Operand([batch!, height!, width!, x.shape[3]!], { first: emitter.node('Slice', inputs) });
}
