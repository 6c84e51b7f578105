import { backend_util, slice_util, util, type TensorInfo } from '../../../engine/tf.js';
import { orderedAxis, type Emitter } from '../emitter.js';
import { Operand } from '../operand.js';
import { attributesOf, type Lowering } from './lowering.js';

export const reshape: Lowering = (call, emitter) => {
  const [x] = call.list;
  const { shape } = attributesOf<{ readonly shape: number[] }>(call);
  const size = util.sizeFromShape([...x!.shape]);
  return reshapedTo(emitter, x!, util.inferFromImplicitShape(shape, size));
};

export const transpose: Lowering = (call, emitter) => {
  const [x] = call.list;
  const { perm } = attributesOf<{ readonly perm: readonly number[] }>(call);
  const y = emitter.node('Transpose', [emitter.named(x!)], { perm });
  return new Operand(
    perm.map((axis) => x!.shape[axis]!),
    { last: y },
  );
};

export const concat: Lowering = (call, emitter) => {
  const { list } = call;
  const axis = positive(attributesOf<{ readonly axis: number }>(call).axis, list[0]!.shape.length);
  const layout = list.some((x) => x.layout === 'first') ? 'first' : 'last';
  const y = emitter.node(
    'Concat',
    list.map((x) => emitter.named(x, layout)),
    { axis: orderedAxis(axis, layout) },
  );
  const length = list.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  return new Operand(list[0]!.shape.with(axis, length), { [layout]: y });
};

/** Puts tensors of one shape behind one another, on an axis of its own. */
export const pack: Lowering = (call, emitter) => {
  const { list } = call;
  const { shape } = list[0]!;
  const axis = positive(attributesOf<{ readonly axis: number }>(call).axis, shape.length + 1);
  const axes = emitter.ints(axis);
  const parts = list.map((x) => emitter.node('Unsqueeze', [emitter.named(x), axes]));
  return new Operand(shape.toSpliced(axis, 0, list.length), {
    last: emitter.node('Concat', parts, { axis }),
  });
};

export const split: Lowering = (call, emitter) => {
  const [x] = call.list;
  const attrs = attributesOf<{ readonly numOrSizeSplits: number[] | number; readonly axis: number }>(call);
  const axis = positive(attrs.axis, x!.shape.length);
  const sizes = backend_util.prepareSplitSize(asInfo(x!), attrs.numOrSizeSplits, axis);
  const { layout } = x!;
  const inputs = [emitter.named(x!, layout), emitter.ints(...sizes)];
  const parts = emitter.nodes('Split', inputs, sizes.length, { axis: orderedAxis(axis, layout) });
  return parts.map((part, i) => new Operand(x!.shape.with(axis, sizes[i]!), { [layout]: part }));
};

/** Only along the axes that are cut, so never along that of the batch. */
export const slice: Lowering = (call, emitter) => {
  const [x] = call.list;
  const attrs = attributesOf<{ readonly begin: number[]; readonly size: number[] }>(call);
  const [begin, size] = slice_util.parseSliceParams(asInfo(x!), attrs.begin, attrs.size);
  const axes = size.flatMap((length, axis) => (length === x!.shape[axis] ? [] : [axis]));
  if (axes.length === 0) return new Operand(x!.shape, { ...x!.names });
  const { layout } = x!;
  const y = emitter.node('Slice', [
    emitter.named(x!, layout),
    emitter.ints(...axes.map((axis) => begin[axis]!)),
    emitter.ints(...axes.map((axis) => begin[axis]! + size[axis]!)),
    emitter.ints(...axes.map((axis) => orderedAxis(axis, layout))),
  ]);
  return new Operand(size, { [layout]: y });
};

/** From the last place to the first. */
export const reverse: Lowering = (call, emitter) => {
  const [x] = call.list;
  const { dims } = attributesOf<{ readonly dims: number | readonly number[] }>(call);
  const axes = [dims].flat().map((axis) => positive(axis as number, x!.shape.length));
  const y = emitter.node('Slice', [
    emitter.named(x!),
    emitter.ints(...axes.map(() => -1)),
    emitter.ints(...axes.map(() => -(2 ** 31))),
    emitter.ints(...axes),
    emitter.ints(...axes.map(() => -1)),
  ]);
  return new Operand(x!.shape, { last: y });
};

