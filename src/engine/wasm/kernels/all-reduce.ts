import type { Reduction } from '../../all-reduce.js';
import { AllReduceMean, AllReduceMoments } from '../../kernels/all-reduce.js';
import type { TensorInfo } from '../../tf-core.js';
import type { WasmBackend } from '../backend.js';
import { wasmKernel } from './kernel.js';

export const allReduceMoments = wasmKernel(AllReduceMoments, (backend, { mean, variance }, { places }) =>
  met(backend, { reduction: 'moments', places }, [mean, variance], 3),
);

export const allReduceMean = wasmKernel(AllReduceMean, (backend, { a, b }, { places }) =>
  met(backend, { reduction: 'mean', places }, [a, b], 2),
);

// --- internal ---

/** Where nothing is recorded there is one worker alone, and the reference does. */
function met(
  backend: WasmBackend,
  how: { readonly reduction: Reduction; readonly places: number },
  inputs: readonly TensorInfo[],
  count: number,
): TensorInfo[] | undefined {
  const { recorder } = backend;
  if (recorder === undefined) return undefined;
  const outputs = Array.from({ length: count }, () => backend.output(inputs[0].shape));
  recorder.allReduce(
    how,
    inputs.map((input) => backend.pointer(input)),
    outputs.map((output) => backend.pointer(output)),
    inputs[0].shape[0],
  );
  return outputs;
}
