import { RandomStream } from '../util/random.js';

/** Numbers of a shape, as tests of engines hand them over. */
interface Values {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A call of a kernel and what it gives in double precision. */
export interface ExactCall {
  readonly name: 'Conv2D' | 'Conv2DBackpropInput' | 'Conv2DBackpropFilter';
  readonly inputs: Readonly<Record<string, Values>>;
  readonly attrs: object;
  readonly exact: Float64Array;
}

/**
 * A 3×3 convolution with padding 1 of one image of `size`² places to 16 outputs, and both gradients. The image is as
 * after a relu, the weights as He et al. 2015 draw them.
 */
export function exactConvolutions(size: number, channels: number): ExactCall[] {
  const outputs = 16;
  const shape = [1, size, size, channels];
  const x = normal(shape, 0, 1);
  x.values.forEach((value, i) => (x.values[i] = Math.max(0, value)));
  const filter = normal([3, 3, channels, outputs], 1, Math.sqrt(2 / (9 * channels)));
  const dy = normal([1, size, size, outputs], 2, 1);
  const y = new Float64Array(size * size * outputs);
  const dFilter = new Float64Array(9 * channels * outputs);
  const dx = new Float64Array(size * size * channels);
  overTaps(size, (to, from, tap) => {
    for (let c = 0; c < channels; c++)
      for (let o = 0; o < outputs; o++) {
        const [at, seen, weight] = [
          to * outputs + o,
          from * channels + c,
          (tap * channels + c) * outputs + o,
        ];
        y[at] += x.values[seen] * filter.values[weight];
        dFilter[weight] += x.values[seen] * dy.values[at];
        dx[seen] += dy.values[at] * filter.values[weight];
      }
  });
  const attrs = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
  return [
    { name: 'Conv2D', inputs: { x, filter }, attrs, exact: y },
    {
      name: 'Conv2DBackpropInput',
      inputs: { dy, filter },
      attrs: { ...attrs, inputShape: shape },
      exact: dx,
    },
    {
      name: 'Conv2DBackpropFilter',
      inputs: { x, dy },
      attrs: { ...attrs, filterShape: filter.shape },
      exact: dFilter,
    },
  ];
}

/** Error of `actual` as a share of the exact values: root of the mean squares, and the largest over that root. */
export function errorOf(
  actual: ArrayLike<number>,
  exact: Float64Array,
): { readonly rms: number; readonly worst: number } {
  let [squares, errors, worst] = [0, 0, 0];
  exact.forEach((value, i) => {
    squares += value ** 2;
    errors += (actual[i] - value) ** 2;
    worst = Math.max(worst, Math.abs(actual[i] - value));
  });
  const scale = Math.sqrt(squares / exact.length);
  return { rms: Math.sqrt(errors / exact.length) / scale, worst: worst / scale };
}

// --- internal ---

/** Standard normal numbers times `scale`. */
function normal(shape: readonly number[], salt: number, scale: number): Values {
  const stream = new RandomStream('convolutions', salt, ...shape);
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, values: Float32Array.from({ length: size }, () => scale * stream.normal()) };
}

/** `use` gets the places of the output and of x that a tap connects. */
function overTaps(size: number, use: (to: number, from: number, tap: number) => void): void {
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++)
      for (let tap = 0; tap < 9; tap++) {
        const [y, x] = [i + Math.floor(tap / 3) - 1, j + (tap % 3) - 1];
        if (y >= 0 && y < size && x >= 0 && x < size) use(i * size + j, y * size + x, tap);
      }
}
