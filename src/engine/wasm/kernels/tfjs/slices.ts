import {
  type TensorInfo,
  Concat,
  ExpandDims,
  Pack,
  Reverse,
  Slice,
  SplitV,
  StridedSlice,
  Tile,
  Unpack,
  backend_util,
  slice_util,
  util,
} from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { type AxisMap, mapAxes, wholeAxis } from '../parts/axis-maps.js';
import { copyRows, hasWords } from '../parts/copies.js';
import { type Inputs, kernel } from '../kernel.js';

function cut(start: number, count: number): AxisMap {
  return { before: 0, start, count, after: 0 };
}

function slice(
  backend: WasmBackend,
  x: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): TensorInfo | undefined {
  return mapAxes(
    backend,
    x,
    size.map((count, axis) => cut(begin[axis], count)),
  );
}

/** Parts of `x` along an axis, one behind the other. */
function split(
  backend: WasmBackend,
  x: TensorInfo,
  axis: number,
  counts: readonly number[],
): TensorInfo[] | undefined {
  if (!hasWords(x)) return undefined;
  let start = 0;
  return counts.map((count) => {
    const maps = x.shape.map((length, i) => (i === axis ? cut(start, count) : wholeAxis(length)));
    start += count;
    return mapAxes(backend, x, maps)!;
  });
}

/** Tensors of shape [outer, nᵢ, inner], whatever their axes are, side by side in one of `shape`. */
function join(
  backend: WasmBackend,
  tensors: readonly TensorInfo[],
  outer: number,
  shape: readonly number[],
): TensorInfo | undefined {
  if (!hasWords(...tensors) || tensors.some(({ dtype }) => dtype !== tensors[0].dtype)) return undefined;
  const out = backend.output(shape, tensors[0].dtype);
  const stride = (util.sizeFromShape(shape as number[]) / Math.max(1, outer)) * 4;
  let to = backend.pointer(out);
  for (const tensor of tensors) {
    const size = (util.sizeFromShape(tensor.shape) / Math.max(1, outer)) * 4;
    const source = { pointer: backend.pointer(tensor), stride: size };
    copyRows(backend, source, { pointer: to, stride }, size, outer);
    to += size;
  }
  return out;
}

const asList = (inputs: Inputs): TensorInfo[] => Object.values(inputs);

export const sliceKernels = [
  kernel<{ begin: number | number[]; size: number | number[] }>(Slice, (backend, { x }, { begin, size }) => {
    const [$begin, $size] = slice_util.parseSliceParams(x, begin, size);
    slice_util.assertParamsValid(x, $begin, $size);
    return slice(backend, x, $begin, $size);
  }),

  kernel<Record<'begin' | 'end' | 'strides', number[]> & Record<`${string}Mask`, number>>(
    StridedSlice,
    (backend, { x }, attrs) => {
      const info = slice_util.sliceInfo(
        x.shape,
        attrs.begin,
        attrs.end,
        attrs.strides,
        attrs.beginMask,
        attrs.endMask,
        attrs.ellipsisMask,
        attrs.newAxisMask,
        attrs.shrinkAxisMask,
      );
      const { finalShapeSparse, finalShape, begin, strides } = info;
      if (begin.length !== x.shape.length) return undefined;
      const maps = finalShapeSparse.map((length, axis) =>
        strides[axis] === 1
          ? cut(begin[axis], length)
          : Array.from({ length }, (_, i) => begin[axis] + i * strides[axis]),
      );
      const out = mapAxes(backend, x, maps);
      return out && { ...out, shape: finalShape };
    },
  ),

  kernel<{ axis: number }>(Concat, (backend, inputs, { axis }) => {
    const tensors = asList(inputs);
    const [$axis] = util.parseAxisParam(axis, tensors[0].shape);
    const shapes = tensors.map(({ shape }) => shape);
    backend_util.assertParamsConsistent(shapes, $axis);
    const shape = backend_util.computeOutShape(shapes, $axis);
    return join(backend, tensors, util.sizeFromShape(shape.slice(0, $axis)), shape);
  }),

  kernel<{ axis: number }>(Pack, (backend, inputs, { axis }) => {
    const tensors = asList(inputs);
    const [{ shape }] = tensors;
    const at = axis < 0 ? axis + shape.length + 1 : axis;
    for (const tensor of tensors) util.assertShapesMatch(shape, tensor.shape, 'stack takes equal shapes: ');
    return join(
      backend,
      tensors,
      util.sizeFromShape(shape.slice(0, at)),
      shape.toSpliced(at, 0, tensors.length),
    );
  }),

  kernel<{ numOrSizeSplits: number | number[]; axis: number }>(
    SplitV,
    (backend, { x }, { numOrSizeSplits, axis }) => {
      const [$axis] = util.parseAxisParam(axis, x.shape);
      const counts = backend_util.prepareSplitSize(
        x as Parameters<typeof backend_util.prepareSplitSize>[0],
        numOrSizeSplits,
        $axis,
      );
      return split(backend, x, $axis, counts);
    },
  ),

  kernel<{ axis: number }>(Unpack, (backend, { value }, { axis }) => {
    const [$axis] = util.parseAxisParam(axis, value.shape);
    const parts = split(backend, value, $axis, new Array<number>(value.shape[$axis]).fill(1));
    return parts?.map((part) => ({ ...part, shape: part.shape.toSpliced($axis, 1) }));
  }),

  kernel<{ reps: number[] }>(Tile, (backend, { x }, { reps }) =>
    mapAxes(
      backend,
      x,
      x.shape.map((length, axis) =>
        reps[axis] === 1
          ? wholeAxis(length)
          : Array.from({ length: length * reps[axis] }, (_, i) => i % length),
      ),
    ),
  ),

  kernel<{ dims: number | number[] }>(Reverse, (backend, { x }, { dims }) => {
    const axes = util.parseAxisParam(dims, x.shape);
    return mapAxes(
      backend,
      x,
      x.shape.map((length, axis) =>
        axes.includes(axis) ? Array.from({ length }, (_, i) => length - 1 - i) : wholeAxis(length),
      ),
    );
  }),

  kernel<{ dim: number }>(ExpandDims, (backend, { input }, { dim }) => {
    if (input.dtype === 'complex64') return undefined;
    const at = dim < 0 ? dim + input.shape.length + 1 : dim;
    return backend.alias(input, input.shape.toSpliced(at, 0, 1));
  }),
];
