import type { KernelConfig, TensorInfo } from '../tf-core.js';
import type { MathBackendCPU } from '../tf-cpu.js';

export type Numbers = Float32Array | Int32Array | Uint8Array;

/** What a plain kernel sees: numbers in, numbers out. */
export interface PlainCall<Attrs> {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attrs: Attrs;
  /** The numbers of an input. */
  values(name: string): Numbers;
  /** For kernels that are made of those of tf.js. */
  readonly backend: MathBackendCPU;
  /** Makes an output tensor of these numbers. */
  output(shape: readonly number[], values: Float32Array): TensorInfo;
}

/**
 * A kernel in plain TypeScript for tf.js's CPU backend. Any backend that derives from it, or that
 * serves `data.get(id).values` and `makeTensorInfo`, can run it as well.
 */
export function plainKernel<Attrs extends object>(
  kernelName: string,
  compute: (call: PlainCall<Attrs>) => TensorInfo | TensorInfo[],
): KernelConfig {
  return {
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const cpu = backend as MathBackendCPU;
      const infos = inputs as Record<string, TensorInfo>;
      return compute({
        inputs: infos,
        attrs: attrs as unknown as Attrs,
        backend: cpu,
        values: (name) => cpu.data.get(infos[name].dataId).values as Numbers,
        output: (shape, values) => cpu.makeTensorInfo(shape as number[], 'float32', values),
      });
    },
  };
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
