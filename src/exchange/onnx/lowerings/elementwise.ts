import type { BatchNormAttrs, FusedActivation } from '../../../engine/kernels/batch-norm.js';
import { backend_util } from '../../../engine/tf.js';
import type { Emitter } from '../emitter.js';
import { Operand, type Layout } from '../operand.js';
import { attributesOf, type Lowering } from './lowering.js';

/** A node that takes every value by itself. */
export function unary(op: string): Lowering {
  return ({ list: [x] }, emitter) => likeEach(emitter, x!, (name) => emitter.node(op, [name]));
}

/** A node that takes values in pairs, either side repeated where it is shorter. */
export function binary(op: string): Lowering {
  return ({ list: [a, b] }, emitter) => paired(emitter, op, a!, b!);
}

export const square: Lowering = ({ list: [x] }, emitter) =>
  likeEach(emitter, x!, (name) => emitter.node('Mul', [name, name]));

export const rsqrt: Lowering = ({ list: [x] }, emitter) =>
  likeEach(emitter, x!, (name) => emitter.node('Reciprocal', [emitter.node('Sqrt', [name])]));

export const swish: Lowering = ({ list: [x] }, emitter) =>
  likeEach(emitter, x!, (name) => activated(emitter, 'swish', name));

export const gelu: Lowering = ({ list: [x] }, emitter) =>
  likeEach(emitter, x!, (name) => activated(emitter, 'gelu', name));

/** The same value: a name is enough. */
export const identity: Lowering = ({ list: [x] }) => new Operand(x!.shape, { ...x!.names });

/** Ones or zeros, whatever the values are. */
export function filledLike(value: number): Lowering {
  return ({ list: [x] }) => {
    const size = x!.shape.reduce((product, length) => product * length, 1);
    return new Operand(x!.shape, {}, new Float32Array(size).fill(value));
  };
}

/** One sum after the other, so that no more than two terms are needed at a time. */
export const sumOfAll: Lowering = ({ list: [first, ...others] }, emitter) =>
  others.reduce((sum, each) => paired(emitter, 'Add', sum, each), first!);

/** x [B,H,W,C], scale [B,C]. */
export const channelScale: Lowering = ({ inputs: { x, scale } }, emitter) => {
  const [batch, channels] = scale!.shape as [number, number];
  const planes = emitter.reshaped(emitter.named(scale!), [batch, channels, 1, 1]);
  return new Operand(x!.shape, { first: emitter.node('Mul', [emitter.named(x!, 'first'), planes]) });
};

/** y = s·x + t with s = scale/√(variance + ε) and t = offset − s·mean: `fold-norms.ts` puts both into a convolution. */
export const batchNorm: Lowering = (call, emitter) => {
  const { x, scale, offset, mean, variance } = call.inputs;
  const { epsilon, activation } = attributesOf<BatchNormAttrs>(call);
  const channels = scale!.shape[0]!;
  const slope = Float64Array.from(
    { length: channels },
    (_, c) => scale!.values![c]! / Math.sqrt(variance!.values![c]! + epsilon),
  );
  const shift = slope.map((s, c) => offset!.values![c]! - s * mean!.values![c]!);
  const layout = x!.layout;
  const dims = layout === 'first' ? [1, channels, 1, 1] : [channels];
  const scaled = emitter.node('Mul', [emitter.named(x!, layout), emitter.floats(dims, slope)]);
  const moved = emitter.node('Add', [scaled, emitter.floats(dims, shift)]);
  return new Operand(x!.shape, { [layout]: activated(emitter, activation, moved) });
};

/** Softmax over the last axis. */
export const softmax: Lowering = (call, emitter) => {
  const [x] = call.list;
  const { dim } = attributesOf<{ readonly dim: number }>(call);
  if (dim !== -1 && dim !== x!.shape.length - 1)
    throw new Error('a softmax over an axis that is not the last');
  return new Operand(x!.shape, { last: emitter.node('Softmax', [emitter.named(x!)], { axis: -1 }) });
};

// --- internal ---

/** In the order in which it is there. */
function likeEach(emitter: Emitter, x: Operand, make: (name: string) => string): Operand {
  return new Operand(x.shape, { [x.layout]: make(emitter.named(x, x.layout)) });
}

function paired(emitter: Emitter, op: string, a: Operand, b: Operand): Operand {
  const shape = backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
  const layout = commonLayout(a, b);
  const side = (x: Operand): string => emitter.named(layout === 'first' ? ofFourAxes(x) : x, layout);
  return new Operand(shape, { [layout]: emitter.node(op, [side(a), side(b)]) });
}

/** Channels first where an image is there so, and the other side can be. */
function commonLayout(a: Operand, b: Operand): Layout {
  const canBeFirst = (x: Operand): boolean => x.shape.length === 4 || x.isConstant;
  return (a.layout === 'first' || b.layout === 'first') && canBeFirst(a) && canBeFirst(b) ? 'first' : 'last';
}

/** A constant with axes of one place before its own. */
function ofFourAxes(x: Operand): Operand {
  if (x.shape.length === 4) return x;
  return new Operand([...new Array<number>(4 - x.shape.length).fill(1), ...x.shape], {}, x.values);
}

function activated(emitter: Emitter, activation: FusedActivation, name: string): string {
  if (activation === 'none') return name;
  if (activation === 'relu') return emitter.node('Relu', [name]);
  if (activation === 'swish') return emitter.node('Mul', [name, emitter.node('Sigmoid', [name])]);
  // x·½·(1 + erf(x/√2)), written so that readers know it as GELU.
  const error = emitter.node('Erf', [emitter.node('Div', [name, emitter.floats([], [Math.SQRT2])])]);
  const product = emitter.node('Mul', [name, emitter.node('Add', [error, emitter.floats([], [1])])]);
  return emitter.node('Mul', [product, emitter.floats([], [0.5])]);
}
