import type * as tf from '../../../tf-core.js';
import { zerosBefore, type InvolutionAttrs } from '../../../kernels/involution.js';
import { add, pad, slice, stridedSlice } from '../stock.js';

/** The numbers that the compositions of involution share: [B,H,W,C] seen by [B,OH,OW,C]. */
export class Geometry {
  readonly perGroup: number;
  /** Places from the first tap to the last. */
  readonly reach: number;
  readonly before: number;

  constructor(
    readonly attrs: InvolutionAttrs,
    readonly input: readonly number[],
    readonly output: readonly number[],
  ) {
    const { kernelSize, groups, dilation } = attrs;
    this.perGroup = input[3] / groups;
    this.reach = (kernelSize - 1) * dilation + 1;
    this.before = zerosBefore(attrs);
  }

  get taps(): number {
    return this.attrs.kernelSize ** 2;
  }

  /** How many places of an axis `count` outputs see, zeros around the map included. */
  seen(count: number): number {
    return (count - 1) * this.attrs.stride + this.reach;
  }

  /** x with the zeros around it: [B, seen(OH), `width`, C]. Places at the end that no output sees are left out. */
  padded(x: tf.TensorInfo, width: number): tf.Tensor {
    const [batch, height, across, channels] = x.shape;
    const rows = this.seen(this.output[1]);
    const after = (length: number, all: number): [number, number] => [
      this.before,
      Math.max(0, all - length - this.before),
    ];
    const wide = pad(x, [[0, 0], after(height, rows), after(across, width), [0, 0]]);
    return slice(wide, [0, 0, 0, 0], [batch, rows, width, channels]);
  }

  /** The map inside of such zeros: [B,H,W,C]. */
  unpadded(x: tf.TensorInfo): tf.Tensor {
    const [batch, height, width, channels] = this.input;
    const lack = (length: number, all: number): [number, number] => [
      0,
      Math.max(0, this.before + length - all),
    ];
    const whole = pad(x, [[0, 0], lack(height, x.shape[1]), lack(width, x.shape[2]), [0, 0]]);
    return slice(whole, [0, this.before, this.before, 0], [batch, height, width, channels]);
  }

  /** The rows that the taps of row `u` of the kernel see: [B, OH, …] of [B, seen(OH), …]. */
  rowsSeen(x: tf.TensorInfo, u: number): tf.Tensor {
    const rest = x.shape.slice(2);
    const { dilation, stride } = this.attrs;
    return stridedSlice(
      x,
      [0, u * dilation, ...rest.map(() => 0)],
      [x.shape[0], this.output[1], ...rest],
      [1, stride, ...rest.map(() => 1)],
    );
  }
}

/** The sum so far with one more term; memory for two, however many terms there are. */
export function accumulate(sum: tf.Tensor | undefined, term: tf.Tensor): tf.Tensor {
  if (sum === undefined) return term;
  const next = add(sum, term);
  sum.dispose();
  term.dispose();
  return next;
}
