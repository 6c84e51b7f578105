/** The order of the axes of images: channels last, [B,H,W,C], as here, or first, [B,C,H,W], as in ONNX. */
export type Layout = 'last' | 'first';

/**
 * A tensor while a network is traced. One that follows from the weights alone has values; one that depends on the
 * images has the names of values of the graph.
 */
export class Operand {
  constructor(
    /** [B,H,W,C] of images, whatever its layouts. */
    readonly shape: readonly number[],
    /** By layout, as far as they were wanted. */
    readonly names: Partial<Record<Layout, string>>,
    readonly values?: ArrayLike<number>,
  ) {}

  get isConstant(): boolean {
    return this.values !== undefined;
  }

  /** The order in which it is there: first, where it is there in both. */
  get layout(): Layout {
    return this.names.first === undefined ? 'last' : 'first';
  }

  /** Whether its values lie in memory the same way in both orders. */
  get isSameInBoth(): boolean {
    const [, height, width, channels] = this.shape;
    return height! * width! === 1 || channels === 1;
  }

  /** Whether it is a constant whose values are all this one. */
  isAll(value: number): boolean {
    return (
      this.values !== undefined && Array.prototype.every.call(this.values, (each: number) => each === value)
    );
  }
}