type Paddings = readonly (readonly [before: number, after: number])[];

export const pad: Lowering = (call, emitter) => {
  const { paddings, constantValue } = attributesOf<{
    readonly paddings: Paddings;
    readonly constantValue: number;
  }>(call);
  return padded(emitter, call.list[0]!, paddings, [emitter.floats([], [constantValue])]);
};

/** The edge is not repeated: ONNX has no other mirrors. */
export const mirrorPad: Lowering = (call, emitter) => {
  const { paddings, mode } = attributesOf<{ readonly paddings: Paddings; readonly mode: string }>(call);
  if (mode !== 'reflect') throw new Error(`no ${mode} padding in ONNX`);
  return padded(emitter, call.list[0]!, paddings, [], { mode });
};

export const matMul: Lowering = (call, emitter) => {
  const { a, b } = call.inputs;
  const { transposeA, transposeB } = attributesOf<{
    readonly transposeA: boolean;
    readonly transposeB: boolean;
  }>(call);
  const left = turned(emitter, a!, transposeA);
  const right = turned(emitter, b!, transposeB);
  const batches = backend_util.assertAndGetBroadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const y = emitter.node('MatMul', [emitter.named(left), emitter.named(right)]);
  return new Operand([...batches, left.shape.at(-2)!, right.shape.at(-1)!], { last: y });
};

/** A sum over some axes. */
export function reduction(op: 'ReduceSum'): Lowering {
  return (call, emitter) => {
    const [x] = call.list;
    const attrs = attributesOf<{ readonly axis: number | number[]; readonly keepDims: boolean }>(call);
    const axes = util.parseAxisParam(attrs.axis, [...x!.shape]);
    const y = emitter.node(op, [emitter.named(x!), emitter.ints(...axes)], {
      keepdims: attrs.keepDims ? 1 : 0,
    });
    const kept = x!.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
    const shape = attrs.keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis));
    return new Operand(shape, { last: y });
  };
}

// --- internal ---

function padded(
  emitter: Emitter,
  x: Operand,
  paddings: Paddings,
  value: readonly string[],
  attributes: Readonly<Record<string, string>> = {},
): Operand {
  const { layout, shape } = x;
  const sides = shape.map(() => [0, 0] as readonly [number, number]);
  paddings.forEach(
    (around, axis) => (sides[layout === 'first' ? orderedAxis(axis, 'first') : axis] = around),
  );
  const places = emitter.ints(...sides.map(([before]) => before), ...sides.map(([, after]) => after));
  const y = emitter.node('Pad', [emitter.named(x, layout), places, ...value], attributes);
  return new Operand(
    shape.map((length, axis) => paddings[axis]![0] + length + paddings[axis]![1]),
    { [layout]: y },
  );
}

/** What tf.js takes to look at a shape. */
function asInfo({ shape }: Operand): TensorInfo {
  return { shape: [...shape], dtype: 'float32', dataId: {} };
}

/** What is one place wide and high lies in memory alike in both orders, and stays in the one of ONNX. */
function reshapedTo(emitter: Emitter, x: Operand, shape: readonly number[]): Operand {
  const isPlace = (of: readonly number[]): boolean => of.length === 4 && of[1] === 1 && of[2] === 1;
  const from = emitter.named(x, isPlace(x.shape) ? x.layout : 'last');
  if (isPlace(shape))
    return new Operand(shape, { first: emitter.reshaped(from, [shape[0]!, shape[3]!, 1, 1]) });
  return new Operand(shape, { last: emitter.reshaped(from, shape) });
}

function turned(emitter: Emitter, x: Operand, isTurned: boolean): Operand {
  if (!isTurned) return x;
  const { shape, values } = x;
  const rank = shape.length;
  const [rows, columns] = [shape[rank - 2]!, shape[rank - 1]!];
  const to = [...shape.slice(0, -2), columns, rows];
  if (values === undefined) {
    const perm = shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
    return new Operand(to, { last: emitter.node('Transpose', [emitter.named(x)], { perm }) });
  }
  const matrix = rows * columns;
  const other = Float32Array.from({ length: values.length }, (_, i) => {
    const at = i % matrix;
    return values[i - at + (at % rows) * columns + Math.floor(at / rows)]!;
  });
  return new Operand(to, {}, other);
}

function positive(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
