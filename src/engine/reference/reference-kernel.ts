import type { KernelBase, Numbers, Outputs, ReferenceCall, Shape } from '../kernels/kernel.js';
import { type KernelConfig, type NamedAttrMap, type TensorInfo, getKernel } from '../tf-core.js';
import type { MathBackendCPU } from '../tf-cpu.js';

/**
 * The kernel of tf.js's cpu backend that a declaration's reference numbers make. Any backend that derives from it, or
 * that serves `data.get(id).values` and `makeTensorInfo`, can run it as well.
 */
export function referenceKernel({ name, inputs, outputs, reference }: KernelBase): KernelConfig {
  const inputNames = Object.keys(inputs);
  const outputNames = Object.keys(outputs);
  const shapeOf = outputs as Readonly<Record<string, (shapes: object, attrs: object) => Shape>>;
  const compute = reference as (call: ReferenceCall<KernelBase['inputs'], object>) => unknown;
  return {
    kernelName: name,
    backendName: 'cpu',
    kernelFunc: ({ inputs: given, backend, attrs = {} }) => {
      const cpu = backend as MathBackendCPU;
      const infos = given as Record<string, TensorInfo>;
      const of = <T>(each: (info: TensorInfo) => T): Record<string, T> =>
        Object.fromEntries(inputNames.map((input) => [input, each(infos[input])]));
      const shapes = of(({ shape }) => shape);
      const result = compute({
        shapes,
        values: of(({ dataId }) => cpu.data.get(dataId).values as Numbers),
        attrs,
        tfjs: (kernelName, names, tfjsAttrs) =>
          runTfjs(cpu, kernelName, Object.fromEntries(names.map((each) => [each, infos[each]])), tfjsAttrs),
      });
      const named = (outputNames.length === 1 ? { [outputNames[0]]: result } : result) as Record<
        keyof Outputs,
        Float32Array
      >;
      const made = outputNames.map((output) =>
        cpu.makeTensorInfo([...shapeOf[output](shapes, attrs)], 'float32', named[output]),
      );
      return made.length === 1 ? made[0] : made;
    },
  };
}

// --- internal ---

/** Looked up at each call, so that whoever counts tf.js's convolutions counts this one too. */
function runTfjs(
  backend: MathBackendCPU,
  kernelName: string,
  inputs: Record<string, TensorInfo>,
  attrs: object,
): Numbers {
  const { kernelFunc } = getKernel(kernelName, 'cpu');
  const made = kernelFunc({ inputs, backend, attrs: attrs as NamedAttrMap }) as TensorInfo;
  const values = (backend.data.get(made.dataId).values as Numbers).slice();
  backend.disposeIntermediateTensorInfo(made);
  return values;
}
