import { AllReduceMean, AllReduceMoments } from '../../kernels/all-reduce.js';
import * as tf from '../../tf-core.js';
import type { TensorflowBackend } from '../backend.js';
import type { ReductionOf } from '../held-tensor.js';
import { tensorflowKernel } from './kernel.js';
import { identity, mul, number } from './stock.js';

/** Where nothing is recorded there is one worker alone. */

export const allReduceMoments = tensorflowKernel(AllReduceMoments, ({ mean, variance }, { places }) => {
  const unbiasing = places > 1 ? places / (places - 1) : 1;
  return (
    met({ reduction: 'moments', places }, [mean, variance], 3) ?? [
      ...[identity(mean), identity(variance), mul(variance, number(unbiasing))],
    ]
  );
});

export const allReduceMean = tensorflowKernel(
  AllReduceMean,
  ({ a, b }, { places }) => met({ reduction: 'mean', places }, [a, b], 2) ?? [identity(a), identity(b)],
);

// --- internal ---

function met(how: ReductionOf, inputs: readonly tf.TensorInfo[], outputs: number): tf.Tensor[] | undefined {
  const backend = tf.backend() as TensorflowBackend;
  const { binding } = backend;
  const held = backend.getInputTensorIds([...inputs]).map((id) => binding.heldAt(id));
  const results = binding.executor.allReduce?.(how, held, outputs);
  return results?.map((result) => backend.createOutputTensor(binding.metadata(result)));
}
