import { backend_util, getKernel, registerKernel, unregisterKernel } from './tf-core.js';
import type { KernelConfig, TensorInfo } from './tf-core.js';
import type { MathBackendCPU } from './tf-cpu.js';
import { DilatedConvolution, type DilationAttrs } from './kernels/dilated-convolution.js';
import {
  Involution,
  InvolutionBackpropKernel,
  zerosBefore,
  type InvolutionAttrs,
} from './kernels/involution.js';
import { expectClose } from './testing.js';

interface Operand {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

interface Call {
  readonly inputs: Readonly<Record<string, Operand>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  /** Shape of what the real kernel put out. */
  readonly output: readonly number[];
  /** acc + a·b, counted. */
  readonly multiplyAdd: (accumulator: number, a: number, b: number) => number;
}

/** The kernels that consist of multiply-adds, as plain loops over every tap, padding included. */
const LOOPS: Readonly<Record<string, (call: Call) => number[]>> = {
  Conv2D: convolution,
  FusedConv2D: convolution,
  DepthwiseConv2dNative: depthwise,
  [DilatedConvolution.name]: dilated,
  BatchMatMul: matMul,
  [Involution.name]: involution,
  [InvolutionBackpropKernel.name]: neighbourhoodProduct,
};

/**
 * Runs `run` on the cpu backend and counts its multiply-adds by doing them: each convolution, matrix product
 * and involution is computed a second time by naive loops that count, and must give the numbers of the real
 * kernel. By convention the taps of a kernel that lie in the padding count as multiply-adds too.
 */
export function countMultiplyAdds(run: () => void): number {
  let count = 0;
  const multiplyAdd: Call['multiplyAdd'] = (accumulator, a, b) => {
    count++;
    return accumulator + a * b;
  };
  const originals = Object.keys(LOOPS).map((name) => getKernel(name, 'cpu'));
  try {
    for (const original of originals) replace(counted(original, multiplyAdd));
    run();
  } finally {
    for (const original of originals) replace(original);
  }
  return count;
}

function replace(kernel: KernelConfig): void {
  unregisterKernel(kernel.kernelName, 'cpu');
  registerKernel(kernel);
}

function counted(kernel: KernelConfig, multiplyAdd: Call['multiplyAdd']): KernelConfig {
  return {
    ...kernel,
    kernelFunc: (params) => {
      const result = kernel.kernelFunc(params) as TensorInfo;
      const backend = params.backend as MathBackendCPU;
      const read = (info: TensorInfo): Operand => ({
        shape: info.shape,
        values: Float32Array.from(backend.readSync(info.dataId) as Float32Array),
      });
      const inputs: Record<string, Operand> = {};
      for (const [name, info] of Object.entries(params.inputs)) if (info) inputs[name] = read(info);
      const values = LOOPS[kernel.kernelName]({
        inputs,
        attrs: params.attrs ?? {},
        output: result.shape,
        multiplyAdd,
      });
      expectClose(read(result).values, values, 1e-5, kernel.kernelName);
      return result;
    },
  };
}

/** The value of x at a place of the image, zero outside of it. */
function pixel({ shape: [, height, width, channels], values }: Operand) {
  return (b: number, y: number, x: number, c: number): number =>
    y < 0 || y >= height || x < 0 || x >= width ? 0 : values[((b * height + y) * width + x) * channels + c];
}

/** Where TensorFlow's padding puts the first tap: above and left of the image. */
function geometry({ inputs, attrs }: Call, depthwise: boolean) {
  const info = backend_util.computeConv2DInfo(
    inputs.x.shape as [number, number, number, number],
    inputs.filter.shape as [number, number, number, number],
    attrs.strides as number,
    (attrs.dilations ?? 1) as number,
    attrs.pad as 'same' | 'valid',
    undefined,
    depthwise,
  );
  const { strideHeight: stride, dilationHeight: dilation, padInfo } = info;
  return { stride, dilation, top: padInfo.top, left: padInfo.left };
}

function convolution(call: Call): number[] {
  const { inputs, output, multiplyAdd } = call;
  const { stride, dilation, top, left } = geometry(call, false);
  const [kernelHeight, kernelWidth, channels, filters] = inputs.filter.shape;
  const x = pixel(inputs.x);
  return overPlaces(output, (b, i, j, f) => {
    let sum = 0;
    for (let u = 0; u < kernelHeight; u++)
      for (let v = 0; v < kernelWidth; v++)
        for (let c = 0; c < channels; c++) {
          const weight = inputs.filter.values[((u * kernelWidth + v) * channels + c) * filters + f];
          sum = multiplyAdd(
            sum,
            x(b, i * stride + u * dilation - top, j * stride + v * dilation - left, c),
            weight,
          );
        }
    return sum + (inputs.bias?.values[f] ?? 0);
  });
}

function depthwise(call: Call): number[] {
  const { inputs, output, multiplyAdd } = call;
  const { stride, dilation, top, left } = geometry(call, true);
  const [kernelHeight, kernelWidth, channels, multiplier] = inputs.filter.shape;
  const x = pixel(inputs.x);
  return overPlaces(output, (b, i, j, c) => {
    const source = Math.floor(c / multiplier);
    let sum = 0;
    for (let u = 0; u < kernelHeight; u++)
      for (let v = 0; v < kernelWidth; v++) {
        const weight = inputs.filter.values[(u * kernelWidth + v) * channels * multiplier + c];
        sum = multiplyAdd(
          sum,
          x(b, i * stride + u * dilation - top, j * stride + v * dilation - left, source),
          weight,
        );
      }
    return sum;
  });
}

function dilated(call: Call): number[] {
  const { dilation, depthwise: isDepthwise } = call.attrs as unknown as DilationAttrs;
  const plain = { ...call, attrs: { strides: 1, pad: 'same', dilations: dilation } };
  return isDepthwise ? depthwise(plain) : convolution(plain);
}

function involution({ inputs, attrs, output, multiplyAdd }: Call): number[] {
  const window = attrs as unknown as InvolutionAttrs;
  const { kernelSize, groups, stride, dilation } = window;
  const before = zerosBefore(window);
  const [, height, width, channels] = output;
  const x = pixel(inputs.x);
  const kernel = pixel(inputs.kernel);
  expectClose([inputs.kernel.shape[1], inputs.kernel.shape[2]], [height, width], 0, 'involution kernel');
  return overPlaces(output, (b, i, j, c) => {
    const group = Math.floor((c * groups) / channels);
    let sum = 0;
    for (let u = 0; u < kernelSize; u++)
      for (let v = 0; v < kernelSize; v++) {
        const weight = kernel(b, i, j, group * kernelSize ** 2 + u * kernelSize + v);
        const [y, z] = [i * stride + u * dilation - before, j * stride + v * dilation - before];
        sum = multiplyAdd(sum, x(b, y, z, c), weight);
      }
    return sum;
  });
}

/** By convention a query of ones reads the neighbourhood, which multiplies nothing. */
function neighbourhoodProduct({ inputs: { dy, x }, attrs, multiplyAdd }: Call): number[] {
  const window = attrs as unknown as InvolutionAttrs;
  const { kernelSize, groups, stride, dilation } = window;
  const before = zerosBefore(window);
  const [batch, height, width, channels] = dy.shape;
  const isRead = groups === channels && dy.values.every((value) => value === 1);
  const key = pixel(x);
  const query = pixel(dy);
  const share = channels / groups;
  return overPlaces([batch, height, width, groups * kernelSize ** 2], (b, i, j, at) => {
    const [group, tap] = [Math.floor(at / kernelSize ** 2), at % kernelSize ** 2];
    const y = i * stride + Math.floor(tap / kernelSize) * dilation - before;
    const z = j * stride + (tap % kernelSize) * dilation - before;
    if (isRead) return key(b, y, z, group);
    let sum = 0;
    for (let c = group * share; c < (group + 1) * share; c++)
      sum = multiplyAdd(sum, query(b, i, j, c), key(b, y, z, c));
    return sum;
  });
}

/** Leading axes are the same in both, or of one matrix. */
function matMul({ inputs: { a, b }, attrs, output, multiplyAdd }: Call): number[] {
  const [rows, columns] = output.slice(-2);
  const [height, width] = a.shape.slice(-2);
  const inner = attrs.transposeA ? height : width;
  const matrices = output.slice(0, -2).reduce((product, length) => product * length, 1);
  const startIn = ({ values }: Operand, matrix: number, size: number): number =>
    values.length === size ? 0 : matrix * size;
  const result: number[] = [];
  for (let matrix = 0; matrix < matrices; matrix++) {
    const left = startIn(a, matrix, rows * inner);
    const right = startIn(b, matrix, inner * columns);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) {
          const p = a.values[left + (attrs.transposeA ? k * rows + i : i * inner + k)];
          const q = b.values[right + (attrs.transposeB ? j * inner + k : k * columns + j)];
          sum = multiplyAdd(sum, p, q);
        }
        result.push(sum);
      }
  }
  return result;
}

function overPlaces(
  [batch, height, width, channels]: readonly number[],
  compute: (b: number, i: number, j: number, c: number) => number,
): number[] {
  const result: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++) for (let c = 0; c < channels; c++) result.push(compute(b, i, j, c));
  return result;
}
